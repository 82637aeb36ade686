"""When a hand-in was due, and how late it was: by the calendar of a time zone, across clock changes.

deadlines = Deadlines(datetime(2026, 6, 30, 23, 59, tzinfo=ZoneInfo("Europe/Berlin")))
lateness = deadlines.lateness("problem1", "ada", handed_in)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

_OFTEN_MEANT: Final = (
    "Europe/Berlin",
    "Europe/London",
    "Europe/Athens",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Jakarta",
    "Asia/Kolkata",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
)
"""Offered first where several zones share an abbreviation."""
FIXED: Final = frozenset({"EST", "MST"})
"""Abbreviations that are zones as well, of clocks that never change, which is hardly ever what is meant."""


class NotOneMoment(ValueError):
    """Clocks showed this time twice, or never. The message says which, and names the two choices."""


@dataclass(frozen=True)
class Lateness:
    """How late a hand-in was, beyond the deadline and its grace."""

    by: timedelta
    """Elapsed time; positive."""
    days: int
    """Days begun, each from the deadline's time of day to the same time on the next date: 1 or more."""


@dataclass(frozen=True)
class Deadlines:
    """The deadlines of a cohort. All moments are aware of their time zones."""

    cohort: datetime | None = None
    """Of every problem that has none of its own."""
    problems: Mapping[str, datetime] = field(default_factory=dict)
    """By the problem's id."""
    extensions: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """By the learner (an id, e-mail address or name) and the problem's id, which is "" for all."""
    grace: timedelta = timedelta(0)

    @property
    def exist(self) -> bool:
        """Whether there is any."""
        return self.cohort is not None or bool(self.problems)

    def of(self, problem: str, *names: str) -> datetime | None:
        """The deadline of a problem for one learner; None where there is none.

        Args:
            problem: its id.
            names: the learner's id, e-mail address and name: an extension may be given to each of them. An
                extension for all problems never takes time away from one.
        """
        deadline = self.problems.get(problem, self.cohort)
        if deadline is None:
            return None
        folded = {name.strip().casefold() for name in names if name}
        given = [
            until
            for (learner, which), until in self.extensions.items()
            if which in ("", problem) and learner.strip().casefold() in folded
        ]
        return max([deadline, *given])

    def without_learner(self, names: Iterable[str]) -> tuple[str, ...]:
        """Whom extensions were given to, and is none of these names."""
        known = {name.strip().casefold() for name in names}
        return tuple(
            sorted({learner for learner, _ in self.extensions if learner.strip().casefold() not in known})
        )

    def lateness(self, deadline: datetime | None, handed_in: datetime | None) -> Lateness | None:
        """How late a hand-in was; None where it was in time, or one of the two times is not known."""
        if deadline is None or handed_in is None:
            return None
        by = _utc(handed_in) - _utc(deadline) - self.grace
        if by <= timedelta(0):
            return None
        days = by // timedelta(days=1)  # At most an hour or two off: found exactly below.
        while _days_after(deadline, days) + self.grace < _utc(handed_in):
            days += 1
        while days > 1 and _days_after(deadline, days - 1) + self.grace >= _utc(handed_in):
            days -= 1
        return Lateness(by, max(days, 1))


def _days_after(deadline: datetime, days: int) -> datetime:
    """The same time of day so many dates later, in UTC."""
    return _utc(deadline + timedelta(days=days))  # A sum of one zone moves its wall clock.


def localise(moment: datetime, zone: tzinfo | None) -> datetime | None:
    """The moment, aware of its time zone: its own, else `zone`; None where there is neither.

    Raises:
        NotOneMoment: the clocks of `zone` showed this time twice, or never, on the day they changed.
    """
    if moment.tzinfo is not None:
        return moment
    if zone is None:
        return None
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    choices = " or ".join(
        _utc(each).astimezone(zone).isoformat() for each in sorted((first, second), key=_utc)
    )
    came = "twice" if _utc(first) < _utc(second) else "not at all"
    raise NotOneMoment(f"{moment.isoformat()} came {came} in {zone}, as clocks changed. Write {choices}.")


def zones_called(abbreviation: str) -> tuple[str, ...]:
    """Time zones whose clocks have this abbreviation in winter or summer, such as CEST: three at most."""
    year, wanted = datetime.now(UTC).year, abbreviation.strip().upper()
    half_years = [datetime(year, month, 1, tzinfo=UTC) for month in (1, 7)]

    def is_called_so(name: str) -> bool:
        return any(when.astimezone(ZoneInfo(name)).tzname() == wanted for when in half_years)

    found = [name for name in _OFTEN_MEANT if is_called_so(name)]
    found = found or [name for name in sorted(available_timezones()) if "/" in name and is_called_so(name)]
    return tuple(found[:3])


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
