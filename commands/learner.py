"""What a learner does: start a problem, try a model, submit it, and read what was said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import context
from .options import Wish, as_json, data_choice, grading_options, problem_choice

if TYPE_CHECKING:
    from ..grader import Graded, Home, Record, ScoreCard
    from ..grader.submission.work import Work
    from ..problems import Split
    from ..reports.loader import Evidence


@click.command()
@as_json
def problems(as_json: bool) -> None:
    """List the problems."""
    from ..problems import all_problems
    from ..reports.json_records import problem_record
    from ..reports.terminal import show_problems

    if as_json:
        return context.print_json([problem_record(problem) for problem in all_problems()])
    return show_problems(context.console(), all_problems())


@click.command()
@click.argument("name")
@click.option(
    "--into", type=click.Path(path_type=Path), help="The folder to make.  [default: named like the problem]"
)
@data_choice
@click.option(
    "--resume", "how", flag_value="resume", help="Keep the work that is there; fill in what is missing."
)
@click.option(
    "--reset", "how", flag_value="reset", help="Move the work that is there to a backup; start afresh."
)
def start(name: str, into: Path | None, data_source: str | None, how: str | None) -> None:
    """Make a workspace with the starter file, statement and data of problem NAME (`3` or `flowers`, say).

    NAME may also be the zip that a mentor handed out.
    """
    from ..problems import Split, find
    from ..problems.data_pack import problem_of
    from ..problems.workspace import Workspace, make_workspace, reset_workspace, resume_workspace

    pack = name.casefold().endswith(".zip")
    problem, data_source = (
        (problem_of(Path(name)), data_source or name) if pack else (find(name), data_source)
    )
    folder = into or Path(problem.folder.name)
    kept = Workspace.around(folder) if how == "resume" else None
    dataset = context.store(context.home()).load(
        problem, data_source or (kept.data_source if kept else "auto"), tell=context.say
    )
    if how == "resume":
        resume_workspace(folder, dataset)
    elif how == "reset":
        _, backup = reset_workspace(folder, dataset)
        if backup:
            context.say(f"What was there is kept in {backup}.")
    else:
        make_workspace(folder, dataset)
    last = (
        "run `tfprep submit`"
        if dataset.has(Split.HIDDEN)
        else "`tfprep check` it, and hand it to your mentor"
    )
    click.echo(
        f"{problem.title}: {folder} is ready. Read statement.md, fill the gaps in starter.py, run it there, "
        f"then {last}."
    )


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@grading_options
@as_json
def check(path: Path | None, as_json: bool, **options: Any) -> None:
    """Try a model on the public validation part. Nothing is recorded, and nothing is used up."""
    from ..problems import Split
    from ..reports.json_records import card_record

    wish = Wish(**options)
    home = context.home()
    work = _find_work(home, path, wish)
    _refuse_in_exam(home, path, work)
    card = _grade(work, home.learner, wish, Split.VALIDATION).card
    if as_json:
        context.print_json(card_record(card))
    else:
        _show_card(card, work, "validation part, not recorded")
    context.leave(card)


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@grading_options
@click.option("--learner", help="Who submits.  [default: $TFPREP_LEARNER, or your account's name]")
@as_json
def submit(path: Path | None, learner: str | None, as_json: bool, **options: Any) -> None:
    """Grade a model or a training script on the hidden part, and record the score.

    Without PATH, the newest model of the workspace is taken: mymodel.h5, mymodel.keras or the folder mymodel.
    """
    from ..exams.service import ExamService
    from ..problems import Split
    from ..reports.json_records import submission_record
    from ..reports.loader import gather
    from ..reports.terminal import show_record

    wish = Wish(**options)
    home = context.home()
    with context.ledger(home) as ledger:
        proctor = ExamService(ledger, home.root)
        seat = proctor.seat(_places(path))
        who = seat.sitting.learner if seat else learner or home.learner
        if seat is None and proctor.has_ended(_places(path), who):
            context.say("The exam in this folder has ended: this is practice, and does not count for it.")
        with proctor.returning_lost_time(seat, context.say):
            work = _find_work(home, path, wish)
            proctor.admit(seat, who, work.dataset)
            graded = _grade(work, who, wish, Split.HIDDEN)
            curves = work.curves(graded)
            record = ledger.record(
                graded, *([seat.entry(graded)] if seat else []), *([curves] if curves else [])
            )
        evidence = gather(record, ledger, context.store(home))
    if as_json:
        context.print_json(submission_record(record, evidence))
    else:
        show_record(context.console(), record, evidence)
        if seat is None:
            _shelve(home, record, evidence)
        else:
            click.echo("It counts for the exam. The full report opens when the exam has ended.")
    context.leave(record.card)


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--html", is_flag=True, help="Write the page, and print its path.")
@click.option("--all", "every", is_flag=True, help="Write an index of every problem and attempt.")
@click.option("--open", "show", is_flag=True, help="Open what was written in the browser.")
@as_json
def report(number: int | None, html: bool, every: bool, show: bool, as_json: bool) -> None:
    """Show submission NUMBER again; the last one without it."""
    from ..reports.json_records import submission_record
    from ..reports.loader import EvidenceLoader, gather
    from ..reports.page_store import PageStore
    from ..reports.terminal import show_record

    if (as_json and (html or every or show)) or (every and number is not None):
        raise click.UsageError("Ask for one thing: NUMBER, with --html or --json, or --all.")
    home = context.home()
    shelf = PageStore(home.reports)
    with context.ledger(home) as ledger:
        if every:
            known = EvidenceLoader(ledger, context.store(home))
            return _hand_over(shelf.put_all(ledger.history(), known.gather), show)
        record = ledger.last() if number is None else ledger.read(number)
        evidence = gather(record, ledger, context.store(home))
    if as_json:
        return context.print_json(submission_record(record, evidence))
    if html or show:
        return _hand_over(shelf.put(record, evidence), show)
    return show_record(context.console(), record, evidence)


@click.command()
@problem_choice
@click.option("--learner", help="Only this learner's.")
@as_json
def history(problem_name: str | None, learner: str | None, as_json: bool) -> None:
    """List the submissions, newest last."""
    from ..problems import find
    from ..reports.json_records import submission_record
    from ..reports.terminal import show_history

    problem = find(problem_name).id if problem_name else None
    with context.ledger(context.home()) as ledger:
        records = ledger.history(learner=learner, problem=problem)
    if as_json:
        return context.print_json([submission_record(record) for record in records])
    return show_history(context.console(), records)


def _places(path: Path | None) -> list[Path]:
    """Where a submission may lie in an exam's workspace: at its path, or where the command is run."""
    return [*([path] if path else []), Path.cwd()]


