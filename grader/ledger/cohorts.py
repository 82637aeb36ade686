"""The ledger's cohorts: which submission counts for whom, and what a mentor decided."""

from __future__ import annotations

import difflib
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session, joinedload

from ...errors import BadCohort, CohortBusy, NoSuchRecord
from ...files.locks import Locked, try_file_lock
from ..records.cohort import (
    Attempt,
    CacheKey,
    CohortEntry,
    CohortNote,
    CohortSummary,
    Decision,
    ExamTotal,
    FoundFile,
    Learner,
    Override,
    Pending,
    Regraded,
    Run,
    ScoreChange,
    Unmatched,
    Withdrawal,
)
from .database import Database, faults_named
from .submissions import store_attachment, to_record
from .tables import (
    CohortEntryRow,
    CohortExamResultRow,
    CohortRow,
    CohortRunFileRow,
    CohortRunRow,
    OverrideRow,
    RegradeRow,
    ScoreRow,
    SubmissionRow,
    WithdrawalRow,
)

_ELSEWHERE: Final = "-"
"""The digest of a file of an older ledger whose entry was found elsewhere."""
_COHORT_LOCK: Final = 0x7466_6368
"""Any number, as long as every tfprep takes the same: one half of PostgreSQL's advisory lock of a cohort."""


