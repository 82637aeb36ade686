"""Grading side by side: what many submissions to a problem share, and the workers that run them."""
