"""What is handed in: found, read within limits, recognised by content."""
