"""The ledger's tables. Migrations make them; this only reads and writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    LargeBinary,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

_NULL_SIGN: Final = "\N{SYMBOL FOR NULL}"


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC, on databases with time zones and without."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Stored in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite forgets the zone, which was UTC; other databases may give another one."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """A text in which the null character, which PostgreSQL does not take, is a picture of it: "␀"."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text with the picture."""
        return value and value.replace("\0", _NULL_SIGN)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Ledgers of before have the character itself."""
        return value and value.replace("\0", _NULL_SIGN)


class Base(DeclarativeBase):
    """The base of the ledger's tables. Migrations make them; this only reads and writes."""

    type_annotation_map = {str: PlainText, float: Double, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class LearnerRow(Base):
    """Someone who submits."""

    __tablename__ = "learners"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class SubmissionRow(Base):
    """What was submitted, by whom and when."""

    __tablename__ = "submissions"
    number: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learners.id"))
    problem: Mapped[str]
    data_source: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    digest: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    submitted_at: Mapped[datetime] = mapped_column(UtcTime)
    learner: Mapped[LearnerRow] = relationship()
    score: Mapped[ScoreRow] = relationship()
    predictions: Mapped[PredictionsRow | None] = relationship()


class ScoreRow(Base):
    """What it earned, and everything the score depends on."""

    __tablename__ = "scores"
    number: Mapped[int] = mapped_column(ForeignKey("submissions.number"), primary_key=True)
    verdict: Mapped[str]
    score: Mapped[int | None]
    reason: Mapped[str]
    metric: Mapped[str]
    unit: Mapped[str]
    value: Mapped[float | None]
    interval_low: Mapped[float | None]
    interval_high: Mapped[float | None]
    interval_assumes: Mapped[str]
    scores_in_interval: Mapped[list[Any]]
    margin: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    bands: Mapped[list[Any] | None] = mapped_column(JSON)
    findings: Mapped[list[Any]]
    seconds_start: Mapped[float]
    seconds_transfer: Mapped[float]
    seconds_train: Mapped[float]
    seconds_load: Mapped[float]
    seconds_predict: Mapped[float]
    seconds_score: Mapped[float]
    seconds_total: Mapped[float]
    artifact_fingerprint: Mapped[str | None]
    data_fingerprint: Mapped[str | None]
    scoring_fingerprint: Mapped[str | None]
    environment_fingerprint: Mapped[str | None]
    model: Mapped[dict[str, Any]]
    weight_fingerprint: Mapped[str]
    log: Mapped[str]
    half: Mapped[str]


class PredictionsRow(Base):
    """The model's predictions: a compressed .npy."""

    __tablename__ = "predictions"
    number: Mapped[int] = mapped_column(ForeignKey("submissions.number"), primary_key=True)
    packed: Mapped[bytes] = mapped_column(LargeBinary)


class CohortRow(Base):
    """A cohort, its people and its rules."""

    __tablename__ = "cohorts"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    used_at: Mapped[datetime] = mapped_column(UtcTime)
    rules: Mapped[str]
    learners: Mapped[list[Any]]
    has_roster: Mapped[bool]
    assignments: Mapped[dict[str, Any]] = mapped_column(JSON)
    locked_by: Mapped[str | None]
    """Which program took the cohort's lock last; whether it holds it still, the lock tells."""


class CohortEntryRow(Base):
    """One learner's file for one problem, and the submission that it counts with now."""

    __tablename__ = "cohort_entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    learner: Mapped[str]
    problem: Mapped[str]
    digest: Mapped[str]
    found_at: Mapped[str]
    handed_in: Mapped[datetime | None] = mapped_column(UtcTime)
    grading_config: Mapped[str]
    inputs: Mapped[str]
    number: Mapped[int] = mapped_column(ForeignKey("submissions.number"))
    copied_from: Mapped[int | None] = mapped_column(ForeignKey("submissions.number"))
    fault: Mapped[str | None]
    """Of what fault class it is, where it has no score; None where an earlier version graded it."""
    submission: Mapped[SubmissionRow] = relationship(foreign_keys=[number])


class CohortRunRow(Base):
    """A run of `cohort grade`: where it looked, who began it and when, and what it could not match."""

    __tablename__ = "cohort_runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    source: Mapped[str]
    begun_by: Mapped[str]
    begun_at: Mapped[datetime] = mapped_column(UtcTime)
    unmatched: Mapped[list[Any]]
    rules_id: Mapped[int | None]
    """The row of the rules that it graded by; None where an earlier version graded."""
    roster: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Everybody on the roster, where this run brought another one."""
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The fields of `Run.instructions`; None where an earlier version graded."""


class CohortRulesRow(Base):
    """Rules that a cohort counts by, from when they were applied: the newest ones hold."""

    __tablename__ = "cohort_rules"
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    path: Mapped[str]
    text: Mapped[str]
    extensions: Mapped[str]
    secret: Mapped[str]
    """Which secret divides the data; never the secret."""
    digest: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    reason: Mapped[str]


class CohortRunFileRow(Base):
    """A file that a run found, in its order, and why it has no result yet."""

    __tablename__ = "cohort_run_files"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("cohort_runs.id"))
    learner: Mapped[str]
    problem: Mapped[str]
    found_at: Mapped[str]
    handed_in: Mapped[datetime | None] = mapped_column(UtcTime)
    digest: Mapped[str]
    """sha256 of the entry that it has, in hex; empty while it has none."""
    why: Mapped[str]
    marked_late: Mapped[bool | None]


