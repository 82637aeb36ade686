"""The view model of one submission, put in words once: terminal, page and JSON only render it."""

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
    """A card, and everything that a renderer shows of it."""

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
    uncertainty: str
    """A sentence where the confidence interval covers two scores or more; else empty."""
    scale: Scale | None
    measures: tuple[Fact, ...]
    """The metric, its interval, and the way to the next band."""
    model: tuple[Fact, ...]
    layers: tuple[str, ...]
    """One line a layer: its class, shape and parameters."""
    timings: tuple[tuple[str, str, float], ...]
    """By step: its name, its time in words, and its share of the whole."""
    fingerprints: tuple[Fact, ...]
    evidence: Evidence
    facts: tuple[Fact, ...]
    """What the analysis of the predictions shows, in a few numbers."""
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
    """The view of a recorded submission.

    Args:
        record: the submission, as the ledger returns it.
        evidence: the analysis, training curves and other attempts; without it, the view shows the card only.
    """
    return _make(record.card, bands_of(record.card), heading_of(record), record, evidence)


def make_card_view(card: ScoreCard, bands: Sequence[Band], heading: str) -> SubmissionView:
    """The view of a card that was not recorded: of a check, or of a fault of ours.

    Args:
        card: the score card.
        bands: the bands of the data that it was graded on, from 5 downwards.
        heading: the view's title, as no record gives one.
    """
    return _make(card, tuple(bands), heading, None, NOTHING)


def _make(
    card: ScoreCard, bands: tuple[Band, ...], heading: str, record: Record | None, evidence: Evidence
) -> SubmissionView:
    return SubmissionView(
        heading=heading,
        title=_title(card, heading),
        card=card,
        bands=bands,
        record=record,
        verdict=VERDICTS[card.verdict],
        uncertainty=uncertainty_of(card),
        scale=place_on_scale(card, bands),
        measures=_measures(card),
        model=_model(card, record),
        layers=tuple(layer for layer in card.model.get("layers", "").splitlines() if layer.strip()),
        timings=_timings(card),
        fingerprints=_fingerprints(card),
        evidence=evidence,
        attempts=_attempts(evidence.attempts) if len(evidence.attempts) > 1 else None,
        **_evidence_fields(evidence, card.unit),
    )


def _evidence_fields(evidence: Evidence, unit: str) -> dict[str, Any]:
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


def uncertainty_of(card: ScoreCard) -> str:
    """A sentence where the confidence interval covers two scores or more; else empty."""
    if len(card.scores_in_interval) < 2:
        return ""
    *others, last = (str(score) for score in card.scores_in_interval)
    which = "any of these scores" if others[1:] else "either score"
    return (
        f"The confidence interval covers {', '.join(others)} and {last} of 5: "
        f"on another test set of the same size, this model might earn {which}."
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
    facts = (
        (name, value_of(card)),
        ("95% confidence interval", interval_of(card)),
        ("Next band", way_to_next(card)),
    )
    return tuple((name, value) for name, value in facts if value)


def _model(card: ScoreCard, record: Record | None) -> tuple[Fact, ...]:
    facts = [(name.replace("_", " "), card.model[name]) for name in _MODEL if card.model.get(name)]
    if record is not None:
        facts += [("file", record.name), ("kind", record.kind or "unknown"), ("size", size(record.size))]
    return tuple(facts)


def _timings(card: ScoreCard) -> tuple[tuple[str, str, float], ...]:
    total = card.timings.total
    if not total:
        return ()
    steps = [(name, float(getattr(card.timings, name))) for name in _STEPS]
    return (
        *((name, seconds(spent), min(1.0, spent / total)) for name, spent in steps if spent),
        ("total", seconds(total), 1.0),
    )


def _fingerprints(card: ScoreCard) -> tuple[Fact, ...]:
    digests = card.fingerprints
    if digests is None:
        return ()
    return (
        ("model", digests.artifact),
        ("data", digests.data),
        ("grader", digests.grader),
        ("environment", digests.environment),
    )


def submitted(record: Record) -> str:
    """By whom and when, on which data."""
    return f"{record.learner} · {moment(record.when)} · {record.card.data_source} data"
