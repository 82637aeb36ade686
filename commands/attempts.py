"""What a learner asks between attempts: how two of them differ, and for a hint."""

from __future__ import annotations

from pathlib import Path

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


@click.command()
@click.argument("name", required=False)
@click.option("--again", is_flag=True, help="Show the hints again that were shown before.")
def hint(name: str | None, again: bool) -> None:
    """Show one more hint for a problem.

    NAME is its number or name; in a workspace it is not needed. In an exam there are no hints.
    """
    from ..exams.service import ExamService
    from ..problems import find
    from ..problems.hints import HintsShown, hints_of

    home = context.home()
    problem = find(name) if name else context.problem_here()
    if problem is None:
        raise click.UsageError("Name a problem, such as `tfprep hint 2`, or go to a workspace.")
    with context.ledger(home) as ledger:
        ExamService(ledger, home.root).refuse_hints([Path.cwd()], home.learner, problem)
    hints, shown = hints_of(problem), HintsShown(home.root / "hints.json")
    before = min(shown.of(problem), len(hints))
    now = before if again else min(before + 1, len(hints))
    first = 0 if again or now == before else before
    for number, text in enumerate(hints[first:now], first + 1):
        context.put(f"Hint {number} of {len(hints)} for {problem.id}\n\n{text}\n")
    if now == len(hints):
        context.put(f"There are no more hints. The statement: {problem.folder / 'statement.md'}")
    elif not now:
        context.put("No hint was shown yet: `tfprep hint` shows the first.")
    else:
        context.put("`tfprep hint` shows one more.")
    shown.keep(problem, now)
