"""Whether submissions are alike, and whether a model knows the hidden test set. A person judges."""
