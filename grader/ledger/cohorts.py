"""The ledger's cohorts: their runs, which submission counts for whom, and what was run for anybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session, joinedload

from ...errors import BadCohort
from ..records.cohort import ExamChoice, ExamTotal, Learner, Pending, Unmatched
from ..records.cohort_runs import (
    AppliedRules,
    Attempt,
    CacheKey,
    CohortEntry,
    CohortNote,
    CohortSummary,
    FoundFile,
    Instructions,
    RecordedRules,
    Run,
)
from ..scoring.reasons import FaultClass
from .cohort_decisions import CohortDecisions, add_rules, applied_rules
from .cohort_lock import lock_cohort, this_program
from .cohort_rows import found, last_run, of, update_file
from .submissions import to_record
from .tables import (
    CohortEntryRow,
    CohortExamResultRow,
    CohortRow,
    CohortRulesRow,
    CohortRunFileRow,
    CohortRunRow,
    ExamChoiceRow,
    OverrideRow,
    RegradeRow,
    ScoreRow,
    SubmissionRow,
    UnchangedRegradeRow,
    WithdrawalRow,
)

_ELSEWHERE: Final = "-"
"""The digest of a file of an older ledger whose entry was found elsewhere."""


class CohortRepository(CohortDecisions):
    """What the ledger knows of cohorts.

    Every method raises LedgerUnavailable; those that take a cohort's name raise NoSuchRecord where no
    cohort is called so, except `begin_run` and `lock`, which make it.
    """

    def names(self) -> tuple[str, ...]:
        """All cohorts, the one used last first."""
        with self._database.reading() as session:
            return tuple(session.scalars(select(CohortRow.name).order_by(CohortRow.used_at.desc())))

    def names_by_age(self) -> tuple[str, ...]:
        """All cohorts, the oldest first."""
        with self._database.reading() as session:
            return tuple(session.scalars(select(CohortRow.name).order_by(CohortRow.id)))

    def ruled_by(self, path: str) -> tuple[str, ...]:
        """The cohorts whose rules came from the file at this path, the one used last first."""
        query = select(CohortRow.name).where(CohortRow.rules == path)
        with self._database.reading() as session:
            return tuple(session.scalars(query.order_by(CohortRow.used_at.desc())))

    def summaries(self) -> tuple[CohortSummary, ...]:
        """A line for each cohort, the one used last first."""
        count = select(func.count()).where(CohortEntryRow.cohort_id == CohortRow.id).scalar_subquery()
        runs = select(CohortRunRow.source).where(CohortRunRow.cohort_id == CohortRow.id)
        source = runs.order_by(CohortRunRow.id.desc()).limit(1).scalar_subquery()
        with self._database.reading() as session:
            rows = session.execute(select(CohortRow, count, source).order_by(CohortRow.used_at.desc()))
            return tuple(
                CohortSummary(row.name, row.used_at, len(row.learners), entries, source or "")
                for row, entries, source in rows
            )

    def sources(self) -> Mapping[str, frozenset[str]]:
        """Every source that was graded for each cohort, the cohort used last first."""
        runs = select(CohortRow.name, CohortRunRow.source).join(
            CohortRunRow, CohortRunRow.cohort_id == CohortRow.id
        )
        sources = defaultdict(set)
        with self._database.reading() as session:
            for name, source in session.execute(runs.distinct().order_by(CohortRow.used_at.desc())):
                sources[name].add(source)
        return {name: frozenset(each) for name, each in sources.items()}

    def rename(self, name: str, to: str) -> None:
        """Gives a cohort another name. Raises BadCohort where another one is called so."""
        with self._database.writing() as session:
            row = found(session, name)
            if session.scalar(select(CohortRow.id).where(CohortRow.name == to)) is not None:
                raise BadCohort(f"Another cohort is called {to!r}.", "Delete or rename that one first.")
            row.name = to

    def delete(self, name: str) -> None:
        """Forgets a cohort: who is in it, what counts for whom, and what a mentor decided.

        The submissions themselves stay in the ledger.
        """
        with self._database.writing() as session:
            row = found(session, name)
            entries = select(CohortEntryRow.id).where(CohortEntryRow.cohort_id == row.id)
            for of_entry in (WithdrawalRow, RegradeRow):
                session.execute(delete(of_entry).where(of_entry.entry_id.in_(entries)))
            runs = select(CohortRunRow.id).where(CohortRunRow.cohort_id == row.id)
            session.execute(delete(CohortRunFileRow).where(CohortRunFileRow.run_id.in_(runs)))
            for table in (
                OverrideRow,
                CohortExamResultRow,
                ExamChoiceRow,
                UnchangedRegradeRow,
                CohortRunRow,
                CohortRulesRow,
                CohortEntryRow,
            ):
                session.execute(delete(table).where(table.cohort_id == row.id))
            session.delete(row)

    def begin_run(self, note: CohortNote) -> None:
        """Makes the cohort of this name, or renews its roster and rules, and begins a run over a source.

        What the note calls pending and unmatched is what is known of this source from now on. What is known
        of other sources stays.
        """
        with self._database.writing() as session:
            row = self._find_or_add(session, note.name)
            learners = [asdict(learner) for learner in note.learners]
            is_new = note.has_roster and learners != row.learners
            row.used_at, row.has_roster = self._now(), note.has_roster
            row.learners, row.assignments = learners, dict(note.assignments)
            run = CohortRunRow(
                cohort_id=row.id,
                source=note.folder,
                begun_by=note.by,
                begun_at=row.used_at,
                unmatched=[asdict(unmatched) for unmatched in note.unmatched],
                rules_id=self._rules_id(session, row, note),
                roster=learners if is_new else None,
                told=asdict(note.instructions),
            )
            session.add(run)
            session.flush()
            files = [{"run_id": run.id, "digest": "", **asdict(each)} for each in note.pending]
            if files:
                session.execute(insert(CohortRunFileRow), files)

    def read(self, name: str) -> CohortNote:
        """What is known of a cohort beside its entries."""
        with self._database.reading() as session:
            row = found(session, name)
            runs = session.scalars(of(CohortRunRow, row).order_by(CohortRunRow.id)).all()
            newest = session.scalar(of(CohortRulesRow, row).order_by(CohortRulesRow.id.desc()).limit(1))
            files = _files_by_run(session, row)
            last = {run.source: run for run in runs}
            results = {
                (each.learner, each.problem): run.id
                for run in sorted(last.values(), key=lambda run: run.id)
                for each in files[run.id]
                if each.digest
            }
            return CohortNote(
                name=row.name,
                learners=tuple(Learner(**learner) for learner in row.learners),
                has_roster=row.has_roster,
                assignments=row.assignments,
                rules=_unrecorded(row) if newest is None else applied_rules(newest).rules,
                rules_since=None if newest is None else newest.made_at,
                folder=runs[-1].source if runs else "",
                by=runs[-1].begun_by if runs else "",
                unmatched=tuple(Unmatched(**each) for run in last.values() for each in run.unmatched),
                pending=tuple(
                    Pending(
                        each.learner,
                        each.problem,
                        each.found_at,
                        each.why,
                        each.handed_in,
                        each.marked_late,
                    )
                    for run in last.values()
                    for each in files[run.id]
                    if not each.digest and results.get((each.learner, each.problem), 0) <= run.id
                ),
                runs=tuple(
                    Run(run.source, run.begun_at, _found_files(files[run.id]), _instructions(run))
                    for run in runs
                ),
                exams=_exam_totals(session, row),
            )

    def set_exam_results(
        self, name: str, source: str, totals: Sequence[ExamTotal], by: str, choices: Iterable[ExamChoice] = ()
    ) -> None:
        """Stores what was collected from a folder, and what the mentor chose.

        It replaces what is known of these hand-ins. Of the others that the folder held before, those that may
        count stay: a hand-in is not forgotten for being moved.
        """
        table = CohortExamResultRow
        with self._database.writing() as session:
            cohort = found(session, name)
            ours = delete(table).where(table.cohort_id == cohort.id)
            session.execute(ours.where(table.digest.in_([each.digest for each in totals])))
            session.execute(ours.where(table.source == source, table.stands.is_not(True)))
            how = {"cohort_id": cohort.id, "source": source}
            for each in totals:
                values = {key: value for key, value in asdict(each).items() if key != "chosen"}
                session.add(table(**values | how, collected_by=by, collected_at=self._now()))
            for choice in choices:
                values = {"learner": choice.learner, "exam": choice.exam, "digest": choice.digest}
                what = values | {"file": choice.file, "reason": choice.why}
                made = {"made_by": by, "made_at": self._now()}
                session.add(ExamChoiceRow(cohort_id=cohort.id, **what, **made))

    def exam_choices(self, name: str) -> tuple[ExamChoice, ...]:
        """Every hand-in that a mentor let count, oldest first: the last one of an exam and learner holds."""
        with self._database.reading() as session:
            return _exam_choices(session, found(session, name))

    def attempts(self, name: str) -> tuple[Attempt, ...]:
        """Every entry with the score it has now, in the order in which they got one."""
        with self._database.reading() as session:
            cohort = found(session, name)
            joined = joinedload(CohortEntryRow.submission)
            query = (
                of(CohortEntryRow, cohort)
                .options(joined.joinedload(SubmissionRow.learner), joined.joinedload(SubmissionRow.score))
                .order_by(CohortEntryRow.id)
            )
            withdrawn = _withdrawn(session, cohort)
            return tuple(_attempt(cohort.name, row, row.id in withdrawn) for row in session.scalars(query))

    def cached(self) -> Iterator[tuple[CacheKey, int]]:
        """Every model that was run for any cohort: its cache key, and its submission's number.

        None that took too much time or memory, or may have: another run may end otherwise.
        """
        query = (
            select(
                CohortEntryRow.digest,
                ScoreRow.data_fingerprint,
                ScoreRow.environment_fingerprint,
                CohortEntryRow.grading_config,
                CohortEntryRow.number,
            )
            .join(ScoreRow, ScoreRow.number == CohortEntryRow.number)
            .where(CohortEntryRow.copied_from.is_(None), ScoreRow.data_fingerprint.is_not(None))
            .where(or_(ScoreRow.score.is_not(None), CohortEntryRow.fault != FaultClass.TIME.value))
        )
        with self._database.reading() as session:
            for digest, data, environment, grading_config, number in session.execute(query):
                yield CacheKey(digest, data or "", environment or "", grading_config), number

    def set_reasons(self, name: str, pending: Iterable[Pending]) -> None:
        """Stores why these have no result yet; nothing of what is not pending in the run that began last."""
        self._update_files(name, {each: {"why": each.why} for each in pending})

    def resolve_pending(self, name: str, settled: Mapping[Pending, str]) -> None:
        """These files of the run that began last have an entry already: the digest of each."""
        self._update_files(name, {each: {"digest": digest} for each, digest in settled.items()})

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Keeps every other program from grading this cohort. Released however this program ends.

        Raises:
            CohortBusy: another program is grading it; the message says which.
            LedgerUnavailable: also by what is written within, once the lock was lost: nothing is stored then.
        """
        with ExitStack() as held:
            with self._database.writing() as session:
                row = self._find_or_add(session, name)
                # Not later: nobody gets the lock while somebody writes who has seen that it is theirs.
                held.enter_context(lock_cohort(self._database, row.id, name, row.locked_by or ""))
                row.locked_by = this_program(self._now())
            yield

    def _rules_id(self, session: Session, row: CohortRow, note: CohortNote) -> int | None:
        """The row of the rules that a run grades by; of rules that were never recorded, none."""
        if note.rules.text is None:
            return None
        return add_rules(session, row, AppliedRules(note.rules, note.by, row.used_at, note.why))

    def _update_files(self, name: str, changes: Mapping[Pending, Mapping[str, object]]) -> None:
        with self._database.writing() as session:
            run = last_run(session, found(session, name))
            for each, values in changes.items():
                update_file(session, run, each, values)

    def _find_or_add(self, session: Session, name: str) -> CohortRow:
        row = session.scalar(select(CohortRow).where(CohortRow.name == name))
        if row is None:
            nobody: dict[str, Any] = {"learners": [], "has_roster": False, "assignments": {}}
            row = CohortRow(name=name, used_at=self._now(), rules="", **nobody)
            session.add(row)
            session.flush()
        return row


