"""A mentor's exam: the same rules for everyone, signed, with each learner's own hidden test set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
)

from ..classroom.signing import sign, verify
from ..errors import ExamError, NotGenuine
from ..files.text import one_line

FORMAT: Final = "tfprep exam setting 1"
_YEARS: Final = range(2000, 2200)


def _in_our_time(when: datetime) -> datetime:
    """Refuses what no calendar of ours, in any time zone, can compute with."""
    if when.year not in _YEARS:
        raise ValueError(f"the year is none of {_YEARS.start} to {_YEARS.stop - 1}")
    return when


# A signature covers the spelling: pydantic's own would end in "Z", and turn a weight of 10 into 10.0.
Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time), PlainSerializer(datetime.isoformat)]
Number = Annotated[int, Field(ge=0, le=1_000_000)] | Annotated[float, Field(ge=0, le=1e6)]
Name = Annotated[str, Field(max_length=400)]
Text = Annotated[str, Field(max_length=20_000)]


class SignedValues(BaseModel):
    """What a signed file holds, with strict types; a field that is not known is passed over."""

    model_config = ConfigDict(frozen=True, strict=True, populate_by_name=True)
    what: ClassVar[str]
    """What the values are, for a message."""

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """The object that `to_values` wrote, also in an earlier version of tfprep.

        Raises:
            NotGenuine: for anything else.
        """
        try:
            return cls.model_validate_json(json.dumps(values))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = one_line(".".join(map(str, first["loc"])))
            raise NotGenuine(
                f"This is signed, but this tfprep cannot read it as an {cls.what}: {where}: {first['msg']}."
            ) from error

    def to_values(self) -> dict[str, Any]:
        """As plain values that JSON can hold: what a signature covers."""
        return self.model_dump(mode="json", by_alias=True)


class ExamProblem(BaseModel):
    """One problem of a mentor's exam, as one learner gets it."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
    problem: Name
    """The problem's id."""
    data: Name
    """The fingerprint of this learner's data."""
    weight: Number


class ExamConfig(SignedValues):
    """The rules that a mentor signed for one learner."""

    what: ClassVar = "exam configuration"
    format: Literal["tfprep exam setting 1"] = FORMAT
    exam: Name
    """Which exam: the same for everyone in it."""
    cohort: Name
    learner: Name
    minutes: Annotated[float, Field(ge=0, le=1e6)]
    categories: Annotated[tuple[ExamProblem, ...], Field(max_length=100)]
    opens: Annotated[Moment, AfterValidator(lambda when: when.astimezone(UTC))] | None = None
    closes: Annotated[Moment, AfterValidator(lambda when: when.astimezone(UTC))] | None = None
    scoring: dict[str, str] = {}
    """`ScoringSpec.digest` by problem, as the mentor's tfprep scores; empty in packs of earlier versions."""

    def to_values(self) -> dict[str, Any]:
        """As an earlier version wrote it, where it is one of an earlier version."""
        values = super().to_values()
        return (
            values if self.scoring else {name: value for name, value in values.items() if name != "scoring"}
        )

    def allowed(self, now: datetime) -> timedelta:
        """The time of an exam that starts now: the minutes, but never beyond the window.

        Raises:
            ExamError: outside the window.
        """
        if self.opens is not None and now < self.opens:
            raise ExamError(f"This exam opens at {_local(self.opens)}.")
        minutes = timedelta(minutes=self.minutes)
        if self.closes is None:
            return minutes
        if now >= self.closes:
            raise ExamError(f"This exam closed at {_local(self.closes)}.")
        return min(minutes, self.closes - now)

    def signed(self, private: bytes) -> str:
        """The signed text, as the mentor hands it out."""
        return sign(self.to_values(), private).decode("ascii")

    @classmethod
    def read(cls, text: str) -> tuple[Self, str]:
        """The configuration in a signed text, and the signer's public key.

        Raises:
            NotGenuine: it was changed, or is no exam configuration.
        """
        signed = verify(text.encode())
        return cls.from_values(signed.values), signed.key


def _local(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M %Z}"
