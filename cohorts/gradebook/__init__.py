"""What a cohort's results come to: which attempt counts, totals, item analysis, scoring again."""