def _files_by_run(session: Session, cohort: CohortRow) -> Mapping[int, Sequence[CohortRunFileRow]]:
    """The files of each run, in their order."""
    runs = select(CohortRunRow.id).where(CohortRunRow.cohort_id == cohort.id)
    query = select(CohortRunFileRow).where(CohortRunFileRow.run_id.in_(runs)).order_by(CohortRunFileRow.id)
    files = defaultdict(list)
    for file in session.scalars(query):
        files[file.run_id].append(file)
    return files


def _instructions(run: CohortRunRow) -> Instructions:
    stored = run.told or {}
    return Instructions(
        stored.get("problem", ""),
        tuple(stored.get("manifests", ())),
        tuple(stored.get("aside", ())),
        stored.get("digest", ""),
        stored.get("draft", ""),
    )


def _found_files(files: Iterable[CohortRunFileRow]) -> tuple[FoundFile, ...]:
    return tuple(
        FoundFile(each.learner, each.problem, each.found_at, each.digest, each.handed_in, each.marked_late)
        for each in files
        if each.digest != _ELSEWHERE
    )


def _exam_totals(session: Session, cohort: CohortRow) -> tuple[ExamTotal, ...]:
    """One for each file, also where it was collected from several folders."""
    chosen = {(each.exam, each.learner): each.digest for each in _exam_choices(session, cohort)}
    totals = {}
    for row in session.scalars(of(CohortExamResultRow, cohort).order_by(CohortExamResultRow.id)):
        columns = {each.name: getattr(row, each.name) for each in fields(ExamTotal) if each.name != "chosen"}
        columns |= {"remarks": tuple(row.remarks), "notes": None if row.notes is None else tuple(row.notes)}
        is_chosen = chosen.get((row.exam, row.learner)) == row.digest
        totals[row.digest] = ExamTotal(**columns, chosen=is_chosen)
    return tuple(totals.values())


