"""Whether somebody is ready for the exam."""

from __future__ import annotations

import click

from . import context
from .context import as_json


@click.command()
@click.option("--learner", help="Who.  [default: $TFPREP_LEARNER, or your account's name]")
@as_json
def ready(learner: str | None, as_json: bool) -> None:
    """Show how likely you would pass the exam today.

    And what the next hour is best spent on.
    """
    from dataclasses import asdict

    from ..reports.readiness import readiness_of, show_readiness

    home = context.home()
    with context.ledger(home) as ledger:
        readiness = readiness_of(learner or home.learner, ledger)
    if as_json:
        return context.print_json(asdict(readiness))
    return show_readiness(context.console(), readiness)
