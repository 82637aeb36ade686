"""A cohort's results: pages, terminal, gradebook files, JSON."""
