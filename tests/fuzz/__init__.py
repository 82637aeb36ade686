"""Whatever a stranger's file holds, it is read or refused: in time, and with an error that has a name.

    python -m tests.fuzz --minutes 60

Half-broken files are made from whole ones (`seeds.py`, `mutations.py`) and read as strangers' files are
(`targets.py`). A file that leads to a new outcome is mutated further. What breaks the rule is kept, with the
number that makes it again.
"""
