"""Which models the check with changed copies names: `python -m tests.contamination FOLDER [PROBLEM…]`."""
