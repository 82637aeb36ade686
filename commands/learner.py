"""What a learner does: start a problem, check a model, submit it, read the report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import context
from .context import GradingOptions, as_json, data_choice, grading_options

if TYPE_CHECKING:
    from ..grader import Submission
    from ..grader.services import GradingTools, Reported
    from ..home import Home
    from ..sandbox import Sandbox


@click.command()
@as_json
def problems(as_json: bool) -> None:
    """List the problems by category, with what each one trains."""
    from ..problems import all_problems
    from ..problems.catalogue import unusable_problems
    from ..reports.json_records import problem_record
    from ..reports.terminal import show_problems

    for sentence in unusable_problems():
        context.say(sentence)
    if as_json:
        return context.print_json([problem_record(problem) for problem in all_problems()])
    return show_problems(context.console(), all_problems())


@click.command()
@context.problem_argument(required=False)
@click.option(
    "--category",
    type=click.Choice(list("ABCDE"), case_sensitive=False),
    help="The category to draw a problem from, with --random.",
)
@click.option("--random", "at_random", is_flag=True, help="Draw a problem, not the one tried last.")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to make.  [default: named like the problem]",
)
@data_choice
@click.option(
    "--resume", "how", flag_value="resume", help="Keep the work that is there; fill in what is missing."
)
@click.option(
    "--reset", "how", flag_value="reset", help="Move the work that is there to a backup; start afresh."
)
def start(
    name: str | None,
    category: str | None,
    at_random: bool,
    into: Path | None,
    data_source: str | None,
    how: Any,
) -> None:
    """Make a workspace with the starter file and data of a problem.

    NAME is a problem's number or name (`3` or `flowers`), or the zip that a mentor handed out. Without NAME,
    --category C --random draws a problem of category C.
    """
    from ..problems import Split, starting

    if bool(name) == at_random or bool(category) != at_random:
        raise click.UsageError("Name a problem, or draw one with --category C --random.")
    name = name or _drawn(str(category))
    request = starting.WorkspaceRequest(name, into, data_source, how or "refuse")
    done = starting.start(request, context.store(context.home()), context.say)
    if done.backup:
        context.say(f"What was there is kept in {done.backup}.")
    last = (
        "run `tfprep submit`"
        if done.dataset.has(Split.HIDDEN)
        else "`tfprep check` it, and hand it to your mentor"
    )
    context.put(
        f"{done.dataset.problem.title}: {done.folder} is ready. "
        f"Read statement.md, fill the gaps in starter.py, run it there, then {last}."
    )


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@grading_options
@as_json
def check(path: Path | None, as_json: bool, **options: Any) -> None:
    """Grade a model on the validation data; nothing is recorded.

    Without PATH, the newest model of the workspace is taken: mymodel.h5, mymodel.keras or the folder mymodel.
    A newer copy, such as `mymodel (1).h5`, is asked about.
    """
    from ..exams import check_admission
    from ..grader import Verdict, services

    choices = GradingOptions(**options)
    home = context.home()
    with services.interrupted("Interrupted. A check records nothing."), context.ledger(home) as ledger:
        admission = check_admission(ledger, home.root, home.learner, _places(path))
        done = services.check(choices.request(path), admission, _tools(home, choices))
    if as_json:
        from ..reports.json_records import card_record

        context.print_json(card_record(done.card))
    else:
        from ..reports.terminal import show_card
        from ..reports.wording import likely_on_hidden

        problem = done.dataset.problem
        title = f"{problem.id} · {problem.name} · validation data, not recorded"
        show_card(context.console(), done.card, done.dataset.bands, title)
        for each in (likely_on_hidden(done.card, problem, done.dataset.bands), problem.validation_note):
            if each:
                context.put(each)
    context.leave(done.card.verdict is Verdict.PASSED)


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@grading_options
@click.option("--final", is_flag=True, help="Grade on the final half: for a model that is finished.")
@click.option(
    "--learner", metavar="NAME", help="Who submits.  [default: $TFPREP_LEARNER, or your account's name]"
)
@click.option("-m", "--note", default="", help="A few words that tell this attempt from others.")
@click.option(
    "--anyway", is_flag=True, help="Grade it although it was graded before, or is older than its starter."
)
@as_json
def submit(
    path: Path | None,
    final: bool,
    learner: str | None,
    note: str,
    anyway: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Grade a model or a training script, and record the score.

    It is graded on the hidden test set: where that is divided, on the feedback half, or on the final half in
    an exam and with --final. Without PATH, the newest model of the workspace is taken: mymodel.h5,
    mymodel.keras or the folder mymodel. A newer copy, such as `mymodel (1).h5`, is asked about. No attempt is
    used for a file that is no model, a model that was graded before, or one older than its starter.
    """
    from dataclasses import replace

    from ..exams.learner_service import ExamService
    from ..grader import services

    choices = GradingOptions(**options)
    home = context.home()
    with context.ledger(home) as ledger:
        exams = ExamService(ledger, home.root)
        who = learner or home.learner
        admission = exams.admission(_places(path), who, context.say, _own_settings(choices))
        request = replace(choices.request(path), final=final, note=note, anyway=anyway)
        done = services.submit(request, admission, ledger, _tools(home, choices))
    with services.reporting(done.record.number):
        if as_json:
            from ..reports.json_records import submission_record

            context.print_json(submission_record(done.record, done.report_data))
        elif done.again:
            from ..reports.terminal import show_again

            show_again(context.console(), done.record)
        else:
            _show_submitted(home, done, admission.told)
            if not admission.is_exam:
                _show_next_steps(home, done)
    context.leave(done.record.passed)


