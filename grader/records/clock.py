"""An exam's clock: how much of the time is used, told from one look at the machine's clocks to the next.

It keeps what was used, never a moment at which all is over, so that neither a closed terminal nor a time
zone matters. Between two looks without a restart, the machine's steady counter says how much time went by:
setting the clock changes nothing. Over a restart that counter begins anew, and the calendar says it; where
the calendar was set back, at least the time since the restart went by. What is left therefore never grows,
except for time that is given back because a fault was ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

NONE = timedelta()


@dataclass(frozen=True)
class Reading:
    """One look at the machine's clocks."""

    when: datetime
    """The calendar, in UTC."""
    boot: str
    """Which start of the machine this is; empty where it does not tell."""
    steady: float
    """Seconds since the machine started, sleep included where it tells."""


@dataclass(frozen=True)
class Clock:
    """Time allowed, time used up to the last look, and that look."""

    allowed: timedelta
    seen: Reading
    used: timedelta = NONE
    returned: timedelta = NONE
    """Of the time used: what was given back."""
    paused: bool = False

    @property
    def spent(self) -> timedelta:
        """What counts as used."""
        return self.used - self.returned

    @property
    def left(self) -> timedelta:
        """What is left; nothing once it is over."""
        return max(NONE, self.allowed - self.spent)

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return not self.left

    def end(self, when: datetime) -> datetime:
        """When the time is up, or was, by the calendar of the last look, which said `when`."""
        return when + self.allowed - self.spent

    def at(self, now: Reading) -> Self:
        """The clock after another look. While it is paused, nothing is used."""
        passed = NONE if self.paused else passed_between(self.seen, now)
        # The latest moment ever seen stays: a calendar set back and put right again costs nothing twice.
        latest = max(self.seen.when, now.when)
        return replace(self, used=self.used + passed, seen=replace(now, when=latest))

    def pause(self, now: Reading) -> Self:
        """Stands still from now on."""
        return replace(self.at(now), paused=True)

    def resume(self, now: Reading) -> Self:
        """Runs again from now on."""
        return replace(self.at(now), paused=False)

    def give_back(self, time: timedelta) -> Self:
        """Time that a fault of ours cost; never more than was used."""
        return replace(self, returned=self.returned + min(max(time, NONE), self.spent))


def passed_between(before: Reading, after: Reading) -> timedelta:
    """At least how much time went by between two looks. Never negative.

    Without a restart between them: exactly what the steady counter says. Else, or where the machine does not
    tell: what the calendar says, and never less than the counter proves.
    """
    counted = max(NONE, timedelta(seconds=after.steady - before.steady))
    if before.boot and before.boot == after.boot:
        return counted
    calendar = max(NONE, after.when - before.when)
    proved = timedelta(seconds=after.steady) if before.boot and after.boot else counted
    return max(calendar, proved)


def to_values(clock: Clock) -> dict[str, Any]:
    """The clock as plain values that JSON can hold."""
    return {
        "allowed": clock.allowed.total_seconds(),
        "used": clock.used.total_seconds(),
        "returned": clock.returned.total_seconds(),
        "paused": clock.paused,
        "when": clock.seen.when.astimezone(UTC).isoformat(),
        "boot": clock.seen.boot,
        "steady": clock.seen.steady,
    }


def from_values(values: Mapping[str, Any]) -> Clock:
    """The clock that `to_values` wrote. Raises KeyError, ValueError or TypeError for anything else."""
    return Clock(
        allowed=timedelta(seconds=values["allowed"]),
        seen=Reading(
            datetime.fromisoformat(values["when"]).astimezone(UTC),
            str(values["boot"]),
            float(values["steady"]),
        ),
        used=timedelta(seconds=values["used"]),
        returned=timedelta(seconds=values["returned"]),
        paused=bool(values["paused"]),
    )
