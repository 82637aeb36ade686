"""What a learner asks about attempts: how two of them differ."""

from __future__ import annotations

import click

from . import context
from .context import as_json


@click.command()
@click.argument("before", type=context.record_number)
@click.argument("after", type=context.record_number)
@as_json
def diff(before: int, after: int, as_json: bool) -> None:
    """Compare two submissions to one problem.

    Is AFTER better than BEFORE by more than chance, and how do model, settings and starter differ?
    """
    from ..grader.comparison import compare_attempts
    from ..reports.comparison import comparison_record, show_comparison

    home = context.home()
    with context.ledger(home) as ledger:
        comparison = compare_attempts(before, after, ledger, context.store(home))
    if as_json:
        return context.print_json(comparison_record(comparison))
    return show_comparison(context.console(), comparison)
