"""What a learner does between attempts: compares two of them, watches what is saved, asks for a hint."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from . import context
from .context import GradingOptions, as_json, grading_options

if TYPE_CHECKING:
    from ..grader import ScoreCard
    from ..grader.comparison import Comparison
    from ..grader.services import Checked
    from ..home import Home

_SECONDS: Final = 1.0
"""Between two looks at a workspace."""


@click.command()
@context.number_argument("before", required=True)
@context.number_argument("after", required=True)
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
    show_comparison(context.console(), comparison)
    return _write_page(comparison, home)


def _write_page(comparison: Comparison, home: Home) -> None:
    from ..reports.comparison_page import write_comparison
    from ..reports.page_store import PageStore

    def write() -> None:
        context.put(f"Page: {write_comparison(comparison, PageStore(home.reports))}")

    context.completed(write, "The page could not be written", "Run the same command again.")


@click.command()
@context.problem_argument(required=False)
@click.option("--again", is_flag=True, help="Show the hints again that were shown before.")
def hint(name: str | None, again: bool) -> None:
    """Show one more hint for a problem.

    NAME is its number or name; in a workspace it is not needed. In an exam there are no hints.
    """
    from ..exams.learner_service import ExamService
    from ..problems import find
    from ..problems.hints import next_hints

    home = context.home()
    problem = find(name) if name else context.problem_here()
    if problem is None:
        raise click.UsageError("Name a problem, such as `tfprep hint 2`, or go to a workspace.")
    with context.ledger(home) as ledger:
        ExamService(ledger, home.root).refuse_hints([Path.cwd()], home.learner, problem)
    hints = next_hints(problem, home.root / "hints.json", again=again)
    for number, text in hints.texts:
        context.put(f"Hint {number} of {hints.count} for {problem.id}")
        context.put_verbatim(f"\n{text}\n")
    context.put(hints.then)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=".")
@grading_options
def watch(folder: Path, **options: Any) -> None:
    """Check each model as soon as it is saved.

    It looks at the workspace FOLDER, trains nothing and records nothing. Ctrl-C ends it.
    """
    from ..exams import check_admission
    from ..grader import services, watching

    choices, home = GradingOptions(**options), context.home()

    def check(path: Path) -> Checked:
        with context.ledger(home) as ledger:
            admission = check_admission(ledger, home.root, home.learner, [path, Path.cwd()])
            tools = services.GradingTools(context.store(home), sandbox.open, context.say)
            return services.check(choices.request(path), admission, tools)

    with context.ledger(home) as ledger:  # what is refused is told at once
        check_admission(ledger, home.root, home.learner, [folder, Path.cwd()])
    context.put(f"Looking at {folder.absolute()}: each saved model is checked. Ctrl-C ends it.")
    with watching.OneSandbox(lambda: choices.open_sandbox(home)) as sandbox:
        try:
            for path, done, before in watching.watch(folder, _wait, _say_saved, check, context.say):
                _show_checked(path, done, before)
        except KeyboardInterrupt:  # that is how one stops looking
            context.say("No longer looking. Nothing was recorded.")


def _wait() -> None:
    time.sleep(_SECONDS)


def _say_saved(path: Path) -> None:
    context.put(f"{time.strftime('%H:%M:%S', time.gmtime())} UTC: {path.name} was saved.")


def _show_checked(path: Path, done: Checked, before: ScoreCard | None) -> None:
    """Show a card, and what changed since the one before."""
    from ..reports.changes import what_changed
    from ..reports.terminal import show_card

    problem = done.dataset.problem
    show_card(
        context.console(), done.card, done.dataset.bands, f"{problem.id} · {path.name} · validation data"
    )
    for line in what_changed(before, done.card) if before is not None else ():
        context.put(f"  {line}")
