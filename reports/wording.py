"""Tables, names and numbers in words, the same in the terminal and on a page."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from ..files.text import counted, joined
from ..grader import ScoreCard
from ..grader.scoring.reasons import decimals_of, round_up, with_decimals
from ..grader.scoring.score import earned_score
from ..problems import Band, Problem, Published


@dataclass(frozen=True)
class Column:
    """A column's heading, and how its cells are set."""

    name: str
    number: bool = False
    """Flush right."""
    whole: bool = False
    """Never broken into lines: a date, a word."""
    verbatim: bool = False
    """A person's own words, or what a file is called: shown in no other language."""


@dataclass(frozen=True)
class Table:
    """Rows of cells under named columns; the first column heads the rows."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def columns(
    *names: str, numbers: Container[str] = (), whole: Container[str] = (), verbatim: Container[str] = ()
) -> tuple[Column, ...]:
    """Columns with these names, and those of them that are as `Column` says."""
    return tuple(Column(name, name in numbers, name in whole, name in verbatim) for name in names)


Fact = tuple[str, str]
"""A name and a value, both in words."""


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
    return counted(count, "byte")


def moment(when: datetime, zone: tzinfo = UTC) -> str:
    """With its zone, in UTC unless another one is wanted: the same on every machine."""
    return f"{minute(when, zone)} {zone}"


def minute(when: datetime, zone: tzinfo = UTC) -> str:
    """The same where its column says which zone it is in."""
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M}"


def deadline_text(deadline: datetime) -> str:
    """A deadline in its own zone and in UTC: "2026-06-30 23:59 (Europe/Berlin), 21:59 UTC"."""
    zone = getattr(deadline.tzinfo, "key", None) or f"{deadline:%Z}"
    in_utc = moment(deadline)
    if deadline.utcoffset() == timedelta(0):
        return in_utc
    same_date = deadline.astimezone(UTC).date() == deadline.date()
    return f"{deadline:%Y-%m-%d %H:%M} ({zone}), {in_utc[11:] if same_date else in_utc}"


def value_of(card: ScoreCard) -> str:
    """The metric's value and unit, as precise as the sentence that gives the reason; a dash without one."""
    return "-" if card.value is None else f"{_as_in_reason(card, card.value)} {card.unit}".strip()


def interval_of(card: ScoreCard) -> str:
    """For example "0.958 to 0.966"; empty where there is none."""
    interval = card.interval
    if interval is None:
        return ""
    return f"{_as_in_reason(card, interval.low)} to {_as_in_reason(card, interval.high)}"


def likely_scores(card: ScoreCard) -> str:
    """The scores that the confidence interval reaches: "5", "4 or 5", "2, 3 or 4"; empty without a score."""
    if card.score is None:
        return ""
    return joined(map(str, card.scores_in_interval or [card.score]), "or")


def likely_on_hidden(card: ScoreCard, problem: Problem, bands: Sequence[Band]) -> str:
    """What a check's value lets expect of `submit`, where its examples differ in kind; empty elsewhere."""
    if problem.hidden_error is None or card.value is None:
        return ""
    best, worst = (earned_score(bands, card.value * times) for times in problem.hidden_error)
    least, most = problem.hidden_error
    expected = joined(map(str, range(min(best, worst), max(best, worst) + 1)), "or")
    return (
        f"Expect {expected} of 5 from `tfprep submit`: the errors of other models were {least:g} to {most:g} "
        "times as large there."
    )


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
    return with_decimals(value, decimals)


def skill(value: float, baselines: Sequence[tuple[str, float]]) -> str:
    """How much less error than the best of what needs no learning: "17% less error than the last value"."""
    if not baselines:
        return ""
    name, error = min(baselines, key=lambda each: each[1])
    saved = 1 - value / error if error else 0.0
    return f"{abs(saved):.0%} {'less' if saved >= 0 else 'more'} error than {name}"


def as_published(published: Published | None, value: float) -> str:
    """What a value would earn on the published scale: "5 of 5 (at most 12 for 5: …)"; empty without one."""
    if published is None:
        return ""
    score = max((band.score for band in published.bands if band.holds(value)), default=0)
    full = max(published.bands, key=lambda band: band.score)
    bound = "at least" if full.at_least is not None else "at most"
    earned = f"{score} of 5" if score else "no points"
    return f"{earned} ({bound} {number(full.threshold)} for {full.score}: {published.source})"
