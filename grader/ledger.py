"""The ledger: every graded submission, its score card and its predictions, in one database.

One transaction per submission, committed before anything is shown. SQLite on one machine (write-ahead log,
synchronous=FULL, so that a score once shown survives a power cut); any SQLAlchemy URL beyond that.
Whatever keeps it from being used is a `LedgerUnavailable`.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    Engine,
    ForeignKey,
    LargeBinary,
    Text,
    TypeDecorator,
    exc,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship

from .errors import LedgerUnavailable, NoSuchRecord
from .grade import Graded
from .migrations.upgrade import NewerLedger, bring_up_to_date, connect
from .scorecard import Finding, Fingerprints, Interval, Margin, Record, ScoreCard, Spent, Verdict

_SQLITE_FAULTS: Final = {
    "SQLITE_FULL": ("The disk is full.", "Make room, then submit again."),
    "SQLITE_BUSY": ("Another program keeps the ledger locked.", "Close it, then submit again."),
    "SQLITE_READONLY": ("The ledger may not be written.", "Give yourself write access to it and its folder."),
    "SQLITE_CANTOPEN": ("The ledger cannot be opened.", "See whether its folder exists and may be written."),
    "SQLITE_PERM": ("The ledger may not be opened.", "Give yourself access to it and its folder."),
    "SQLITE_NOTADB": ("The ledger's file is no database.", "Move it away; a new one is made."),
    "SQLITE_CORRUPT": (
        "The ledger is damaged.",
        "Restore it from a backup, or move it away: a new one is made.",
    ),
    "SQLITE_IOERR": ("The disk failed while the ledger was used.", "Check the disk, then submit again."),
}
"""What SQLite's own result codes mean to the person at the keyboard, and what to do."""


_OTHER_REMEDY: Final = "See whether its server runs, and whether TFPREP_LEDGER names it rightly."


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
    edition: Mapped[str]
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


def now_in_utc() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


class Ledger:
    """An open ledger. A context manager; safe to use from several threads and processes at once."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = now_in_utc) -> None:
        self._engine = engine
        self._writing = engine.execution_options(writes=True)
        self._now = now

    @classmethod
    def open(cls, where: str | Path, now: Callable[[], datetime] = now_in_utc) -> Ledger:
        """Opens the ledger at a path or SQLAlchemy URL; makes or migrates it where needed.

        Raises:
            LedgerUnavailable: where it cannot be opened, or a newer tfprep wrote it.
        """
        url = _url(where)
        with _faults_named():
            engine = connect(url)
            bring_up_to_date(engine)
        return cls(engine, now)

    def record(self, graded: Graded) -> Record:
        """Keeps a graded submission, whole or not at all, and gives it its number.

        Raises:
            LedgerUnavailable: nothing was kept.
            ValueError: for a card whose fault is ours: that is no attempt.
        """
        if graded.card.verdict is Verdict.OUR_FAULT:
            raise ValueError("A fault of ours is not an attempt, so it is not recorded.")
        submission = graded.submission
        with _faults_named(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            row = SubmissionRow(
                problem=submission.problem,
                edition=graded.card.edition,
                name=submission.name,
                kind="" if submission.kind is None else submission.kind.value,
                digest=submission.digest,
                size=submission.size,
                submitted_at=self._now(),
                learner=_learner(session, submission.learner),
                score=_score_row(graded.card),
            )
            if graded.predictions is not None:
                row.predictions = PredictionsRow(packed=_pack(graded.predictions))
            session.add(row)
        return _record(row)

    def history(self, learner: str | None = None, problem: str | None = None) -> tuple[Record, ...]:
        """The records, oldest first: of everybody and everything, or of one learner or problem (its id)."""
        query = (
            select(SubmissionRow)
            .join(SubmissionRow.learner)
            .options(joinedload(SubmissionRow.learner), joinedload(SubmissionRow.score))
            .order_by(SubmissionRow.number)
        )
        if learner is not None:
            query = query.where(LearnerRow.name == learner)
        if problem is not None:
            query = query.where(SubmissionRow.problem == problem)
        with _faults_named(), Session(self._engine) as session:
            return tuple(_record(row) for row in session.scalars(query))

    def read(self, number: int) -> Record:
        """The record with this number. Raises NoSuchRecord."""
        with _faults_named(), Session(self._engine) as session:
            return _record(_found(session, number))

    def last(self) -> Record:
        """The newest record. Raises NoSuchRecord where there is none yet."""
        newest = select(SubmissionRow).order_by(SubmissionRow.number.desc()).limit(1)
        with _faults_named(), Session(self._engine) as session:
            row = session.scalar(newest)
            if row is None:
                raise NoSuchRecord("Nothing was submitted yet. `tfprep submit` grades a saved model.")
            return _record(row)

    def predictions(self, number: int) -> NDArray[Any] | None:
        """What the model answered, as it answered; None where it did not come so far. Raises NoSuchRecord."""
        with _faults_named(), Session(self._engine) as session:
            kept = _found(session, number).predictions
            return None if kept is None else _unpack(kept.packed)

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _url(where: str | Path) -> URL:
    if isinstance(where, str) and "://" in where:
        return make_url(where)
    return URL.create("sqlite", database=str(where))


@contextmanager
def _faults_named() -> Iterator[None]:
    """Turns what a database can suffer into `LedgerUnavailable`. Mistakes of ours pass as they are."""
    try:
        yield
    except (exc.OperationalError, exc.DatabaseError) as error:
        if isinstance(error, exc.IntegrityError | exc.ProgrammingError):
            raise
        code = "_".join(getattr(error.orig, "sqlite_errorname", "").split("_")[:2])
        unknown = f"The ledger cannot be used: {' '.join(str(error.orig).split())}", _OTHER_REMEDY
        what, remedy = _SQLITE_FAULTS.get(code, unknown)
        raise LedgerUnavailable(what, remedy) from error
    except NewerLedger as error:
        raise LedgerUnavailable(str(error), "Upgrade tfprep, or name another ledger.") from error
    except exc.ArgumentError as error:
        raise LedgerUnavailable(
            "The ledger's address is not a SQLAlchemy URL.", "Correct TFPREP_LEDGER."
        ) from error
    except (OSError, ModuleNotFoundError) as error:
        raise LedgerUnavailable(
            f"The ledger cannot be opened: {error}.", "Choose another place for it."
        ) from error


def _learner(session: Session, name: str) -> LearnerRow:
    """The learner's row, made at the first submission, also when two of theirs arrive at once."""
    by_name = select(LearnerRow).where(LearnerRow.name == name)
    known = session.scalar(by_name)
    if known is not None:
        return known
    try:
        with session.begin_nested():
            session.add(made := LearnerRow(name=name))
    except exc.IntegrityError:
        return session.scalars(by_name).one()
    return made


