"""A mentor's exam: the rules that the mentor signed for one learner. Nothing hidden is in them."""

from __future__ import annotations

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
from ..grader.submission import SubmissionPolicy
from ..problems import Band

FORMAT: Final = "tfprep exam rules 2"
_YEARS: Final = range(2000, 2200)


def _in_our_time(when: datetime) -> datetime:
    """Refuses what no calendar of ours, in any time zone, can compute with."""
    if when.year not in _YEARS:
        raise ValueError(f"the year is none of {_YEARS.start} to {_YEARS.stop - 1}")
    return when.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time), PlainSerializer(datetime.isoformat)]
Number = Annotated[float, Field(ge=0, le=1e6)]
Name = Annotated[str, Field(max_length=400)]
Text = Annotated[str, Field(max_length=20_000)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Seconds = Annotated[float, Field(ge=0, le=1e9)]
Points = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0, le=2**53)]


class SignedPart(BaseModel):
    """A part of what is signed, with strict types and no unknown field."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)


class SignedValues(SignedPart):
    """What a signed file holds."""

    what: ClassVar[str]
    """What the values are, for a message."""

    @classmethod
    def read(cls, content: bytes | str) -> Self:
        """The object that `to_values` wrote as JSON.

        Raises:
            NotGenuine: for anything else.
        """
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = "".join(f"{one_line('.'.join(map(str, loc)), 60)}: " for loc in (first["loc"],) if loc)
            raise NotGenuine(
                f"This tfprep cannot read it as an {cls.what}: {where}{one_line(first['msg'], 200)}."
            ) from error

    def to_values(self) -> dict[str, Any]:
        """As plain values that JSON can hold: what a signature covers."""
        return self.model_dump(mode="json", by_alias=True)


class BandOfProblem(SignedPart):
    """A score and the threshold that earns it."""

    score: Annotated[int, Field(ge=0, le=5)]
    at_least: float | None = None
    at_most: float | None = None


class ExamProblem(SignedPart):
    """One problem of a mentor's exam, as one learner gets it."""

    problem: Name
    """The problem's id."""
    source: Name
    """Under which name a learner's home keeps the public data: "package:0123456789ab"."""
    data: Digest
    """The fingerprint of the public data, which is everybody's."""
    hidden: Digest
    """The fingerprint of the hidden examples that this learner is asked."""
    weight: Number
    bands: Annotated[tuple[BandOfProblem, ...], Field(min_length=1, max_length=20)]
    """From 5 downwards."""
    scoring: Digest
    """`ScoringSpec.digest`, as the mentor's tfprep scores."""
    predict_seconds: Annotated[float | None, Field(gt=0, le=1e6, alias="answer_seconds")] = None
    """How long a model may run; None leaves it to the problem. Signed packs call it as they did before."""
    train_seconds: Annotated[float, Field(gt=0, le=1e6)] | None = None
    """How long a script may train."""

    @property
    def own_bands(self) -> tuple[Band, ...]:
        """The bands as a data set takes them. Raises NotGenuine where they are none."""
        try:
            return tuple(Band(**each.model_dump()) for each in self.bands)
        except ValueError as error:
            raise NotGenuine(f"The bands of {one_line(self.problem)} cannot be used: {error}") from error

    def policy(self, *, allow_scripts: bool) -> SubmissionPolicy:
        """What may be handed in for it, and how long that may run."""
        return SubmissionPolicy(allow_scripts, self.predict_seconds, self.train_seconds)


class ExamConfig(SignedValues):
    """The rules that a mentor signed for one learner."""

    what: ClassVar = "exam's rules"
    kind: ClassVar = "exam-rules"
    format: Literal["tfprep exam rules 2"] = FORMAT
    exam: Name
    """Which exam: the same for everyone in it."""
    cohort: Name
    learner: Name
    minutes: Number
    share: Annotated[float, Field(gt=0, le=1)]
    """Of the exam's hidden examples: how many each learner is asked."""
    problems: Annotated[tuple[ExamProblem, ...], Field(min_length=1, max_length=100)]
    hand_in_key: Digest
    """The public key that a hand-in is sealed for."""
    allow_scripts: bool = False
    """Whether a training script may be handed in, and not only a trained model."""
    opens: Moment | None = None
    closes: Moment | None = None

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
        return sign(self.kind, self.to_values(), private).decode("ascii")

    @classmethod
    def verified(cls, text: str | bytes) -> tuple[Self, str]:
        """The rules in a signed text, and the signer's public key.

        Raises:
            NotGenuine: it was changed, or holds no exam's rules.
        """
        signed = verify(cls.kind, text.encode() if isinstance(text, str) else text)
        return cls.read(signed.content), signed.key


def _local(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M %Z}"
