"""Everything that is told of one submission, put in words once: terminal, page and JSON only render it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..grader import Record, ScoreCard, Verdict
from ..problems import Band
from .bands import bands_of, doubt_of, heading_of
from .scale import Scale, place_on_scale
from .table import Fact
from .wording import interval_of, moment, seconds, size, value_of, way_to_next

VERDICTS: Final = {
    Verdict.PASSED: "Passed",
    Verdict.PARTIAL: "Not yet",
    Verdict.INVALID: "Could not be scored",
    Verdict.OUR_FAULT: "Our fault: no attempt used",
}
_MODEL: Final = ("input", "output", "parameters", "saved_by", "form", "device", "adaptations")
_STEPS: Final = ("start", "transfer", "train", "load", "predict", "score")


@dataclass(frozen=True)
class Story:
    """A card, and what every renderer says of it."""

    heading: str
    card: ScoreCard
    bands: tuple[Band, ...]
    """From 5 downwards."""
    record: Record | None
    """None for a card that was not recorded."""
    verdict: str
    doubt: str
    """A sentence where the hidden examples cannot tell two scores apart; else empty."""
    scale: Scale | None
    measures: tuple[Fact, ...]
    """The metric, its interval, and the way to the next band."""
    model: tuple[Fact, ...]
    layers: tuple[str, ...]
    """One line a layer: its class, shape and parameters."""
    spent: tuple[tuple[str, str, float], ...]
    """By step: its name, its time in words, and its share of the whole."""
    prints: tuple[Fact, ...]

    @property
    def tone(self) -> str:
        """The verdict's code, by which a page colours itself."""
        return self.card.verdict.value


def tell(record: Record) -> Story:
    """The story of a recorded submission."""
    return _tell(record.card, bands_of(record.card), heading_of(record), record)


def tell_card(card: ScoreCard, bands: Sequence[Band], heading: str) -> Story:
    """The story of a card that was not recorded: of a check, or of a fault of ours."""
    return _tell(card, tuple(bands), heading, None)


def _tell(card: ScoreCard, bands: tuple[Band, ...], heading: str, record: Record | None) -> Story:
    return Story(
        heading=heading,
        card=card,
        bands=bands,
        record=record,
        verdict=VERDICTS[card.verdict],
        doubt=doubt_of(card),
        scale=place_on_scale(card, bands),
        measures=_measures(card),
        model=_model(card, record),
        layers=tuple(layer for layer in card.model.get("layers", "").splitlines() if layer.strip()),
        spent=_spent(card),
        prints=_prints(card),
    )


def _measures(card: ScoreCard) -> tuple[Fact, ...]:
    if card.value is None:
        return ()
    facts = [(card.metric[:1].upper() + card.metric[1:], value_of(card))]
    if card.interval is not None:
        facts.append(("95% interval", interval_of(card.interval)))
    if card.margin is not None:
        facts.append(("Next band", way_to_next(card.margin, card)))
    return tuple(facts)


def _model(card: ScoreCard, record: Record | None) -> tuple[Fact, ...]:
    facts = [(name.replace("_", " "), card.model[name]) for name in _MODEL if card.model.get(name)]
    if record is not None:
        facts += [("file", record.name), ("kind", record.kind or "unknown"), ("size", size(record.size))]
    return tuple(facts)


def _spent(card: ScoreCard) -> tuple[tuple[str, str, float], ...]:
    total = card.spent.total
    if not total:
        return ()
    steps = [(name, float(getattr(card.spent, name))) for name in _STEPS]
    return (
        *((name, seconds(spent), min(1.0, spent / total)) for name, spent in steps if spent),
        ("total", seconds(total), 1.0),
    )


def _prints(card: ScoreCard) -> tuple[Fact, ...]:
    prints = card.fingerprints
    if prints is None:
        return ()
    return (
        ("model", prints.artifact),
        ("data", prints.data),
        ("grader", prints.grader),
        ("environment", prints.environment),
    )


def submitted(record: Record) -> str:
    """By whom and when, on which data."""
    return f"{record.learner} · {moment(record.when)} · {record.card.edition} edition"
