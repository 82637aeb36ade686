"""The grader's tests."""
