"""The mock exam: one sitting under the clock, and one honest result.

clock.py      how much of the time is used, whatever happens to the machine's clocks; machine.py reads those
sitting.py    what a sitting is: what was set before, what was handed in, how it ended
proctor.py    who oversees it: begins, admits, gives lost time back, ends it in time
marker.py     tells every command cheaply whether a sitting is due
result.py     points, and what would have made the difference
signature.py  who vouches for a result, and whether a byte of it was changed

Nothing is imported here: every command asks whether an exam is due, and that must stay cheap.
"""
