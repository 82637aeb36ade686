"""The columns of a cohort's charts: how totals are spread, and when attempts were handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from ...cohorts import Cohort
from ...files.text import counted
from ..wording import moment
from .gradebook_table import nothing_handed_in, points_text

WHOLE: Final = 100
WIDTH: Final = 10
"""Points of a total that one column holds."""
HOURS: Final = 48
"""Up to so many hours are shown hour by hour, and more by days."""
COLUMNS: Final = 45
"""At most so many columns, each of as many days as that takes."""
TICKS: Final = 6
"""About so many columns are named below the chart."""


@dataclass(frozen=True)
class Segment:
    """A piece of a column, in one colour."""

    tone: str
    share: float
    """Of the highest column's height, 0 to 1."""


@dataclass(frozen=True)
class StackedBar:
    """One column of a chart."""

    label: str
    """In words: "40 to 49: 3 learners"."""
    tick: str
    """Below the column; empty where there is no room."""
    count: int
    parts: tuple[Segment, ...]
    """From the bottom up, without empty ones."""


@dataclass(frozen=True)
class Mark:
    """A line across a chart."""

    label: str
    at: float
    """From the left, 0 to 1."""


@dataclass(frozen=True)
class Chart:
    """Columns side by side, a line across, and what both show."""

    title: str
    note: str
    columns: tuple[StackedBar, ...]
    mark: Mark | None = None
    legend: tuple[tuple[str, str], ...] = ()
    """A colour, and what it stands for; empty where there is one colour."""


def chart_totals(cohort: Cohort) -> Chart | None:
    """The histogram of the totals of those who handed something in; None where nobody did."""
    totals = [one.total for one in cohort.learners if not nothing_handed_in(one)]
    if not totals:
        return None
    last = WHOLE // WIDTH - 1
    all_at = Counter(min(int(total) // WIDTH, last) for total in totals)
    passed_at = Counter(min(int(total) // WIDTH, last) for total in totals if total >= cohort.pass_mark)
    highest, passed, mark = max(all_at.values()), passed_at.total(), points_text(cohort.pass_mark)
    columns = []
    for place in range(last + 1):
        low, high = place * WIDTH, (place + 1) * WIDTH
        name = f"{low} to {high}" if place == last else f"{low} to below {high}"
        count, above = all_at[place], passed_at[place]
        parts = (Segment("one", (count - above) / highest), Segment("passed", above / highest))
        shown = tuple(part for part in parts if part.share)
        columns.append(StackedBar(f"{name}: {_learners(count)}", str(low), count, shown))
    return Chart(
        "Totals",
        f"{_learners(len(totals))} handed something in; {passed:,} of them "
        f"{'has' if passed == 1 else 'have'} {mark} of 100 or more.",
        tuple(columns),
        Mark(f"pass line {mark}", cohort.pass_mark / WHOLE),
    )


def chart_times(cohort: Cohort) -> Chart | None:
    """When attempts were handed in; None where of none it is known."""
    zone = cohort.shown_zone
    results = [result for one in cohort.learners for result in one.results]
    known = [(when, result.deadline) for result in results for when in result.times.values()]
    if not known:
        return None
    unknown = sum(len(result.attempts) for result in results) - len(known)
    late = [when for when, deadline in known if deadline is not None and when > deadline]
    moments = [when for when, _ in known]
    scale = _Scale.fitting([*moments, *([] if cohort.deadline is None else [cohort.deadline])], zone)
    all_at, late_at = Counter(map(scale.place, moments)), Counter(map(scale.place, late))
    highest = max(all_at.values())
    columns = []
    for place, (name, tick) in enumerate(scale.names()):
        count, after = all_at[place], late_at[place]
        words = f"{name}: {counted(count, 'attempt')}"
        words += f", {after:,} after the deadline" if after else ""
        parts = (Segment("one", (count - after) / highest), Segment("two", after / highest))
        columns.append(StackedBar(words, tick, count, tuple(part for part in parts if part.share)))
    legend = (("one", "in time"), ("two", "after the learner's own deadline")) if late else ()
    note = f"{counted(len(known), 'attempt')}, {scale.unit}, in the time zone {zone}."
    if unknown:
        note += f" Of {unknown:,} more it is not known when they were handed in."
    mark = None
    if cohort.deadline is not None:
        mark = Mark(f"deadline {moment(cohort.deadline, zone)}", scale.share(cohort.deadline))
    return Chart("When attempts were handed in", note, tuple(columns), mark, legend)


@dataclass(frozen=True)
class _Scale:
    """Hours, or some days each, from the first moment to the last one."""

    zone: tzinfo
    first: int
    """The first column: hours since 1970, or the date's ordinal."""
    columns: int
    days: int
    """Of each column; 0 where columns are hours."""

    @staticmethod
    def fitting(moments: Sequence[datetime], zone: tzinfo) -> _Scale:
        hours = [_hour(each) for each in moments]
        if max(hours) - min(hours) < HOURS:
            return _Scale(zone, min(hours), max(hours) - min(hours) + 1, 0)
        dates = [each.astimezone(zone).toordinal() for each in moments]
        count = max(dates) - min(dates) + 1
        days = -(-count // COLUMNS)
        return _Scale(zone, min(dates), -(-count // days), days)

    @property
    def unit(self) -> str:
        if not self.days:
            return "hour by hour"
        return "day by day" if self.days == 1 else f"{self.days:,} days in each column"

    def place(self, when: datetime) -> int:
        """The column of a moment."""
        if not self.days:
            return _hour(when) - self.first
        return (when.astimezone(self.zone).toordinal() - self.first) // self.days

    def share(self, when: datetime) -> float:
        """Where a moment is, from the left, 0 to 1."""
        local = when.astimezone(self.zone)
        if not self.days:
            return (when.timestamp() / 3600 - self.first) / self.columns
        day = local.toordinal() - self.first + (local.hour + local.minute / 60) / 24
        return day / self.days / self.columns

    def names(self) -> Iterator[tuple[str, str]]:
        """Each column's name, and what stands below it."""
        apart = -(-self.columns // TICKS)
        for place in range(self.columns):
            name, tick = self._hour_name(place) if not self.days else self._day_name(place)
            yield name, tick if place % apart == 0 else ""

    def _hour_name(self, place: int) -> tuple[str, str]:
        local = datetime.fromtimestamp(3600 * (self.first + place), self.zone)
        return f"{local:%d %b, from %H:%M}", f"{local:%H:%M}"

    def _day_name(self, place: int) -> tuple[str, str]:
        first = date.fromordinal(self.first + place * self.days)
        if self.days == 1:
            return f"{first:%a %d %b}", f"{first:%d %b}"
        return f"{first:%d %b %Y} to {first + timedelta(days=self.days - 1):%d %b %Y}", f"{first:%d %b}"


def _hour(when: datetime) -> int:
    return int(when.timestamp() // 3600)


def _learners(count: int) -> str:
    return counted(count, "learner")
