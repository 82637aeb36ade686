"""The exam of a learner: the practice exam at home, and a mentor's up to the file that is handed in."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Never

import click

from ..errors import NOT_YET, PASSED, ExamError, NotGenuine
from ..files.text import counted
from . import LazyGroup, context
from .context import as_json, data_choice

if TYPE_CHECKING:
    from ..exams.endings import ExamEndings
    from ..exams.request import ExamRequest
    from ..grader.records.exam import ExamSession
    from ..home import Home

logger = logging.getLogger(__name__)

a_path = click.Path(path_type=Path)
a_file = click.Path(path_type=Path, exists=True, dir_okay=False)
learner_choice = click.option(
    "--learner", metavar="NAME", help="Whose exam.  [default: $TFPREP_LEARNER, or your account's name]"
)


@click.group(cls=LazyGroup, places={"pack": "exam_mentor:pack", "grade": "exam_mentor:grade_exam"})
def exam() -> None:
    """Take an exam of five problems in five hours, or give one.

    It is passed with 90 of 100 points. At home it is practice. A mentor's exam begins from the file that you
    were given, and ends with one that you hand in.
    """


@exam.command("start")
@click.option("--minutes", type=context.FiniteRange(0.1, 10_000), help="Its time.  [default: 300]")
@click.option("--problems", metavar="NAMES", help="Which, with commas.  [default: 1,2,3,4,5]")
@click.option("--random", "at_random", is_flag=True, help="Draw one of each category, not those tried last.")
@click.option("--seed", type=click.IntRange(min=0), help="With --random: the same seed draws the same again.")
@click.option("--practice", is_flag=True, help="The clock may be paused; the result says so.")
@click.option("--pack", type=a_file, help="A mentor's exam, as you were given it.")
@click.option(
    "--into", type=a_path, default=Path("exam"), show_default=True, metavar="DIR", help="The folder to make."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_choice
@learner_choice
def start_exam(
    into: Path,
    yes: bool,
    pack: Path | None,
    minutes: float | None,
    problems: str | None,
    at_random: bool,
    seed: int | None,
    practice: bool,
    data_source: str | None,
    learner: str | None,
) -> None:
    """Make a folder with the exam's categories, and start the clock.

    At a terminal it asks before the clock runs.
    """
    from ..exams.request import load_problems, own_exam
    from ..reports.exam.render import show_exam_rules

    home = context.home()
    if pack is not None:
        if minutes or problems or at_random or practice or data_source or learner:
            raise click.UsageError(
                "A mentor's pack says whose exam it is, on what and how long: leave the other options out."
            )
        request = _packed_exam(home, into, pack)
    else:
        if (problems and at_random) or (seed is not None and not at_random):
            raise click.UsageError("Name the problems, or draw them with --random, with --seed or without.")
        whose = learner or home.learner
        names = _drawn(home, whose, seed) if at_random else (problems or "1,2,3,4,5").split(",")
        datasets = load_problems(names, data_source or "auto", context.store(home), context.say)
        request = own_exam(whose, into, datasets, minutes or 300, practice=practice)
    if not yes and sys.stdin.isatty():
        click.confirm(_question(request), abort=True, err=True)
    with _exams(None) as (exams, _):
        show_exam_rules(context.console(), exams.start(request))


def _drawn(home: Home, learner: str, seed: int | None) -> list[str]:
    """Numbers of problems, one of each category."""
    from ..exams.request import draw_problems

    with context.ledger(home) as ledger:
        seed, drawn = draw_problems(ledger, learner, seed)
    context.say(f"Drawn with --seed {seed}: {', '.join(one.listed for one in drawn)}.")
    return [one.call for one in drawn]


def _question(request: ExamRequest) -> str:
    """What is asked before the clock runs: "5 problems in 300 minutes. …"."""
    count, minutes = len(request.datasets), request.allowed.total_seconds() / 60
    stops = "can be paused" if request.practice else "does not stop until the end"
    problems, time = counted(count, "problem"), counted(minutes, "minute")
    return f"{problems} in {time}. The data is ready. The clock {stops}. Start it now?"


def _packed_exam(home: Home, into: Path, file: Path) -> ExamRequest:
    from ..classroom.signing import fingerprint
    from ..exams.exam_pack import open_pack
    from ..exams.request import packed_exam
    from ..exams.running_exams import read_clock

    pack = open_pack(file, context.store(home), context.say)
    context.say(f"The exam of {pack.config.cohort}, signed by the key {fingerprint(pack.mentor)}.")
    return packed_exam(pack, into, read_clock(home.root).when, home.learner)


@contextmanager
def _exams(learner: str | None) -> Iterator[tuple[ExamEndings, str]]:
    """The home's exams, and the learner who was named, else the home's."""
    from ..exams.endings import ExamEndings

    home = context.home()
    with context.ledger(home) as ledger:
        yield ExamEndings(ledger, home.root), learner or home.learner


@exam.command("status")
@learner_choice
@as_json
def exam_status(learner: str | None, as_json: bool) -> None:
    """Show the time left and what was submitted in each category."""
    with _exams(learner) as (exams, who):
        _show_session(exams.current(who), as_json=as_json)


@exam.command("pause")
@learner_choice
def pause_exam(learner: str | None) -> None:
    """Stop the clock of an exam that was started with --practice."""
    with _exams(learner) as (exams, who):
        _show_session(exams.pause(who))


@exam.command("resume")
@learner_choice
def resume_exam(learner: str | None) -> None:
    """Start the clock of a paused exam again."""
    with _exams(learner) as (exams, who):
        _show_session(exams.resume(who))


@exam.command("finish")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--abandon", is_flag=True, help="End it whatever is broken, with what was submitted.")
@learner_choice
@as_json
def finish_exam(yes: bool, abandon: bool, learner: str | None, as_json: bool) -> None:
    """End the exam now, with what was submitted, and show its result.

    A mentor's exam has no result here: `tfprep exam hand-in` makes the file that your mentor grades.
    """
    with _exams(learner) as (exams, who):
        session = _finish(exams, who, yes=yes, abandon=abandon)
    _show(session, as_json)


@exam.command("hand-in")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--out", type=a_path, default=Path(), metavar="DIR", help="The folder to write to.")
@learner_choice
def hand_in_exam(yes: bool, out: Path, learner: str | None) -> None:
    """End a mentor's exam, and make the one file that you hand in.

    Only your mentor can read it. Where the exam has ended already, it makes the same file again.
    """
    with _exams(learner) as (exams, who):
        session = exams.to_hand_in(who)
        if session.running:
            session = _finish(exams, session.learner, yes=yes, abandon=False)
        else:
            context.say("This exam has ended already.")
        path, left_out = exams.write_hand_in(session, out)
    for sentence in left_out:
        context.say(f"{sentence} Your mentor is told.")
    size = f"{path.stat().st_size / 1e3:,.0f} kB"
    context.put(f"{path} ({size}): give it to your mentor, and keep it until you have a result.")


def _finish(exams: ExamEndings, who: str, *, yes: bool, abandon: bool) -> ExamSession:
    """The exam, ended: now, or before."""
    session = exams.current(who)
    if not session.running:
        context.say("This exam has ended already.")
        return session
    if abandon:
        return exams.abandon(who)
    for path in exams.unsubmitted(session):
        context.say(f"{path} was not submitted: it will not count.")
    if not yes:
        click.confirm("End the exam? Nothing can be added afterwards.", abort=True, err=True)
    return exams.finish(who)


@exam.command("result")
@click.argument("number", type=context.record_number, required=False)
@learner_choice
@as_json
def exam_result(number: int | None, learner: str | None, as_json: bool) -> None:
    """Show the result of exam NUMBER; without NUMBER, of the newest."""
    with _exams(learner) as (exams, who):
        ended = exams.ended(who, number)
    _show(ended, as_json)


@exam.command("verify")
@click.argument("file", type=a_file)
@click.option("--signer", metavar="KEY", help="Whose key it must be: the public key, or its fingerprint.")
@as_json
def verify(file: Path, signer: str | None, as_json: bool) -> None:
    """Check the certificate FILE that a mentor signed.

    Exit code 0 if nothing was changed, 1 if something was, or another key signed it.
    """
    from ..exams.certificate import verify_certificate
    from ..reports.exam.outcome import certificate_record, show_certificate, show_not_genuine

    try:
        certificate, signed = verify_certificate(file, signer)
    except NotGenuine as error:
        if as_json:
            context.print_json({"genuine": False, "reason": str(error)})
        else:
            show_not_genuine(context.console(), file, error)
        sys.exit(NOT_YET)
    if as_json:
        return context.print_json(certificate_record(certificate, signed))
    return show_certificate(context.console(), file, certificate, signed)


def end_overdue() -> None:
    """End every exam of this home whose time is up. Whatever stands in the way, the command goes on."""
    from ..exams.running_exams import cannot_end, overdue, read_clock
    from ..home import Home

    try:
        home = Home.find().root
        if overdue(home, read_clock(home)):
            _settle(context.home())
    except Exception as error:  # noqa: BLE001 an exam is no reason for another command to fail
        context.say(cannot_end(error))


def _settle(home: Home) -> None:
    from ..exams.endings import ExamEndings
    from ..exams.grading import grading_in_one_sandbox
    from ..sandbox.host.select_sandbox import for_own_work

    # The store is opened for the first model: a lost key must not keep an exam from ending.
    grading = grading_in_one_sandbox(
        lambda: context.store(home), lambda: for_own_work("auto", context.say), context.say
    )
    with context.ledger(home) as ledger, grading as grade_in_exam:
        ExamEndings(ledger, home.root).end_overdue(grade_in_exam, context.say)


def _show_session(session: ExamSession, *, as_json: bool = False) -> None:
    from ..reports.exam.render import show_session
    from ..reports.exam.view import session_record

    if as_json:
        return context.print_json(session_record(session))
    return show_session(context.console(), session)


def _show(session: ExamSession, as_json: bool) -> Never:
    """The result in the terminal and as a page, or as one JSON value; leaves with its code."""
    from ..exams.result import ExamResult
    from ..reports.exam.render import show_result, write_result
    from ..reports.page_store import PageStore

    if session.plan.mentor:
        _show_session(session, as_json=as_json)
        sys.exit(PASSED)
    try:
        result = ExamResult.stored(session.result)
    except NotGenuine as error:
        raise ExamError(f"Exam {session.number} has ended, and its result cannot be read: {error}") from error
    if as_json:
        context.print_json(result.to_values())
    else:
        show_result(context.console(), result)

        def write() -> None:
            home = context.home()
            pages = PageStore(home.reports)
            with context.ledger(home) as ledger:
                context.put(f"Page: {write_result(session, result, pages)}")
                pages.put_index(ledger.history())

        context.completed(
            write,
            f"The result of exam {session.number} is recorded, but its page could not be written",
            f"`tfprep exam result {session.number}` tries again.",
        )
    sys.exit(PASSED if result.passed else NOT_YET)
