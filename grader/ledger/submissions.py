"""Submissions and their score cards as rows, and back: bit for bit."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import singledispatch
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ...problems import Band
from ..grade import Graded
from ..records import Attachment, Curve, Curves, Notes
from ..scoring.card import Finding, Fingerprints, Interval, Margin, Record, ScoreCard, Timings, Verdict
from ..submission.submission import Submission
from .database import Database
from .tables import CurvesRow, LearnerRow, NotesRow, PredictionsRow, ScoreRow, SubmissionRow

_AS_IN_THE_CARD: Final = ("score", "reason", "metric", "unit", "value", "log", "half")
"""Columns that hold a field of the card as it is."""


def encode_predictions(predictions: NDArray[Any]) -> bytes:
    """Predictions as a compressed .npy, in which only runs are looked for: hardly anything else repeats."""
    plain = io.BytesIO()
    np.save(plain, predictions, allow_pickle=False)
    packer = zlib.compressobj(1, strategy=zlib.Z_RLE)
    return packer.compress(plain.getvalue()) + packer.flush()


def decode_stored_predictions(packed: bytes) -> NDArray[Any]:
    """The predictions as they were given."""
    predictions: NDArray[Any] = np.load(io.BytesIO(zlib.decompress(packed)), allow_pickle=False)
    return predictions


def score_values(graded: Graded) -> dict[str, Any]:
    """The columns of a card and of the fingerprint of the model's weights."""
    card = graded.card
    interval, prints = card.interval, card.fingerprints
    named = dict.fromkeys(Fingerprints.__dataclass_fields__) if prints is None else asdict(prints)
    return {
        "verdict": card.verdict.value,
        "interval_low": None if interval is None else interval.low,
        "interval_high": None if interval is None else interval.high,
        "interval_assumes": "" if interval is None else interval.assumes,
        "scores_in_interval": list(card.scores_in_interval),
        "margin": None if card.margin is None else asdict(card.margin),
        "bands": [asdict(band) for band in card.bands],
        "findings": [asdict(finding) for finding in card.findings],
        "model": dict(card.model),
        "weight_fingerprint": graded.weight_fingerprint,
        **{name: getattr(card, name) for name in _AS_IN_THE_CARD},
        **{f"seconds_{step}": seconds for step, seconds in asdict(card.timings).items()},
        **{f"{name}_fingerprint": value for name, value in named.items()},
    }


def submission_values(graded: Graded, learner: int, when: datetime) -> dict[str, Any]:
    """The columns of what was submitted, by the learner with this id."""
    return {
        "learner_id": learner,
        "problem": graded.submission.problem,
        "data_source": graded.card.data_source,
        "submitted_at": when,
        **_file_values(graded.submission),
    }


def _file_values(submission: Submission) -> dict[str, Any]:
    kind = "" if submission.kind is None else submission.kind.value
    return {"name": submission.name, "kind": kind, "digest": submission.digest, "size": submission.size}


def as_recorded(graded: Graded, row: SubmissionRow) -> Record:
    """What `to_record` reads once it is kept."""
    return Record(
        number=row.number,
        learner=graded.submission.learner,
        when=row.submitted_at,
        card=graded.card,
        weight_fingerprint=graded.weight_fingerprint,
        **_file_values(graded.submission),
    )


def to_card(submission: SubmissionRow) -> ScoreCard:
    """The card as it was kept."""
    row = submission.score
    interval = None
    if row.interval_low is not None and row.interval_high is not None:
        interval = Interval(row.interval_low, row.interval_high, row.interval_assumes)
    prints = {name: getattr(row, f"{name}_fingerprint") for name in Fingerprints.__dataclass_fields__}
    return ScoreCard(
        problem=submission.problem,
        data_source=submission.data_source,
        verdict=Verdict(row.verdict),
        interval=interval,
        scores_in_interval=tuple(row.scores_in_interval),
        margin=None if row.margin is None else Margin(**row.margin),
        bands=tuple(Band(**band) for band in row.bands or ()),
        findings=tuple(Finding(**finding) for finding in row.findings),
        timings=Timings(**{step: getattr(row, f"seconds_{step}") for step in Timings.__dataclass_fields__}),
        fingerprints=None if None in prints.values() else Fingerprints(**prints),
        model=row.model,
        **{name: getattr(row, name) for name in _AS_IN_THE_CARD},
    )


def to_record(row: SubmissionRow) -> Record:
    """The card, and whose, for which file, when and under which number."""
    return Record(
        number=row.number,
        learner=row.learner.name,
        **{name: getattr(row, name) for name in ("name", "kind", "digest", "size")},
        when=row.submitted_at,
        card=to_card(row),
        weight_fingerprint=row.score.weight_fingerprint,
    )