def _refuse_in_exam(home: Home, path: Path | None, work: Work) -> None:
    """In an exam there is no trying out: it tells the score of a submission, and nothing more."""
    from ..errors import ExamError
    from ..exams.service import ExamService

    with context.ledger(home) as ledger:
        proctor = ExamService(ledger, home.root)
        if proctor.seat(_places(path)) is not None:
            raise ExamError("In an exam there is only `tfprep submit`, as often as you like.")
        proctor.admit(None, home.learner, work.dataset)


def _find_work(home: Home, path: Path | None, wish: Wish) -> Work:
    from ..grader.submission.work import find_work

    return find_work(path, wish.problem_name, wish.data_source, context.store(home), context.say)


def _grade(work: Work, learner: str, wish: Wish, part: Split) -> Graded:
    """Read the file, open a sandbox for one's own work, ask the questions of one part."""
    from rich.console import Console

    from ..grader import grade, read_submission
    from ..reports.terminal import plain
    from ..sandbox.host.select_sandbox import for_own_work

    work.dataset.require(part)
    submission = read_submission(work.artifact, work.problem.id, learner)
    with (
        Console(stderr=True).status(plain(f"Grading {submission.name} …")),
        for_own_work(wish.choice, context.say, wish.gpus) as sandbox,
    ):
        return grade(submission, work.dataset, sandbox, part, watch=context.say)


def _show_card(card: ScoreCard, work: Work, which: str) -> None:
    from ..reports.terminal import show_card

    show_card(
        context.console(), card, work.dataset.bands, f"{work.problem.id} · {work.problem.name} · {which}"
    )


def _shelve(home: Home, record: Record, evidence: Evidence) -> None:
    """Writes the page of what was just recorded. Where that fails, the score stands all the same."""
    from ..reports.page_store import PageStore

    try:
        click.echo(f"Report: {PageStore(home.reports).put(record, evidence)}")
    except OSError as error:
        context.say(f"The score is recorded, but its page could not be written: {error}.")
        context.say(f"`tfprep report {record.number} --html` tries again.")


def _hand_over(page: Path, show: bool) -> None:
    """Prints where a page is, and opens it if asked to."""
    click.echo(page)
    if show:
        click.launch(page.as_uri())
