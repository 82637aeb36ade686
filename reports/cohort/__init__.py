"""A cohort for people and programs: pages, terminal, gradebook files."""