def _exam_choices(session: Session, cohort: CohortRow) -> tuple[ExamChoice, ...]:
    return tuple(
        ExamChoice(row.learner, row.exam, row.digest, row.file, row.reason, row.made_by, row.made_at)
        for row in session.scalars(of(ExamChoiceRow, cohort).order_by(ExamChoiceRow.id))
    )


def _withdrawn(session: Session, cohort: CohortRow) -> set[int]:
    """The entries of which the newest withdrawal says that they do not count."""
    ours = select(CohortEntryRow.id).where(CohortEntryRow.cohort_id == cohort.id)
    newest = select(func.max(WithdrawalRow.id)).where(WithdrawalRow.entry_id.in_(ours))
    rows = select(WithdrawalRow.entry_id).where(
        WithdrawalRow.id.in_(newest.group_by(WithdrawalRow.entry_id)), WithdrawalRow.withdrawn
    )
    return set(session.scalars(rows))


def _attempt(cohort: str, row: CohortEntryRow, withdrawn: bool) -> Attempt:
    columns = {each.name: getattr(row, each.name) for each in fields(CohortEntry) if each.name != "cohort"}
    return Attempt(row.id, CohortEntry(cohort=cohort, **columns), to_record(row.submission), withdrawn)


def _unrecorded(row: CohortRow) -> RecordedRules:
    """The rules of a cohort that has none on record: of an earlier version, or of no run yet."""
    return RecordedRules(row.rules, None if row.rules else "")
