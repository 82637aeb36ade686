"""Everything that is told of one submission, put in words once: terminal, page and JSON only render it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..errors import UnknownProblem
from ..grader import Record, ScoreCard, Verdict
from ..grader.services import Evidence
from ..problems import Band, find
from .bands import Scale, bands_of, place_on_scale
from .wording import Column, Fact, Table, interval_of, minute, moment, seconds, size, value_of, way_to_next

VERDICTS: Final = {
    Verdict.PASSED: "Passed",
    Verdict.PARTIAL: "Not yet",
    Verdict.INVALID: "Not scored",
    Verdict.OUR_FAULT: "Our fault",
}
NOTHING: Final = Evidence()
MOST_ATTEMPTS: Final = 10
_MODEL: Final = ("input", "output", "parameters", "saved_by", "form", "device", "adaptations")
_STEPS: Final = ("start", "transfer", "train", "load", "predict", "score")


@dataclass(frozen=True)
class SubmissionView:
    """A card, and what every renderer says of it."""

    heading: str
    """For example "problem2 · mnist · submission 7"."""
    title: str
    """The problem's own title: "Handwritten digits"; the heading where it is not known here."""
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
    timings: tuple[tuple[str, str, float], ...]
    """By step: its name, its time in words, and its share of the whole."""
    prints: tuple[Fact, ...]
    evidence: Evidence
    facts: tuple[Fact, ...]
    """What the predictions show, in a few numbers."""
    tables: tuple[Table, ...]
    """The numbers behind the plots of the predictions."""
    training: Table | None
    """Every series of the training log."""
    trained: tuple[Fact, ...]
    """The same in a sentence each."""
    attempts: Table | None
    """The last ones, newest first."""

    @property
    def tone(self) -> str:
        """The verdict's code, by which a page colours itself."""
        return self.card.verdict.value


def make_view(record: Record, evidence: Evidence = NOTHING) -> SubmissionView:
    """The story of a recorded submission."""
    return _tell(record.card, bands_of(record.card), heading_of(record), record, evidence)


def make_card_view(card: ScoreCard, bands: Sequence[Band], heading: str) -> SubmissionView:
    """The story of a card that was not recorded: of a check, or of a fault of ours."""
    return _tell(card, tuple(bands), heading, None, NOTHING)


def _tell(
    card: ScoreCard, bands: tuple[Band, ...], heading: str, record: Record | None, evidence: Evidence
) -> SubmissionView:
    return SubmissionView(
        heading=heading,
        title=_title(card, heading),
        card=card,
        bands=bands,
        record=record,
        verdict=VERDICTS[card.verdict],
        doubt=doubt_of(card),
        scale=place_on_scale(card, bands),
        measures=_measures(card),
        model=_model(card, record),
        layers=tuple(layer for layer in card.model.get("layers", "").splitlines() if layer.strip()),
        timings=_spent(card),
        prints=_prints(card),
        evidence=evidence,
        attempts=_attempts(evidence.attempts) if len(evidence.attempts) > 1 else None,
        **_measured(evidence, card.unit),
    )


def _measured(evidence: Evidence, unit: str) -> dict[str, Any]:
    """The fields that come from the predictions and the training log."""
    if evidence.analysis is None and evidence.curves is None:
        return {"facts": (), "tables": (), "trained": (), "training": None}
    from .measures import curve_facts, curve_table, facts_of, tables_of

    return {
        "facts": facts_of(evidence.analysis, unit),
        "tables": tables_of(evidence.analysis, unit),
        "trained": curve_facts(evidence.curves) if evidence.curves else (),
        "training": curve_table(evidence.curves) if evidence.curves else None,
    }


def heading_of(record: Record) -> str:
    """For example "problem2 · mnist · submission 7"."""
    try:
        name = find(record.card.problem).name
    except UnknownProblem:  # recorded by an installation that had more problems than this one
        return f"{record.card.problem} · submission {record.number}"
    return f"{record.card.problem} · {name} · submission {record.number}"


def doubt_of(card: ScoreCard) -> str:
    """A sentence where the hidden examples are too few to tell two scores apart; empty where they do."""
    if len(card.scores_in_interval) < 2:
        return ""
    *others, last = (str(score) for score in card.scores_in_interval)
    which = "any of them" if others[1:] else "either"
    return (
        f"The interval holds {', '.join(others)} and {last} of 5: "
        f"on other examples of the same kind this model might earn {which}."
    )


def _title(card: ScoreCard, heading: str) -> str:
    try:
        return find(card.problem).title
    except UnknownProblem:  # recorded by an installation that had more problems than this one
        return heading


def _attempts(attempts: Sequence[Record]) -> Table:
    columns = (
        Column("No.", number=True),
        Column("when, UTC", whole=True),
        Column("score", number=True),
        Column("metric", number=True),
    )
    rows = (
        (str(each.number), minute(each.when), *earned(each.card)[:2])
        for each in attempts[: -MOST_ATTEMPTS - 1 : -1]
    )
    return Table("The last attempts at this problem", columns, tuple(rows))


def earned(card: ScoreCard) -> tuple[str, str, str]:
    """Score, metric and verdict, for a row of a table."""
    return "-" if card.score is None else f"{card.score}/5", value_of(card), VERDICTS[card.verdict]


def _measures(card: ScoreCard) -> tuple[Fact, ...]:
    if card.value is None:
        return ()
    name = card.metric[:1].upper() + card.metric[1:]
    facts = ((name, value_of(card)), ("95% interval", interval_of(card)), ("Next band", way_to_next(card)))
    return tuple((name, value) for name, value in facts if value)


def _model(card: ScoreCard, record: Record | None) -> tuple[Fact, ...]:
    facts = [(name.replace("_", " "), card.model[name]) for name in _MODEL if card.model.get(name)]
    if record is not None:
        facts += [("file", record.name), ("kind", record.kind or "unknown"), ("size", size(record.size))]
    return tuple(facts)


def _spent(card: ScoreCard) -> tuple[tuple[str, str, float], ...]:
    total = card.timings.total
    if not total:
        return ()
    steps = [(name, float(getattr(card.timings, name))) for name in _STEPS]
    return (
        *((name, seconds(timings), min(1.0, timings / total)) for name, timings in steps if timings),
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
    return f"{record.learner} · {moment(record.when)} · {record.card.data_source} data"
