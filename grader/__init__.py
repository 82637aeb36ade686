"""From a submitted file to a recorded score, with the reason for it."""