class CohortExamResultRow(Base):
    """A result of a mentor's exam, as it was collected from a folder."""

    __tablename__ = "cohort_exam_results"
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    source: Mapped[str]
    collected_by: Mapped[str]
    collected_at: Mapped[datetime] = mapped_column(UtcTime)
    learner: Mapped[str]
    exam: Mapped[str]
    total: Mapped[float] = mapped_column(Double)
    passed: Mapped[bool]
    points: Mapped[dict[str, Any]] = mapped_column(JSON)
    file: Mapped[str]
    digest: Mapped[str]
    signer: Mapped[str]
    remarks: Mapped[list[Any]] = mapped_column(JSON)
    notes: Mapped[list[Any] | None] = mapped_column(JSON)
    graded: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    started: Mapped[datetime | None] = mapped_column(UtcTime)
    stands: Mapped[bool | None]
    models: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    certified: Mapped[bool | None]


class ExamChoiceRow(Base):
    """That a mentor let a hand-in of a learner count: the newest one of an exam and learner holds."""

    __tablename__ = "cohort_exam_choices"
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    learner: Mapped[str]
    exam: Mapped[str]
    digest: Mapped[str]
    file: Mapped[str]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class OverrideRow(Base):
    """A mentor's score for a learner and problem; without a score, the one before was taken back."""

    __tablename__ = "cohort_overrides"
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    learner: Mapped[str]
    problem: Mapped[str]
    score: Mapped[float | None] = mapped_column(Double)
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class RegradeRow(Base):
    """An entry's change from one submission to another, by a regrading or by taking one back."""

    __tablename__ = "cohort_regrades"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("cohort_entries.id"))
    before: Mapped[int] = mapped_column(ForeignKey("submissions.number"))
    after: Mapped[int] = mapped_column(ForeignKey("submissions.number"))
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    act: Mapped[str]
    """The same text for all that was regraded together; empty where an earlier version did it."""
    undoes: Mapped[str]
    """The act that this takes back; empty where it takes none back."""
    entry_before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What else the entry had with the submission before, by column."""
    entry: Mapped[CohortEntryRow] = relationship()


class UnchangedRegradeRow(Base):
    """A regrading that gave nobody a new result."""

    __tablename__ = "cohort_unchanged_regrades"
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    count: Mapped[int]
    rerun: Mapped[bool]
    learner: Mapped[str]
    problem: Mapped[str]
    verdict: Mapped[str]
    outdated: Mapped[int]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class WithdrawalRow(Base):
    """That an entry no longer counts, or counts again: the newest one of an entry holds."""

    __tablename__ = "cohort_withdrawals"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("cohort_entries.id"))
    withdrawn: Mapped[bool]
    reason: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    entry: Mapped[CohortEntryRow] = relationship()


class CurvesRow(Base):
    """The curves of one submission: compressed JSON, for they may be long."""

    __tablename__ = "curves"
    number: Mapped[int] = mapped_column(ForeignKey("submissions.number"), primary_key=True)
    source: Mapped[str]
    packed: Mapped[bytes]


class PracticeRow(Base):
    """A scored attempt at a hidden test set while practising."""

    __tablename__ = "practice_attempts"
    number: Mapped[int] = mapped_column(ForeignKey("submissions.number"), primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learners.id"))
    problem: Mapped[str]
    data: Mapped[str]
    """The fingerprint of the data."""
    split: Mapped[str]
    attempt: Mapped[int]
    figures_of: Mapped[int] = mapped_column(ForeignKey("submissions.number"))
    """Whose figures are told for it: its own, or those of the best before it."""


class NotesRow(Base):
    """A learner's note on a submission, and the starter as it was: compressed UTF-8."""

    __tablename__ = "notes"
    number: Mapped[int] = mapped_column(ForeignKey("submissions.number"), primary_key=True)
    note: Mapped[str]
    source: Mapped[bytes] = mapped_column(LargeBinary)


class ExamSessionRow(Base):
    """One exam of one learner."""

    __tablename__ = "exam_sessions"
    number: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learners.id"))
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    clock: Mapped[dict[str, Any]] = mapped_column(JSON)
    returned: Mapped[list[Any]] = mapped_column(JSON)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ending: Mapped[str | None]
    result: Mapped[str]
    learner: Mapped[LearnerRow] = relationship()


class ExamSubmissionRow(Base):
    """A submission that belongs to an exam."""

    __tablename__ = "exam_submissions"
    number: Mapped[int] = mapped_column(ForeignKey("submissions.number"), primary_key=True)
    session: Mapped[int] = mapped_column(ForeignKey("exam_sessions.number"))
    at: Mapped[float]
    automatic: Mapped[bool]
    fault: Mapped[str]
    saved: Mapped[float | None] = mapped_column(Double)
    submission: Mapped[SubmissionRow] = relationship()
