"""Whether submissions are alike, and whether a model has seen the hidden test set. A person judges."""
