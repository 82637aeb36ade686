"""The mock exam: begin it, see how it stands, end it, and check what it came to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

import click

from . import context
from .context import as_json, data_choice

if TYPE_CHECKING:
    from ..exams.service import ExamRequest, Grade
    from ..grader import Graded, Submission
    from ..grader.records.exam import Category, ExamSession
    from ..home import Home

a_path = click.Path(path_type=Path)
a_file = click.Path(path_type=Path, exists=True, dir_okay=False)
learner_choice = click.option(
    "--learner", help="Whose exam.  [default: $TFPREP_LEARNER, or your account's name]"
)


@click.group()
def exam() -> None:
    """Take the mock exam: five problems in five hours.

    It is passed with 90 of 100 points.
    """


@exam.command("start")
@click.option("--minutes", type=click.FloatRange(0.1, 10_000), help="Its time.  [default: 300]")
@click.option("--problems", metavar="NAMES", help="Which, with commas.  [default: 1,2,3,4,5]")
@click.option("--practice", is_flag=True, help="The clock may be paused; the result says so.")
@click.option("--pack", type=a_file, help="A mentor's exam, as you were given it.")
@click.option("--into", type=a_path, default=Path("exam"), show_default=True, help="The folder to make.")
@data_choice
@learner_choice
def start_exam(into: Path, pack: Path | None, **wishes: Any) -> None:
    """Make a folder with the exam's categories, and start the clock."""
    from ..exams.service import ExamService
    from ..reports.exam.render import show_rules

    home = context.home()
    if pack is not None and any(wishes.values()):
        raise click.UsageError(
            "A mentor's exam says itself who sits it, on what and how long: leave that out."
        )
    wanted = _own_exam(home, into, **wishes) if pack is None else _mentors_exam(home, into, pack)
    with context.ledger(home) as ledger:
        show_rules(context.console(), ExamService(ledger, home.root).begin(wanted))


def _own_exam(
    home: Home,
    into: Path,
    minutes: float | None,
    problems: str | None,
    practice: bool,
    data_source: str | None,
    learner: str | None,
) -> ExamRequest:
    from datetime import timedelta

    from ..exams.service import ExamRequest
    from ..problems import find

    named = (problems or "1,2,3,4,5").split(",")
    chosen = sorted({find(name) for name in named}, key=lambda problem: problem.number)
    store = context.store(home)
    return ExamRequest(
        learner=learner or home.learner,
        folder=into,
        datasets=[store.load(problem, data_source or "auto", context.say) for problem in chosen],
        weights=[problem.weight for problem in chosen],
        allowed=timedelta(minutes=minutes or 300),
        practice=practice,
    )


def _mentors_exam(home: Home, into: Path, file: Path) -> ExamRequest:
    from ..classroom.signing import fingerprint
    from ..exams.exam_pack import open_pack
    from ..exams.running_exams import look
    from ..exams.service import ExamRequest

    pack = open_pack(file, context.store(home))
    context.say(f"The exam of {pack.setting.cohort}, set by the key {fingerprint(pack.mentor)}.")
    return ExamRequest(
        learner=pack.setting.learner,
        folder=into,
        datasets=pack.datasets,
        weights=[asked.weight for asked in pack.setting.categories],
        allowed=pack.setting.allowed(look().when),
        setting=pack.text,
    )


@exam.command("status")
@learner_choice
@as_json
def exam_status(learner: str | None, as_json: bool) -> None:
    """Show the time left and what was submitted in each category."""
    from ..exams.service import ExamService
    from ..reports.exam.render import show_sitting
    from ..reports.exam.view import sitting_record

    home = context.home()
    with context.ledger(home) as ledger:
        sitting = ExamService(ledger, home.root).current(learner or home.learner)
    if as_json:
        return context.print_json(sitting_record(sitting))
    return show_sitting(context.console(), sitting)


@exam.command("pause")
@learner_choice
def pause_exam(learner: str | None) -> None:
    """Stop the clock of an exam that was started with --practice."""
    from ..exams.service import ExamService
    from ..reports.exam.render import show_sitting

    home = context.home()
    with context.ledger(home) as ledger:
        show_sitting(context.console(), ExamService(ledger, home.root).pause(learner or home.learner))


@exam.command("resume")
@learner_choice
def resume_exam(learner: str | None) -> None:
    """Let a paused clock run again."""
    from ..exams.service import ExamService
    from ..reports.exam.render import show_sitting

    home = context.home()
    with context.ledger(home) as ledger:
        show_sitting(context.console(), ExamService(ledger, home.root).resume(learner or home.learner))


