"""A cohort's results: which attempt counts, totals, item analysis, regrading."""
