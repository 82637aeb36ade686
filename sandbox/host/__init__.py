"""The grader's side of the sandbox: starts workers, sends them jobs, checks everything that they return."""
