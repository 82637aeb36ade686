"""What a learner does between attempts: compares two of them, watches what is saved, asks for a hint."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from . import context
from .context import GradingOptions, as_json, grading_options

if TYPE_CHECKING:
    from ..grader import ScoreCard, Submission
    from ..grader.comparison import Comparison
    from ..home import Home
    from ..sandbox import Sandbox

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
    from ..languages import in_language
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
        context.put(f"Hint {number} of {len(hints)} for {problem.id}")
        context.put_verbatim(f"\n{text}\n")
    if now == len(hints):
        context.put(f"There are no more hints. The statement: {in_language(problem.folder / 'statement.md')}")
    elif not now:
        context.put("No hint was shown yet: `tfprep hint` shows the first.")
    else:
        context.put("`tfprep hint` shows one more.")
    shown.keep(problem, now)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=".")
@grading_options
def watch(folder: Path, **options: Any) -> None:
    """Check each model as soon as it is saved.

    It looks at the workspace FOLDER, trains nothing and records nothing. Ctrl-C ends it.
    """
    from ..errors import TfprepError
    from ..exams import check_admission
    from ..grader.submission.candidates import saved_models

    choices, home, before = GradingOptions(**options), context.home(), None
    with context.ledger(home) as ledger:  # what is refused is told at once
        check_admission(ledger, home.root, home.learner, [folder, Path.cwd()])
    context.put(f"Looking at {folder.absolute()}: each saved model is checked. Ctrl-C ends it.")
    sandboxes = OneSandbox(choices, home)
    with sandboxes, _ended_by_ctrl_c():
        for path in saved_models(folder, lambda: time.sleep(_SECONDS)):
            context.put(f"{time.strftime('%H:%M:%S', time.gmtime())} UTC: {path.name} was saved.")
            try:
                card = _check_saved(path, home, choices, sandboxes, before)
                before = before if card.score is None else card
            except TfprepError as error:
                context.say(str(error))


@contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    """A context that ends well with Ctrl-C: that is how one stops looking."""
    try:
        yield
    except KeyboardInterrupt:
        context.say("No longer looking. Nothing was recorded.")


def _check_saved(
    path: Path, home: Home, choices: GradingOptions, sandboxes: OneSandbox, before: ScoreCard | None
) -> ScoreCard:
    """Check a model, show its card and what changed since the one before, and return the card."""
    from ..exams import check_admission
    from ..grader import services
    from ..reports.changes import what_changed
    from ..reports.terminal import show_card

    with context.ledger(home) as ledger:
        admission = check_admission(ledger, home.root, home.learner, [path, Path.cwd()])
        tools = services.GradingTools(context.store(home), sandboxes.open, context.say)
        done = services.check(choices.request(path), admission, tools)
    problem = done.dataset.problem
    show_card(
        context.console(), done.card, done.dataset.bands, f"{problem.id} · {path.name} · validation data"
    )
    for line in what_changed(before, done.card) if before is not None else ():
        context.put(f"  {line}")
    return done.card


class OneSandbox(ExitStack):
    """A sandbox for one's own work that stays open from one model to the next, while all goes well."""

    def __init__(self, choices: GradingOptions, home: Home) -> None:
        super().__init__()
        self._choices = choices
        self._home = home
        self._opened: Sandbox | None = None

    @contextmanager
    def open(self, submission: Submission) -> Iterator[Sandbox]:
        """The open sandbox; a new one after an error."""
        if self._opened is None:
            self._opened = self.enter_context(self._choices.open_sandbox(self._home))
        try:
            yield self._opened
        except BaseException:
            self._opened = None
            self.close()
            raise
