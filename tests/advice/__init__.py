"""Whether the advice of the first finding helps: ordinary attempts, trained, advised, and trained again."""