class CohortRepository:
    """What the ledger knows of cohorts.

    Every method raises LedgerUnavailable; those that take a cohort's name raise NoSuchRecord where no
    cohort is called so, except `begin_run` and `lock`, which make it.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def names(self) -> tuple[str, ...]:
        """All cohorts, the one used last first."""
        with self._database.reading() as session:
            return tuple(session.scalars(select(CohortRow.name).order_by(CohortRow.used_at.desc())))

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

    def rename(self, name: str, to: str) -> None:
        """Gives a cohort another name. Raises BadCohort where another one is called so."""
        with self._database.writing() as session:
            row = _found(session, name)
            if session.scalar(select(CohortRow.id).where(CohortRow.name == to)) is not None:
                raise BadCohort(f"Another cohort is called {to!r}.", "Delete or rename that one first.")
            row.name = to

    def delete(self, name: str) -> None:
        """Forgets a cohort: who is in it, what counts for whom, and what a mentor decided.

        The submissions themselves stay in the ledger.
        """
        with self._database.writing() as session:
            row = _found(session, name)
            entries = select(CohortEntryRow.id).where(CohortEntryRow.cohort_id == row.id)
            for of_entry in (WithdrawalRow, RegradeRow):
                session.execute(delete(of_entry).where(of_entry.entry_id.in_(entries)))
            runs = select(CohortRunRow.id).where(CohortRunRow.cohort_id == row.id)
            session.execute(delete(CohortRunFileRow).where(CohortRunFileRow.run_id.in_(runs)))
            for table in (OverrideRow, CohortExamResultRow, CohortRunRow, CohortEntryRow):
                session.execute(delete(table).where(table.cohort_id == row.id))
            session.delete(row)

    def begin_run(self, note: CohortNote) -> None:
        """Makes the cohort of this name, or renews its roster and rules, and begins a run over a source.

        What the note calls pending and unmatched is what is known of this source from now on. What is known
        of other sources stays.
        """
        with self._database.writing() as session:
            row = self._find_or_add(session, note.name)
            row.used_at, row.rules, row.has_roster = self._now(), note.rules, note.has_roster
            row.learners = [asdict(learner) for learner in note.learners]
            row.assignments = dict(note.assignments)
            run = CohortRunRow(
                cohort_id=row.id,
                source=note.folder,
                begun_by=note.by,
                begun_at=row.used_at,
                unmatched=[asdict(unmatched) for unmatched in note.unmatched],
            )
            session.add(run)
            session.flush()
            files = [{"run_id": run.id, "digest": "", **asdict(each)} for each in note.pending]
            if files:
                session.execute(insert(CohortRunFileRow), files)

    def read(self, name: str) -> CohortNote:
        """What is known of a cohort beside its entries."""
        with self._database.reading() as session:
            row = _found(session, name)
            runs = session.scalars(_of(CohortRunRow, row).order_by(CohortRunRow.id)).all()
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
                rules=row.rules,
                folder=runs[-1].source if runs else "",
                by=runs[-1].begun_by if runs else "",
                unmatched=tuple(Unmatched(**each) for run in last.values() for each in run.unmatched),
                pending=tuple(
                    Pending(each.learner, each.problem, each.found_at, each.why, each.handed_in)
                    for run in last.values()
                    for each in files[run.id]
                    if not each.digest and results.get((each.learner, each.problem), 0) <= run.id
                ),
                runs=tuple(Run(run.source, run.begun_at, _found_files(files[run.id])) for run in runs),
                exams=_exam_totals(session, row),
            )

    def set_exam_results(self, name: str, source: str, totals: Iterable[ExamTotal], by: str) -> None:
        """Stores what was collected from a folder, in place of what was collected from it before."""
        table = CohortExamResultRow
        with self._database.writing() as session:
            cohort = _found(session, name)
            session.execute(delete(table).where(table.cohort_id == cohort.id, table.source == source))
            how = {"cohort_id": cohort.id, "source": source, "collected_by": by, "collected_at": self._now()}
            session.add_all(table(**how, **asdict(each)) for each in totals)

    def attempts(self, name: str) -> tuple[Attempt, ...]:
        """Every entry with the score it has now, in the order in which they got one."""
        with self._database.reading() as session:
            cohort = _found(session, name)
            joined = joinedload(CohortEntryRow.submission)
            query = (
                _of(CohortEntryRow, cohort)
                .options(joined.joinedload(SubmissionRow.learner), joined.joinedload(SubmissionRow.score))
                .order_by(CohortEntryRow.id)
            )
            withdrawn = _withdrawn(session, cohort)
            return tuple(_attempt(cohort.name, row, row.id in withdrawn) for row in session.scalars(query))

    def cached(self) -> Iterator[tuple[CacheKey, int]]:
        """Every model that was run for any cohort: its cache key, and its submission's number."""
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
        )
        with self._database.reading() as session:
            for digest, data, environment, grading_config, number in session.execute(query):
                yield CacheKey(digest, data or "", environment or "", grading_config), number

    def set_reasons(self, name: str, pending: Iterable[Pending]) -> None:
        """Stores why these have no result yet; nothing of what is not pending in the run that began last."""
        self._update_files(name, {each: {"why": each.why} for each in pending})

    def settle(self, name: str, settled: Mapping[Pending, str]) -> None:
        """These files of the run that began last have an entry already: the digest of each."""
        self._update_files(name, {each: {"digest": digest} for each, digest in settled.items()})

    def add_decision(self, name: str, decision: Decision) -> None:
        """Stores a mentor's override, or that one was taken back, beside the machine's score."""
        with self._database.writing() as session:
            session.add(
                OverrideRow(
                    cohort_id=_found(session, name).id,
                    learner=decision.learner,
                    problem=decision.problem,
                    score=None if decision.override is None else decision.override.score,
                    reason=decision.reason,
                    made_by=decision.by,
                    made_at=decision.when,
                )
            )

    def decisions(self, name: str) -> tuple[Decision, ...]:
        """Everything a mentor decided, oldest first: the last one on a learner's problem holds."""
        with self._database.reading() as session:
            rows = session.scalars(_of(OverrideRow, _found(session, name)).order_by(OverrideRow.id))
            return tuple(_decision(row) for row in rows)

    def add_withdrawal(self, withdrawal: Withdrawal) -> None:
        """Stores that an entry no longer counts, or counts again."""
        with self._database.writing() as session:
            session.add(
                WithdrawalRow(
                    entry_id=withdrawal.entry,
                    withdrawn=withdrawal.withdrawn,
                    reason=withdrawal.reason,
                    made_by=withdrawal.by,
                    made_at=withdrawal.when,
                )
            )

    def withdrawals(self, name: str) -> tuple[Withdrawal, ...]:
        """Everything that was withdrawn or put back, oldest first: the last one on an entry holds."""
        with self._database.reading() as session:
            query = select(WithdrawalRow, CohortEntryRow).join(WithdrawalRow.entry)
            ours = query.where(CohortEntryRow.cohort_id == _found(session, name).id)
            return tuple(
                Withdrawal(
                    entry.id,
                    entry.learner,
                    entry.problem,
                    entry.number,
                    row.withdrawn,
                    row.made_by,
                    row.made_at,
                    row.reason,
                )
                for row, entry in session.execute(ours.order_by(WithdrawalRow.id))
            )

    def score_changes(self, name: str) -> tuple[ScoreChange, ...]:
        """Every change by a regrading, oldest first."""
        with self._database.reading() as session:
            query = select(RegradeRow, CohortEntryRow.learner, CohortEntryRow.problem).join(RegradeRow.entry)
            ours = query.where(CohortEntryRow.cohort_id == _found(session, name).id).order_by(RegradeRow.id)
            return tuple(
                ScoreChange(learner, problem, row.before, row.after, row.made_by, row.made_at, row.reason)
                for row, learner, problem in session.execute(ours)
            )

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Keeps every other program from grading this cohort. Released however this program ends.

        Raises:
            CohortBusy: another program is grading it.
        """
        with self._database.writing() as session:
            number = self._find_or_add(session, name).id
        sqlite = self._database.engine.dialect.name == "sqlite"
        with (_lock_file if sqlite else _advisory_lock)(self._database, number, name):
            yield

    def _update_files(self, name: str, changes: Mapping[Pending, Mapping[str, object]]) -> None:
        with self._database.writing() as session:
            run = _last_run(session, _found(session, name))
            for each, values in changes.items():
                _update_file(session, run, each, values)

    def _find_or_add(self, session: Session, name: str) -> CohortRow:
        row = session.scalar(select(CohortRow).where(CohortRow.name == name))
        if row is None:
            nobody: dict[str, Any] = {"learners": [], "has_roster": False, "assignments": {}}
            row = CohortRow(name=name, used_at=self._now(), rules="", **nobody)
            session.add(row)
            session.flush()
        return row


@contextmanager
def _lock_file(database: Database, number: int, name: str) -> Iterator[None]:
    """On SQLite: a lock file beside the ledger. A ledger in memory is nobody else's."""
    ledger = database.engine.url.database
    if not ledger:
        yield
        return
    with ExitStack() as held:
        try:
            held.enter_context(try_file_lock(Path(f"{ledger}.cohort-{number}.lock")))
        except Locked as error:
            raise CohortBusy(name) from error
        with faults_named():
            # While somebody has the ledger open, SQLite does not tidy up its log after each commit.
            open_all_along = held.enter_context(closing(sqlite3.connect(ledger, isolation_level=None)))
            open_all_along.execute("PRAGMA user_version").close()
        yield


