"""From a score card to rows, and back: bit for bit."""

from __future__ import annotations

import io
import zlib
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...problems import Band
from ..grade import Graded
from ..scoring.card import Finding, Fingerprints, Interval, Margin, Record, ScoreCard, Timings, Verdict
from ..submission.submission import Submission
from .tables import SubmissionRow

_AS_IN_THE_CARD: Final = ("score", "reason", "metric", "unit", "value", "log")
"""Columns that hold a field of the card as it is."""


def pack(predictions: NDArray[Any]) -> bytes:
    """Predictions as a compressed .npy, in which only runs are looked for: hardly anything else repeats."""
    plain = io.BytesIO()
    np.save(plain, predictions, allow_pickle=False)
    packer = zlib.compressobj(1, strategy=zlib.Z_RLE)
    return packer.compress(plain.getvalue()) + packer.flush()


def unpack(packed: bytes) -> NDArray[Any]:
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