@click.command()
@context.number_argument("number", required=False)
@click.option("--html", is_flag=True, help="Write the page, and print its path.")
@click.option("--all", "every", is_flag=True, help="Write an index of every problem and attempt.")
@click.option("--open", "show", is_flag=True, help="Open what was written in the browser.")
@as_json
def report(number: int | None, html: bool, every: bool, show: bool, as_json: bool) -> None:
    """Show submission NUMBER again; without NUMBER, the newest.

    In a workspace, that is the newest one of its problem.
    """
    from ..grader import services
    from ..grader.report_data import ReportDataLoader
    from ..reports.json_records import submission_record
    from ..reports.terminal import show_record

    if (as_json and (html or every or show)) or (every and number is not None):
        raise click.UsageError("Ask for one thing: NUMBER, with --html or --json, or --all.")
    home = context.home()
    store = context.store(home)
    with context.ledger(home) as ledger:
        if every:
            from ..reports.page_store import PageStore

            pages = PageStore(home.reports)
            loader = ReportDataLoader(ledger, store)
            return _show_page(pages.put_all(services.history(ledger), loader.gather), show)
        done = services.report(number, ledger, store, context.problem_here())
    if as_json:
        return context.print_json(submission_record(done.record, done.report_data))
    if html or show:
        from ..reports.page_store import PageStore

        pages = PageStore(home.reports)
        return _show_page(pages.put(done.record, done.report_data), show)
    return show_record(context.console(), done.record, done.report_data)


@click.command()
@click.option("--problem", "problem_name", metavar="NAME", help="Only this problem's.")
@click.option("--all", "every", is_flag=True, help="Of all problems, in a workspace too.")
@click.option("--learner", metavar="NAME", help="Only this learner's.")
@as_json
def history(problem_name: str | None, every: bool, learner: str | None, as_json: bool) -> None:
    """List the submissions, newest last.

    In a workspace, those of its problem.
    """
    from ..grader import services
    from ..reports.attempts import show_history
    from ..reports.json_records import submission_record

    here = None if every or problem_name else context.problem_here()
    with context.ledger(context.home()) as ledger:
        records = services.history(ledger, learner, here.id if here else problem_name)
        notes = ledger.notes.by_number()
    if as_json:
        return context.print_json(
            [submission_record(record, note=notes.get(record.number, "")) for record in records]
        )
    return show_history(context.console(), records, notes)


