"""What a ledger keeps, as values: nothing in here reads a file, runs a model or writes a row."""
