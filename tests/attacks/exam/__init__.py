"""Cheats in a mentor's exam: what each did, what the mentor sees, and what the honest neighbour gets."""
