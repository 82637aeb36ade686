"""Grades a cohort's submissions side by side, and stores each result as it comes."""
