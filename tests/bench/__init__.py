"""How long tfprep takes beside other ways to do the same: `make bench`, or `python -m tests.bench NAME …`.

Machines differ and are noisy, so ratios are reported: each round runs both sides in turn, and the median of
the rounds' ratios counts. What a promise names in absolute terms is printed too, and never a test.
"""
