"""Whole classes, as platforms hand them out: every layout, with every roster and with every fault."""
