"""A mentor's exam: the same rules for everyone, signed, with each learner's own hidden examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from ..classroom.signing import sign, verify
from ..errors import ExamError, NotGenuine

FORMAT: Final = "tfprep exam setting 1"


@dataclass(frozen=True)
class Asked:
    """One category of a mentor's exam, as one learner gets it."""

    problem: str
    data: str
    """The fingerprint of this learner's data."""
    weight: float


@dataclass(frozen=True)
class ExamConfig:
    """What a mentor set for one learner."""

    exam: str
    """Which exam: the same for everyone in it."""
    cohort: str
    learner: str
    minutes: float
    categories: tuple[Asked, ...]
    opens: datetime | None = None
    closes: datetime | None = None

    def allowed(self, now: datetime) -> timedelta:
        """The time of a sitting that begins now: never beyond the window. Raises ExamError outside of it."""
        if self.opens is not None and now < self.opens:
            raise ExamError(f"This exam opens at {_told(self.opens)}.")
        minutes = timedelta(minutes=self.minutes)
        if self.closes is None:
            return minutes
        if now >= self.closes:
            raise ExamError(f"This exam closed at {_told(self.closes)}.")
        return min(minutes, self.closes - now)

    def signed(self, private: bytes) -> str:
        """The setting as the mentor hands it out."""
        values = {
            "format": FORMAT,
            "exam": self.exam,
            "cohort": self.cohort,
            "learner": self.learner,
            "minutes": self.minutes,
            "categories": [asdict(asked) for asked in self.categories],
            "opens": None if self.opens is None else self.opens.isoformat(),
            "closes": None if self.closes is None else self.closes.isoformat(),
        }
        return sign(values, private).decode("ascii")

    @classmethod
    def read(cls, text: str) -> tuple[Self, str]:
        """The setting and its signer's public key. Raises NotGenuine."""
        signed = verify(text.encode())
        try:
            return cls._from_values(signed.values), signed.key
        except (KeyError, ValueError, TypeError) as error:
            raise NotGenuine("This is signed, but it is no exam's setting.") from error

    @classmethod
    def _from_values(cls, values: Mapping[str, Any]) -> Self:
        if values["format"] != FORMAT:
            raise ValueError("another format")
        return cls(
            exam=str(values["exam"]),
            cohort=str(values["cohort"]),
            learner=str(values["learner"]),
            minutes=float(values["minutes"]),
            categories=tuple(Asked(**asked) for asked in values["categories"]),
            opens=_moment(values["opens"]),
            closes=_moment(values["closes"]),
        )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _told(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M %Z}"
