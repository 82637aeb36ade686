"""Grading a cohort's submissions side by side, and keeping every result as it comes."""
