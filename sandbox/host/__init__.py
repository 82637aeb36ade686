"""The grader's side of the sandbox: starts workers, sends them jobs, and checks everything that they return."""
