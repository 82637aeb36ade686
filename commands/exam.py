"""The mock exam: a learner starts and ends it; a mentor makes its packs and collects its results."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Never

import click

from ..errors import NOT_YET, PASSED, ExamError, NotGenuine, TfprepError, explained
from . import context
from .context import as_json, data_choice

if TYPE_CHECKING:
    from ..exams.request import ExamRequest
    from ..exams.service import ExamService
    from ..grader.records.cohort import Learner
    from ..grader.records.exam import ExamSession
    from ..home import Home

logger = logging.getLogger(__name__)

a_path = click.Path(path_type=Path)
a_file = click.Path(path_type=Path, exists=True, dir_okay=False)
learner_choice = click.option(
    "--learner", help="Whose exam.  [default: $TFPREP_LEARNER, or your account's name]"
)
rules_choice = click.option(
    "--rules", type=a_file, default=Path("cohort.toml"), show_default=True, help="With the table [exam]."
)
roster_choice = click.option(
    "--roster", type=a_file, default=Path("roster.csv"), show_default=True, help="Who takes it."
)


@click.group()
def exam() -> None:
    """Take the mock exam: five problems in five hours.

    It is passed with 90 of 100 points.
    """


@exam.command("start")
@click.option("--minutes", type=context.FiniteRange(0.1, 10_000), help="Its time.  [default: 300]")
@click.option("--problems", metavar="NAMES", help="Which, with commas.  [default: 1,2,3,4,5]")
@click.option("--practice", is_flag=True, help="The clock may be paused; the result says so.")
@click.option("--pack", type=a_file, help="A mentor's exam, as you were given it.")
@click.option("--into", type=a_path, default=Path("exam"), show_default=True, help="The folder to make.")
@data_choice
@learner_choice
def start_exam(
    into: Path,
    pack: Path | None,
    minutes: float | None,
    problems: str | None,
    practice: bool,
    data_source: str | None,
    learner: str | None,
) -> None:
    """Make a folder with the exam's categories, and start the clock."""
    from ..exams.request import load_problems, own_exam
    from ..reports.exam.render import show_rules

    home = context.home()
    if pack is not None:
        if minutes or problems or practice or data_source or learner:
            raise click.UsageError(
                "A mentor's pack says whose exam it is, on what and how long: leave the other options out."
            )
        request = _packed_exam(home, into, pack)
    else:
        names = (problems or "1,2,3,4,5").split(",")
        datasets = load_problems(names, data_source or "auto", context.store(home), context.say)
        request = own_exam(learner or home.learner, into, datasets, minutes or 300, practice=practice)
    with _exams(None) as (exams, _):
        show_rules(context.console(), exams.start(request))


def _packed_exam(home: Home, into: Path, file: Path) -> ExamRequest:
    from ..classroom.signing import fingerprint
    from ..exams.exam_pack import open_pack
    from ..exams.request import packed_exam
    from ..exams.running_exams import read_clock

    pack = open_pack(file, context.store(home))
    context.say(f"The exam of {pack.config.cohort}, signed by the key {fingerprint(pack.mentor)}.")
    return packed_exam(pack, into, read_clock().when)


@contextmanager
def _exams(learner: str | None) -> Iterator[tuple[ExamService, str]]:
    """The home's exams, and the learner who was named, else the home's."""
    from ..exams.service import ExamService

    home = context.home()
    with context.ledger(home) as ledger:
        yield ExamService(ledger, home.root), learner or home.learner


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
    """Let a paused clock run again."""
    with _exams(learner) as (exams, who):
        _show_session(exams.resume(who))


@exam.command("finish")
@click.option("--yes", is_flag=True, help="Do not ask.")
@learner_choice
@as_json
def finish_exam(yes: bool, learner: str | None, as_json: bool) -> None:
    """End the exam now, with what was submitted, and show its result."""
    with _exams(learner) as (exams, who):
        session = exams.current(who)
        if session.running:
            for path in exams.unsubmitted(session):
                context.say(f"{path} was not submitted: it will not count.")
            if not yes:
                click.confirm("End the exam? Nothing can be added afterwards.", abort=True, err=True)
            session = exams.finish(who)
        else:
            context.say("This exam has ended already.")
    _show(session, as_json)


@exam.command("result")
@click.argument("number", type=context.record_number, required=False)
@learner_choice
@as_json
def exam_result(number: int | None, learner: str | None, as_json: bool) -> None:
    """Show the result of exam NUMBER; of the last one without it."""
    home = context.home()
    with context.ledger(home) as ledger:
        found = ledger.exams.last(learner or home.learner) if number is None else ledger.exams.read(number)
    if found.running:
        raise ExamError("This exam is still running: its result opens when it has ended.")
    _show(found, as_json)


@exam.command("verify")
@click.argument("file", type=a_file)
@click.option("--signer", metavar="FINGERPRINT", help="Whose key it must be.")
@as_json
def verify_result(file: Path, signer: str | None, as_json: bool) -> None:
    """Check the signature of the result FILE.

    Exit code 0 if no byte was changed, 1 if one was.
    """
    from ..classroom.signing import same_fingerprint
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
        sys.exit(NOT_YET)
    if as_json:
        return context.print_json(verified_record(signed, result))
    return show_verified(context.console(), file, signed, result)


