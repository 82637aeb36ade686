"""Numbers, scores and headings in words, the same in the terminal and on a page."""

from __future__ import annotations

from datetime import datetime

from ..errors import UnknownProblem
from ..grader import Record, ScoreCard
from ..grader.scoring.reasons import decimals_of, round_up
from ..problems import Band, find


def number(value: float) -> str:
    """Four digits that count: "0.9619", "23.14"."""
    return f"{value:.4g}"


def amount(value: float, unit: str = "") -> str:
    """A number and its unit: "2.314 mpg"."""
    return f"{number(value)} {unit}".strip()


def too_much(bias: float, unit: str) -> str:
    """For example "0.31 mpg too high"."""
    return f"{amount(float(f'{abs(bias):.2g}'), unit)} too {'high' if bias > 0 else 'low'}"


def share(part: float) -> str:
    """For example "96.2%"."""
    return f"{100 * part:.1f}%"


def seconds(spent: float) -> str:
    """For example "0.15 s", "12.3 s", "4 min 10 s"."""
    if spent >= 60:
        return f"{int(spent) // 60} min {int(spent) % 60} s"
    return f"{spent:.1f} s" if spent >= 10 else f"{spent:.2f} s"


def size(count: int) -> str:
    """Bytes, as people say it: "94.2 kB"."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} bytes"


def moment(when: datetime) -> str:
    """In UTC, as every renderer on every machine says it alike."""
    return f"{minute(when)} UTC"


def minute(when: datetime) -> str:
    """The same where its column says that it is UTC."""
    return f"{when:%Y-%m-%d %H:%M}"


def value_of(card: ScoreCard) -> str:
    """The metric's value and unit, as precise as the sentence that gives the reason; a dash without one."""
    return "-" if card.value is None else f"{_as_in_reason(card, card.value)} {card.unit}".strip()


def interval_of(card: ScoreCard) -> str:
    """For example "0.958 to 0.966"; empty where there is none."""
    interval = card.interval
    if interval is None:
        return ""
    return f"{_as_in_reason(card, interval.low)} to {_as_in_reason(card, interval.high)}"


def way_to_next(card: ScoreCard) -> str:
    """For example "0.008 more earns 5 of 5"; empty at full marks."""
    margin = card.margin
    if margin is None or card.value is None:
        return ""
    needed = round_up(margin.distance, decimals_of(card.value, margin))
    direction = "more" if margin.threshold > card.value else "less"
    return (
        f"{f'{_as_in_reason(card, needed)} {card.unit}'.strip()} {direction} earns {margin.next_score} of 5"
    )


def _as_in_reason(card: ScoreCard, value: float) -> str:
    decimals = decimals_of(card.value or 0.0, card.margin)
    return f"{value:.{decimals}f}"


def heading_of(record: Record) -> str:
    """For example "problem2 · mnist · submission 7"."""
    try:
        name = find(record.card.problem).name
    except UnknownProblem:  # recorded by an installation that had more problems than this one
        return f"{record.card.problem} · submission {record.number}"
    return f"{record.card.problem} · {name} · submission {record.number}"


def bands_of(card: ScoreCard) -> tuple[Band, ...]:
    """From 5 downwards; none where neither the card nor this installation knows them."""
    if card.bands:
        return card.bands
    try:
        return find(card.problem).data_source(card.data_source.split(":")[0]).bands
    except (UnknownProblem, KeyError):
        return ()


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
