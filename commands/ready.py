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
    from ..exams.result import time_by_category
    from ..problems import all_problems
    from ..reports.readiness import assess, show_readiness, to_values

    home = context.home()
    who = learner or home.learner
    with context.ledger(home) as ledger:
        records = ledger.history(learner=who)
        times = [time_by_category(session) for session in ledger.exams.ended(who)]
    problems = all_problems()
    seconds = {problem.id: [time.get(problem.id, 0.0) for time in times] for problem in problems}
    readiness = assess(who, problems, records, seconds)
    if as_json:
        return context.print_json(to_values(readiness))
    return show_readiness(context.console(), readiness)