@contextmanager
def _advisory_lock(database: Database, number: int, name: str) -> Iterator[None]:
    """On PostgreSQL: its advisory lock, which ends with its connection."""
    with database.engine.connect() as connection:
        key = {"lock": _COHORT_LOCK, "cohort": number}
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock, :cohort)"), key):
            raise CohortBusy(name)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock, :cohort)"), key)


@store_attachment.register
def _(entry: CohortEntry, session: Session, submission: SubmissionRow) -> None:
    """A new entry, by which its file in the run that began last is pending no longer.

    Raises:
        IntegrityError: these bytes of this learner have an entry already.
    """
    values = asdict(entry)
    cohort = _found(session, values.pop("cohort"))
    session.add(CohortEntryRow(cohort_id=cohort.id, number=submission.number, **values))
    _update_file(session, _last_run(session, cohort), entry, {"digest": entry.digest})


@store_attachment.register
def _(regraded: Regraded, session: Session, submission: SubmissionRow) -> None:
    """The entry counts with the new submission; which one it was before is stored."""
    row = session.get_one(CohortEntryRow, regraded.entry)
    session.add(
        RegradeRow(
            entry_id=row.id,
            before=row.number,
            after=submission.number,
            reason=regraded.why,
            made_by=regraded.by,
            made_at=submission.submitted_at,
        )
    )
    row.number, row.copied_from = submission.number, regraded.copied_from
    row.grading_config, row.inputs = regraded.grading_config, regraded.inputs


