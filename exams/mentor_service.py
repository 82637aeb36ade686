"""What a mentor does with the hand-ins of an exam, as a function that a command or a web server can call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from ..classroom.cohort_data import mentor_store
from ..classroom.exam_totals import exam_results
from ..classroom.roster import read_roster
from ..classroom.rules import CohortRules
from ..classroom.rules_file import read_rules, record_rules
from ..classroom.service_base import ServiceBase
from ..classroom.signing import public_key, read_or_make_key
from ..errors import BadCohort
from ..files.scratch import scratch_folder
from ..files.text import counted
from ..grader.parallel.worker_threads import MakePool
from ..grader.records.cohort import ExamTotal, Learner
from ..grader.records.cohort_runs import CohortNote
from ..grader.services import interrupted
from .checks import join_facts
from .exam_pack import NAMELESS, ExamPackWriter, exam_problems
from .hand_in_files import find_hand_ins
from .hand_in_grader import HandInGrader, OnProgress
from .measured import Choices
from .outcome import ExamOutcome, GradedHandIn
from .variants import References

_NOT_RECORDED: Final = "Interrupted. Nothing was recorded."


@dataclass(frozen=True)
class ExamGradingRequest:
    """Which hand-ins are to be graded, and for whom. The rest is the cohort's."""

    source: Path
    """A folder, a platform's zip, or one hand-in."""
    name: str | None = None
    rules: Path | None = None
    """A cohort.toml; None for the rules that count, and for a new cohort those of `ServiceBase.here`."""
    roster: Path | None = None
    usual_roster: Path | None = None
    """Where `roster` is None and the cohort has none."""
    accepted: Sequence[str] = ()
    """Files, or ids of learners with one hand-in: these count whatever speaks against them."""
    rerun: bool = False
    """Run again what was graded before, though nothing has changed."""


@dataclass(frozen=True)
class GradedExam:
    """What came of it, and the roster."""

    outcome: ExamOutcome
    learners: Sequence[Learner]
    totals: Sequence[ExamTotal]
    """All that the gradebook holds of these exams, also from other sources."""


@dataclass(frozen=True)
class PackedExam:
    """What a mentor gives out, and what to know of it."""

    rules: CohortRules
    packs: Sequence[Path]
    """A file for each learner."""
    key: str
    """The mentor's public key: by it anybody verifies what was signed."""


def pack_exam(service: ServiceBase, rules: Path, roster: Path, into: Path) -> PackedExam:
    """Makes the packs of an exam. `service.tell` gets what speaks against its rules.

    Args:
        service: the mentor's cohorts.
        rules: a cohort.toml with the table [exam].
        roster: a CSV of those who take the exam.
        into: the folder to make.

    Raises:
        BadCohort: rules or roster cannot be used, or the folder is there.
        BadKey: the home's key is damaged.
        BadData, DataUnavailable: a problem's data cannot be used or fetched.
    """
    decisions = read_rules(rules)
    for warning in filter(None, (*decisions.warnings, warn_of_overlap(service, decisions))):
        service.tell(warning)
    key = read_or_make_key(service.home.root)
    writer = ExamPackWriter(decisions, mentor_store(service.home, decisions), key)
    return PackedExam(decisions, writer.pack(into, read_roster(roster), service.tell), public_key(key))


def warn_of_overlap(service: ServiceBase, rules: CohortRules) -> str:
    """A sentence where a cohort's scores told of what its exam will ask; else nothing."""
    note = service.find_note(rules.name) if rules.name else None
    if note is None:
        return ""
    asked = {one.problem.id for one in exam_problems(rules)}
    whole = [each for each in service.ledger.cohorts.attempts(note.name) if each.entry.problem in asked]
    if not whole or service.rules_of(note).has_exam:
        return ""
    graded = counted(len(whole), "submission was", "submissions were")
    return (
        f"{note.name}: {graded} graded on all hidden examples, the exam's among them. "
        "`tfprep cohort grade` with these rules and --rerun-changed grades them on the rest."
    )


def grade_hand_ins(
    service: ServiceBase,
    request: ExamGradingRequest,
    make_pool: MakePool,
    now: datetime,
    on_progress: OnProgress = lambda done, total: None,
) -> GradedExam:
    """Grades the hand-ins of a folder or a zip, and stores the results in the cohort's gradebook.

    What the ledger has of other hand-ins of the same exam is compared too. A cohort that is not known yet
    begins with it. What was graded before is not run again while its model, the data, the rules and the
    scoring are the same.

    Args:
        service: the mentor's cohorts.
        request: what to grade.
        make_pool: makes the workers.
        now: the calendar, in UTC.
        on_progress: gets how many models have an outcome, and how many there are.

    Raises:
        BadCohort: there is no cohort and no cohort.toml, or rules, secret, roster or source cannot be used.
        BadKey: the home's key is damaged.
        CohortBusy: another program is grading this cohort or its exam.
        SandboxUnavailable: no worker could be started. Nothing was stored.
        LedgerUnavailable: the database failed. Nothing was stored.
        Interrupted: a person stopped it. Nothing was stored.
    """
    name = _cohort(service, request).note.name
    with interrupted(_NOT_RECORDED, "Run the command again."), service.ledger.cohorts.lock(name):
        cohort = _cohort(service, request)  # as it is now: another program may have graded it just before
        try:
            return _grade_locked(service, request, cohort, make_pool, now, on_progress)
        except BaseException:
            if cohort.is_new:
                service.ledger.cohorts.delete(name)
            raise