@click.command()
@click.option("--learner", metavar="NAME", help="Who.  [default: $TFPREP_LEARNER, or your account's name]")
@as_json
def ready(learner: str | None, as_json: bool) -> None:
    """Show how likely you are to pass the exam today.

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


def _drawn(category: str) -> str:
    """The number of a problem of the category."""
    from ..grader.attempts import draw_untried

    home = context.home()
    with context.ledger(home) as ledger:
        problem = draw_untried(ledger, home.learner, category)
    context.say(f"Drawn: {problem.id}, {problem.title}.")
    return problem.call


def _places(path: Path | None) -> list[Path]:
    """Where a submission may lie in an exam's workspace: at its path, or where the command is run."""
    return [*([path] if path else []), Path.cwd()]


def _tools(home: Home, choices: GradingOptions) -> GradingTools:
    """The home's data, and a sandbox for one's own work that shows what is being graded."""
    from rich.console import Console

    from ..grader.services import ATTEMPTS, GradingTools
    from ..reports.terminal import plain

    @contextmanager
    def open_sandbox(submission: Submission) -> Iterator[Sandbox]:
        console = Console(stderr=True)
        if not console.is_terminal:  # which shows it until it is done
            context.say(f"Grading {submission.name} …")
        with (
            console.status(plain(f"Grading {submission.name} …")),
            choices.open_sandbox(home) as sandbox,
        ):
            yield sandbox

    limit = home.attempt_limit or ATTEMPTS
    return GradingTools(context.store(home), open_sandbox, context.say, limit)


def _own_settings(choices: GradingOptions) -> list[str]:
    """What the learner chose about sandbox and ledger: a failure that comes of it gives no exam time back."""
    chosen = [] if choices.choice == "auto" else [f"--sandbox {choices.choice}"]
    chosen += [] if choices.gpus is None else [f"--gpus {choices.gpus}"]
    own = ("TFPREP_GPUS", "TFPREP_RUNTIME", "TFPREP_LEDGER")
    return chosen + [name for name in os.environ if name.startswith("DOCKER_") or name in own]


def _show_submitted(home: Home, done: Reported, in_exam: str) -> None:
    """Show what was just recorded, and write its page. Where that fails, the score stands all the same.

    `in_exam` is what an exam says of it; empty outside of one.
    """
    from ..reports.page_store import PageStore
    from ..reports.terminal import show_record

    number = done.record.number

    def write() -> None:
        pages = PageStore(home.reports)
        context.put(f"Report: {pages.put(done.record, done.report_data)}")
        with context.ledger(home) as ledger:
            pages.put_index(ledger.history())

    context.completed(
        lambda: show_record(context.console(), done.record, done.report_data),
        f"Submission {number} is recorded, but it could not be shown",
        f"`tfprep report {number}` tries again.",
    )
    if in_exam:
        context.put(in_exam)
    else:
        context.completed(
            write,
            f"Submission {number} is recorded, but its page could not be written",
            f"`tfprep report {number} --html` tries again.",
        )


def _show_next_steps(home: Home, done: Reported) -> None:
    """Where to go on; nothing where that cannot be told."""
    from ..problems import all_problems
    from ..reports.next_steps import next_steps

    def show() -> None:
        with context.ledger(home) as ledger:
            records = ledger.history(learner=done.record.learner)
        for step in next_steps(done.record, records, all_problems()):
            context.put(step)

    context.completed(show, "What to do next could not be told", "`tfprep history` lists your attempts.")


def _show_page(page: Path, show: bool) -> None:
    """Print where a page is, and open it if asked to."""
    context.put(page)
    if show:
        click.launch(page.as_uri())
