"""The grader's side of the sandbox: launching workers, talking to them, believing nothing they send."""
