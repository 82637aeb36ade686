"""What a mentor does with everyone's submissions."""

from __future__ import annotations

import click


@click.group()
def cohort() -> None:
    """Grade everyone's submissions in one command, and see what they show."""