def _found(session: Session, number: int) -> SubmissionRow:
    row = session.get(SubmissionRow, number)
    if row is None:
        raise NoSuchRecord(f"No submission has the number {number}. `tfprep history` lists them.")
    return row


def _pack(predictions: NDArray[Any]) -> bytes:
    plain = io.BytesIO()
    np.save(plain, predictions, allow_pickle=False)
    return zlib.compress(plain.getvalue(), level=1)


def _unpack(packed: bytes) -> NDArray[Any]:
    predictions: NDArray[Any] = np.load(io.BytesIO(zlib.decompress(packed)), allow_pickle=False)
    return predictions


def _score_row(card: ScoreCard) -> ScoreRow:
    interval, prints = card.interval, card.fingerprints
    return ScoreRow(
        verdict=card.verdict.value,
        score=card.score,
        reason=card.reason,
        metric=card.metric,
        unit=card.unit,
        value=card.value,
        interval_low=None if interval is None else interval.low,
        interval_high=None if interval is None else interval.high,
        scores_in_interval=list(card.scores_in_interval),
        margin=None if card.margin is None else asdict(card.margin),
        findings=[asdict(finding) for finding in card.findings],
        model=dict(card.model),
        log=card.log,
        **{f"seconds_{step}": seconds for step, seconds in asdict(card.spent).items()},
        **(
            {} if prints is None else {f"{name}_fingerprint": value for name, value in asdict(prints).items()}
        ),
    )


def _card(submission: SubmissionRow) -> ScoreCard:
    row = submission.score
    interval = None
    if row.interval_low is not None and row.interval_high is not None:
        interval = Interval(row.interval_low, row.interval_high)
    prints = {name: getattr(row, f"{name}_fingerprint") for name in Fingerprints.__dataclass_fields__}
    return ScoreCard(
        problem=submission.problem,
        edition=submission.edition,
        verdict=Verdict(row.verdict),
        reason=row.reason,
        score=row.score,
        metric=row.metric,
        unit=row.unit,
        value=row.value,
        interval=interval,
        scores_in_interval=tuple(row.scores_in_interval),
        margin=None if row.margin is None else Margin(**row.margin),
        findings=tuple(Finding(**finding) for finding in row.findings),
        spent=Spent(**{step: getattr(row, f"seconds_{step}") for step in Spent.__dataclass_fields__}),
        fingerprints=None if None in prints.values() else Fingerprints(**prints),
        model=row.model,
        log=row.log,
    )


def _record(row: SubmissionRow) -> Record:
    return Record(
        number=row.number,
        learner=row.learner.name,
        name=row.name,
        kind=row.kind,
        digest=row.digest,
        size=row.size,
        when=row.submitted_at,
        card=_card(row),
    )