def _of(table: Any, cohort: CohortRow) -> Any:
    """The rows of a table that belong to a cohort."""
    return select(table).where(table.cohort_id == cohort.id)


def _found(session: Session, name: str) -> CohortRow:
    known = session.info.get(name)  # many entries of one transaction belong to one cohort
    if isinstance(known, CohortRow):
        return known
    row = session.scalar(select(CohortRow).where(CohortRow.name == name))
    if row is None:
        known = session.scalars(select(CohortRow.name).order_by(CohortRow.used_at.desc())).all()
        raise no_such_cohort(name, known)
    session.info[name] = row
    return row


def no_such_cohort(name: str, known: Sequence[str]) -> NoSuchRecord:
    """The error for a name that no cohort has, with the names that there are."""
    if not known:
        return NoSuchRecord("There is no cohort yet. `tfprep cohort grade FOLDER` makes one.")
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    offer = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known[:10])}."
    return NoSuchRecord(f"No cohort is called {name!r}. {offer}")


def _last_run(session: Session, cohort: CohortRow) -> int:
    """The id of the run that began last; 0 where there was none."""
    known = session.info.get(cohort.id)  # many entries of one transaction belong to one run
    if not isinstance(known, int):
        newest = select(func.max(CohortRunRow.id)).where(CohortRunRow.cohort_id == cohort.id)
        known = session.info[cohort.id] = session.scalar(newest) or 0
    return known


def _update_file(
    session: Session, run: int, file: Pending | CohortEntry, values: Mapping[str, object]
) -> None:
    same = {column: getattr(file, column) for column in ("learner", "problem", "found_at")}
    session.execute(update(CohortRunFileRow).filter_by(run_id=run, **same).values(**values))


def _files_by_run(session: Session, cohort: CohortRow) -> Mapping[int, Sequence[CohortRunFileRow]]:
    """The files of each run, in their order."""
    runs = select(CohortRunRow.id).where(CohortRunRow.cohort_id == cohort.id)
    query = select(CohortRunFileRow).where(CohortRunFileRow.run_id.in_(runs)).order_by(CohortRunFileRow.id)
    files = defaultdict(list)
    for file in session.scalars(query):
        files[file.run_id].append(file)
    return files


def _found_files(files: Iterable[CohortRunFileRow]) -> tuple[FoundFile, ...]:
    return tuple(
        FoundFile(each.learner, each.problem, each.found_at, each.digest, each.handed_in)
        for each in files
        if each.digest != _ELSEWHERE
    )


def _exam_totals(session: Session, cohort: CohortRow) -> tuple[ExamTotal, ...]:
    """One for each file, also where it was collected from several folders."""
    found = {}
    for row in session.scalars(_of(CohortExamResultRow, cohort).order_by(CohortExamResultRow.id)):
        columns = {each.name: getattr(row, each.name) for each in fields(ExamTotal)}
        found[row.digest] = ExamTotal(**columns | {"remarks": tuple(row.remarks)})
    return tuple(found.values())


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


def _decision(row: OverrideRow) -> Decision:
    override = (
        None if row.score is None else Override(row.score, row.reason, by=row.made_by, when=row.made_at)
    )
    return Decision(row.learner, row.problem, override, row.made_by, row.made_at, row.reason)
