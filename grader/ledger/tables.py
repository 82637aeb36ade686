"""The tables of submissions, and what all tables share. Migrations make them; this only reads and writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

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


class Table(DeclarativeBase):
    """The base of the ledger's tables. Migrations make them; this only reads and writes."""

    type_annotation_map = {str: Text, float: Double, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class LearnerRow(Table):
    """Someone who submits."""

    __tablename__ = "learners"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class SubmissionRow(Table):
    """What was handed in, by whom and when."""

    __tablename__ = "submissions"
    number: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learners.id"))
    problem: Mapped[str]
    data_source: Mapped[str] = mapped_column("edition")
    name: Mapped[str]
    kind: Mapped[str]
    digest: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    submitted_at: Mapped[datetime] = mapped_column(UtcTime)
    learner: Mapped[LearnerRow] = relationship()
    score: Mapped[ScoreRow] = relationship()
    predictions: Mapped[PredictionsRow | None] = relationship()


class ScoreRow(Table):
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
    grader_fingerprint: Mapped[str | None]
    environment_fingerprint: Mapped[str | None]
    model: Mapped[dict[str, Any]]
    log: Mapped[str]


class PredictionsRow(Table):
    """What the model answered: a compressed .npy."""

    __tablename__ = "predictions"
    number: Mapped[int] = mapped_column(ForeignKey("submissions.number"), primary_key=True)
    packed: Mapped[bytes] = mapped_column(LargeBinary)