@exam.command("finish")
@click.option("--yes", is_flag=True, help="Do not ask.")
@learner_choice
@as_json
def finish_exam(yes: bool, learner: str | None, as_json: bool) -> None:
    """End the exam now, with what was submitted, and show its result."""
    from ..exams.service import ExamService

    home = context.home()
    with context.ledger(home) as ledger:
        proctor = ExamService(ledger, home.root)
        sitting = proctor.current(learner or home.learner)
        if not sitting.running:
            context.say("This exam has ended already.")
            _show(home, sitting, as_json)
        for lying in proctor.unsubmitted(sitting):
            context.say(f"{lying} was not submitted: it will not count.")
        if not yes:
            click.confirm("End the exam? Nothing can be added afterwards.", abort=True, err=True)
        sitting = proctor.finish(learner or home.learner)
    _show(home, sitting, as_json)


@exam.command("result")
@click.argument("number", type=int, required=False)
@learner_choice
@as_json
def exam_result(number: int | None, learner: str | None, as_json: bool) -> None:
    """Show the result of exam NUMBER; of the last one without it."""
    from ..errors import ExamError

    home = context.home()
    with context.ledger(home) as ledger:
        found = ledger.exams.last(learner or home.learner) if number is None else ledger.exams.read(number)
    if found.running:
        raise ExamError("This exam is still running: its result opens when it has ended.")
    _show(home, found, as_json)


@exam.command("verify")
@click.argument("file", type=a_file)
@click.option("--signer", metavar="FINGERPRINT", help="Whose key it must be.")
@as_json
def verify_result(file: Path, signer: str | None, as_json: bool) -> None:
    """Check the signature of the result FILE.

    Exit code 0 if no byte was changed, 1 if one was.
    """
    from ..classroom.signing import same_fingerprint
    from ..errors import NotGenuine
    from ..exams.collect import read_result
    from ..reports.exam.render import show_not_genuine, show_verified
    from ..reports.exam.view import verified_record

    try:
        signed, result = read_result(file)
        if signer is not None and not same_fingerprint(signer, signed.signer):
            raise NotGenuine(f"The signature holds, but the key is {signed.signer}, not {signer}.")
    except NotGenuine as error:
        if as_json:
            context.print_json({"genuine": False, "reason": str(error)})
        else:
            show_not_genuine(context.console(), file, error)
        sys.exit(context.NOT_YET)
    if as_json:
        return context.print_json(verified_record(signed, result))
    return show_verified(context.console(), file, signed, result)


def settle_overdue() -> None:
    """End every exam of this home whose time is up; what keeps one from ending is said, and tried again."""
    from ..exams.running_exams import due, look
    from ..home import Home

    if not due(Home.find().root, look()):
        return
    from ..errors import DataUnavailable, LedgerUnavailable, SandboxUnavailable

    try:
        _settle(context.home())
    except (SandboxUnavailable, DataUnavailable, LedgerUnavailable) as error:
        context.say(f"The exam cannot be settled yet: {error.what} {error.remedy} This costs no points.")


def _settle(home: Home) -> None:
    from ..errors import ExamError
    from ..exams.service import ExamService

    with context.ledger(home) as ledger, grading(home) as grade:
        proctor = ExamService(ledger, home.root)
        for sitting in proctor.overdue():
            context.say(
                f"Time is up in exam {sitting.number}: the last model in each folder counts as submitted."
            )
            with suppress(ExamError):  # another command was quicker
                proctor.settle(sitting, grade)
            context.say(f"Exam {sitting.number} has ended; `tfprep exam result {sitting.number}` shows it.")


@contextmanager
def grading(home: Home) -> Iterator[Grade]:
    """Grades submissions of an exam, in a sandbox that is opened with the first of them."""
    from ..errors import DataUnavailable
    from ..grader import grade
    from ..problems import find
    from ..sandbox import Sandbox
    from ..sandbox.host.select_sandbox import for_own_work

    opened: list[Sandbox] = []
    with ExitStack() as stack:

        def grade_one(submission: Submission, category: Category) -> Graded:
            dataset = context.store(home).load(find(category.problem), category.data_source, context.say)
            if dataset.fingerprint != category.data:
                raise DataUnavailable(
                    f"The data of {category.problem} is not what the exam began with.",
                    "Put it back from a backup.",
                )
            if not opened:
                opened.append(stack.enter_context(for_own_work("auto", context.say)))
            return grade(submission, dataset, opened[0], watch=context.say)

        yield grade_one


def _show(home: Home, sitting: ExamSession, as_json: bool) -> Never:
    """The result in the terminal, as a page and a signed file, or as one JSON value; leaves with its code."""
    from ..classroom.signing import verify
    from ..exams.result import ExamResult
    from ..reports.exam.render import render_result, show_result
    from ..reports.page import write_page

    signed = verify(sitting.result.encode())
    result = ExamResult.from_values(signed.values)
    if as_json:
        context.print_json(result.to_values())
    else:
        page = write_page(render_result(result, signed), home.reports / f"exam-{sitting.number}.html")
        file = write_page(sitting.result, home.reports / f"exam-{sitting.number}.json")
        show_result(context.console(), result, signed)
        click.echo(f"Page: {page}\nSigned result: {file}")
    sys.exit(context.PASSED if result.passed else context.NOT_YET)
