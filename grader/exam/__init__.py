"""The mock exam: one sitting under the clock, and one honest result.

clock.py      how much of the time is used, whatever happens to the machine's clocks
sitting.py    what a sitting is, and what may be done in it
desk.py       starting, submitting, ending: the steps of a sitting on a ledger
result.py     points, and what would have made the difference
signature.py  who vouches for a result, and whether a byte of it was changed

Nothing is imported here: every command asks whether an exam is due, and that must stay cheap.
"""