def _grade_locked(  # noqa: PLR0913, PLR0917 - as `grade_hand_ins`
    service: ServiceBase,
    request: ExamGradingRequest,
    cohort: _Cohort,
    make_pool: MakePool,
    now: datetime,
    on_progress: OnProgress,
) -> GradedExam:
    note, rules = cohort.note, cohort.rules
    private = read_or_make_key(service.home.root)
    store, references = (
        mentor_store(service.home, rules),
        References(service.home.root / "references", service.tell),
    )
    grader = HandInGrader(rules, store, private, note.learners, references, service.tell)
    known = {} if request.rerun else {each.digest: each.graded for each in note.exams if each.graded}
    service.home.make()
    with scratch_folder(service.home.root) as scratch:
        found = find_hand_ins(request.source, scratch)
        choices = Choices(request.accepted, note.exams, _names(service, cohort), known)
        outcome = grader.grade(found, make_pool, now, choices, on_progress)
    if cohort.is_new:
        service.ledger.cohorts.begin_run(note)
    totals = [_to_store(each, note.exams) for each in outcome.hand_ins]
    source = str(request.source.absolute())
    service.ledger.cohorts.set_exam_results(note.name, source, totals, service.by, outcome.choices)
    exams = {each.exam for each in totals}
    kept = tuple(each for each in service.ledger.cohorts.read(note.name).exams if each.exam in exams)
    counted = {learner for each in exam_results(kept) for learner in each.counted}
    missing = tuple(each for each in outcome.missing if each not in counted)
    return GradedExam(replace(outcome, missing=missing), note.learners, kept)


def _to_store(found: GradedHandIn, known: Sequence[ExamTotal]) -> ExamTotal:
    """What the gradebook keeps: where our side fails now, the result that a certificate was signed for.

    What its notes said first stays, where another copy said otherwise, and that a certificate was signed.
    """
    total = found.total
    for before in known:
        if before.digest == total.digest:
            if found.pending and before.points:
                return before
            certified = total.certified or before.certified or (bool(before.points) and not before.remarks)
            facts = join_facts(before.facts or total.facts or {}, total.facts or {})
            return replace(total, facts=facts, certified=certified)
    return total


@dataclass(frozen=True)
class _Cohort:
    """A cohort with its roster, and its rules with their secret."""

    note: CohortNote
    rules: CohortRules
    is_new: bool
    """Nothing was ever graded of it."""


def _names(service: ServiceBase, cohort: _Cohort) -> tuple[str, ...]:
    """What the cohort is called, and what its rules call it: those in force, too, where others were given."""
    counting = cohort.rules if cohort.is_new else service.rules_for_data(cohort.note)
    named = (each.name or NAMELESS for each in (cohort.rules, counting))
    return tuple(dict.fromkeys((cohort.note.name, *named)))


def _cohort(service: ServiceBase, request: ExamGradingRequest) -> _Cohort:
    file = request.rules or service.here
    given = None if file is None else read_rules(file)
    name = request.name or (given.name if given is not None else "") or _last(service)
    note = service.find_note(name) if name else None
    if note is not None and note.runs:  # else it is only locked
        rules = service.rules_for_data(note) if request.rules is None else read_rules(request.rules)
        if request.roster is not None or not note.has_roster:
            note = replace(note, learners=_roster(request), has_roster=True)
        return _Cohort(note, rules, is_new=False)
    if given is None or file is None:
        raise BadCohort(
            f"There is no cohort {name!r} yet, and no cohort.toml here."
            if name
            else "There is no cohort.toml here.",
            "Go to the folder with the cohort.toml of the exam, or name it with --rules.",
        )
    record = record_rules(file)[1]
    new = CohortNote(
        name=name or NAMELESS,
        learners=_roster(request),
        has_roster=True,
        rules=record,
        why="Its exam was graded.",
        folder=str(request.source.absolute()),
        by=service.by,
    )
    return _Cohort(new, given, is_new=True)


def _roster(request: ExamGradingRequest) -> tuple[Learner, ...]:
    file = request.roster or request.usual_roster
    if file is None:
        raise BadCohort("This cohort has no roster.", "Name a CSV of those who take the exam with --roster.")
    return read_roster(file)


def _last(service: ServiceBase) -> str:
    names = service.ledger.cohorts.names()
    return names[0] if names else ""