@exam.command("pack")
@rules_choice
@roster_choice
@click.option("--into", type=a_path, default=Path("packs"), show_default=True, help="The folder to make.")
def pack_exam(rules: Path, roster: Path, into: Path) -> None:
    """Make an exam file for each learner of a cohort.

    It holds the exam's rules, and hidden examples of the learner's own.
    """
    from ..classroom.handout import mentor_store
    from ..classroom.roster import read_roster
    from ..classroom.rules_file import read_rules
    from ..classroom.signing import fingerprint, public_key, read_or_make_key
    from ..exams.exam_pack import Packer
    from ..files.secrets import read_or_make_secret

    home = context.home()
    decisions = read_rules(rules)
    key = read_or_make_key(home.root)
    secret = decisions.secret or read_or_make_secret(home.root)
    packer = Packer(decisions, mentor_store(home, decisions), secret, key)
    packs = packer.pack(into, read_roster(roster), context.say)
    context.put(
        f"{len(packs)} packs are in {into}, signed by {fingerprint(public_key(key))}. To start the exam:"
    )
    for pack in packs:
        context.put(f"  tfprep exam start --pack {pack.name}")


@exam.command("collect")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--roster", type=a_file, help="Who takes it.  [default: the cohort's, else roster.csv]")
@click.option("--cohort", metavar="NAME", help="Put the results into this cohort's gradebook.")
@click.option("--out", type=a_path, metavar="DIR", help="Write the totals here, as exam.csv.")
@as_json
def collect_results(
    folder: Path, roster: Path | None, cohort: str | None, out: Path | None, as_json: bool
) -> None:
    """Check every signed result (*.json) in FOLDER.

    Shows whose it is, its points, and what speaks against it; the same file twice is one result. With
    --cohort, what was collected from FOLDER before is replaced, so a file that is taken out of it no longer
    counts. Exit code 0 if everybody handed in a result that nothing speaks against, else 1.
    """
    from ..classroom.signing import public_key, read_or_make_key
    from ..exams.collect import collect, keep
    from ..reports.cohort.exports import write_exam
    from ..reports.exam.render import show_collection
    from ..reports.exam.view import collection_record

    home = context.home()
    mentor = public_key(read_or_make_key(home.root))
    if cohort is None:
        people = _people(roster)
        collection = collect(folder, people, mentor)
    else:
        with context.ledger(home) as ledger:
            known = ledger.cohorts.read(cohort)
            people = _people(roster) if roster or not known.has_roster else known.learners
            collection = collect(folder, people, mentor)
            keep(collection, ledger, cohort, folder, home.learner)
    if as_json:
        context.print_json(collection_record(collection))
    else:
        show_collection(context.console(), collection)
    if out is not None:
        context.say(f"Totals: {write_exam(collection.totals, people, out)}")
    good = not collection.missing and not any(each.remarks for each in collection.collected)
    sys.exit(PASSED if good else NOT_YET)


def _people(roster: Path | None) -> Sequence[Learner]:
    from ..classroom.roster import read_roster

    return read_roster(roster or Path("roster.csv"))


def settle_overdue() -> None:
    """End every exam of this home whose time is up. What cannot be ended now is tried again next time."""
    from ..exams.running_exams import due, read_clock
    from ..home import Home

    if not due(Home.find().root, read_clock()):
        return
    try:
        _settle(context.home())
    except (TfprepError, OSError) as error:
        logger.error("the exam cannot be ended yet", exc_info=error)
        why = f"{explained(error)}." if isinstance(error, OSError) else str(error)
        context.say(f"The exam cannot be ended yet: {why} This costs no points.")


def _settle(home: Home) -> None:
    from ..exams.grading import grading_in_one_sandbox
    from ..exams.service import ExamService
    from ..sandbox.host.select_sandbox import for_own_work

    grading = grading_in_one_sandbox(
        context.store(home), lambda: for_own_work("auto", context.say), context.say
    )
    with context.ledger(home) as ledger, grading as grade_in_exam:
        exams = ExamService(ledger, home.root)
        for session in exams.overdue():
            context.say(
                f"Time is up in exam {session.number}: the last model in each folder counts as submitted."
            )
            with suppress(ExamError):  # another command was quicker
                exams.settle(session, grade_in_exam)
            context.say(f"Exam {session.number} has ended; `tfprep exam result {session.number}` shows it.")


def _show_session(session: ExamSession, *, as_json: bool = False) -> None:
    from ..reports.exam.render import show_session
    from ..reports.exam.view import session_record

    if as_json:
        return context.print_json(session_record(session))
    return show_session(context.console(), session)


def _show(session: ExamSession, as_json: bool) -> Never:
    """The result in the terminal, as a page and a signed file, or as one JSON value; leaves with its code."""
    from ..classroom.signing import verify
    from ..exams.result import ExamResult
    from ..reports.exam.render import show_result, write_result

    signed = verify(session.result.encode())
    result = ExamResult.from_values(signed.values)
    if as_json:
        context.print_json(result.to_values())
    else:
        show_result(context.console(), result, signed)

        def write() -> None:
            page, file = write_result(session, result, signed, context.home().reports)
            context.put(f"Page: {page}\nSigned result: {file}")

        context.softly(
            write,
            f"The result of exam {session.number} is recorded, but its files could not be written",
            f"`tfprep exam result {session.number}` tries again.",
        )
    sys.exit(PASSED if result.passed else NOT_YET)