def add_submissions(session: Session, all_graded: Sequence[Graded], when: datetime) -> list[SubmissionRow]:
    """Adds graded submissions, and gives their rows, detached, with their numbers.

    Raises:
        ValueError: for a card whose fault is ours.
    """
    if any(graded.card.verdict is Verdict.OUR_FAULT for graded in all_graded):
        raise ValueError("A fault of ours is not an attempt, so it is not recorded.")
    if not all_graded:
        return []
    learners = find_or_add_all(session, [graded.submission.learner for graded in all_graded])
    # Not object by object: a batch of a fast sandbox spends most of its time here.
    submissions = [
        submission_values(graded, learners[graded.submission.learner].id, when) for graded in all_graded
    ]
    returning = insert(SubmissionRow).returning(SubmissionRow.number, sort_by_parameter_order=True)
    numbers = list(session.scalars(returning, submissions))
    numbered = list(zip(numbers, all_graded, strict=True))
    scores = [{"number": number, **score_values(graded)} for number, graded in numbered]
    session.execute(insert(ScoreRow), scores)
    predictions = [
        {"number": number, "packed": encode_predictions(graded.predictions)}
        for number, graded in numbered
        if graded.predictions is not None
    ]
    if predictions:
        session.execute(insert(PredictionsRow), predictions)
    return [SubmissionRow(number=number, submitted_at=when) for number in numbers]


def find_or_add(session: Session, name: str) -> LearnerRow:
    """The learner's row, made the first time."""
    known = session.scalar(select(LearnerRow).where(LearnerRow.name == name))
    if known is None:
        session.add(known := LearnerRow(name=name))
        session.flush()
    return known


def find_or_add_all(session: Session, names: Collection[str]) -> dict[str, LearnerRow]:
    """The rows of all these learners, by name."""
    found = session.scalars(select(LearnerRow).where(LearnerRow.name.in_(set(names))))
    known = {row.name: row for row in found}
    missing = [name for name in dict.fromkeys(names) if name not in known]
    return known | {name: find_or_add(session, name) for name in missing}


@singledispatch
def store_attachment(attachment: Attachment, session: Session, submission: SubmissionRow) -> None:
    """Adds an attachment's rows to the transaction that stores its submission, which has its number already.

    Raises:
        TypeError: for a kind of attachment that no module has registered.
    """
    for room in ("cohorts", "practice"):  # each registers what it keeps with a submission
        import_module(f"{__package__}.{room}")
    store = store_attachment.dispatch(type(attachment))
    if store is store_attachment.dispatch(object):
        raise TypeError(f"The ledger cannot store a {type(attachment).__name__}.")
    store(attachment, session, submission)


class CurveRepository:
    """What the ledger knows of training curves. Raises LedgerUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, number: int) -> Curves | None:
        """The curves stored with this submission; None where there were none."""
        with self._database.reading() as session:
            row = session.get(CurvesRow, number)
            if row is None:
                return None
            curves = json.loads(zlib.decompress(row.packed))
            return Curves(row.source, tuple(Curve(each[0], *map(tuple, each[1:])) for each in curves))


class NotesRepository:
    """What the ledger knows of learners' notes. Raises LedgerUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, number: int) -> Notes:
        """The notes stored with this submission; empty where there are none."""
        with self._database.reading() as session:
            row = session.get(NotesRow, number)
            return Notes() if row is None else Notes(row.note, zlib.decompress(row.source).decode())

    def change(self, number: int, note: str) -> str:
        """Give a stored submission another note, and return the one before; empty where there was none."""
        with self._database.writing() as session:
            row = session.get(NotesRow, number)
            if row is None:
                row = NotesRow(number=number, note="", source=zlib.compress(b""))
                session.add(row)
            before, row.note = row.note, note
            return before

    def by_number(self) -> dict[int, str]:
        """The note of each submission that has one."""
        with self._database.reading() as session:
            rows = session.execute(select(NotesRow.number, NotesRow.note).where(NotesRow.note != ""))
            return {row.number: row.note for row in rows}


@store_attachment.register
def _(notes: Notes, session: Session, submission: SubmissionRow) -> None:
    source = zlib.compress(notes.source.encode())
    session.add(NotesRow(number=submission.number, note=notes.note, source=source))


@store_attachment.register
def _(curves: Curves, session: Session, submission: SubmissionRow) -> None:
    plain = json.dumps([[curve.name, curve.steps, curve.values] for curve in curves.curves])
    packed = zlib.compress(plain.encode())
    session.add(CurvesRow(number=submission.number, source=curves.source, packed=packed))
