"""What a mentor decides for a cohort and its exam: values, with a default for whatever is not decided."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..errors import BadCohort, UnknownProblem
from ..files.text import one_line
from ..grader.records.cohort import PASS_MARK
from ..grader.submission import SubmissionPolicy
from ..problems import Band, Problem, draw_exam, find, usual_problems
from .deadlines import Deadlines, Lateness

DateAndTime = Annotated[
    datetime | None, Field(description="a date and time without quotes, such as 2026-06-30T23:59:00+02:00")
]

SHOWN: Final = 60
"""Characters of a value in a message."""


class AttemptPolicy(StrEnum):
    """Which of several attempts counts."""

    BEST = "best"
    LAST = "last"


class Missing(StrEnum):
    """What an import file claims of a learner who handed in nothing."""

    EMPTY = "empty"
    ZERO = "zero"


class RulesTable(BaseModel):
    """A table of `cohort.toml`, read as it is written: no other keys, and no value of another type.

    Each field's description says what is wanted, for the sentence about a value that is refused.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def number_field(default: float | None, least: float, most: float) -> Any:
    """A field for a finite number from `least` to `most`."""
    wanted = f"a number from {least:g} to {most:g}"
    return Field(default, ge=least, le=most, allow_inf_nan=False, description=wanted)


class DeadlineKeys(RulesTable):
    """The keys of a `cohort.toml` about deadlines."""

    deadline: DateAndTime = None
    extensions: dict[str, Any] = Field(default_factory=dict, description="a table of learners")
    """Each learner's date and time, or a table of them by problem."""
    extensions_file: str | None = Field(None, min_length=1, max_length=1_000, description="a file's name")
    grace_minutes: float = number_field(0.0, 0.0, 60 * 24 * 365)


class LatePenalty(RulesTable):
    """The table `[late]`: what handing in late costs, as shares of the score."""

    per_day: float = number_field(0.0, 0.0, 1.0)
    """For each day that has begun: from the deadline's time of day to the same time on the next date."""
    cap: float = number_field(1.0, 0.0, 1.0)
    """Never more than this."""
    marked: float = number_field(0.0, 0.0, 1.0)
    """For what a platform marks as late, where nothing tells when it was handed in."""

    def cost(self, lateness: Lateness | None) -> float:
        """The share of the score that is lost, 0 to 1; 0 for what is not late."""
        return 0.0 if lateness is None else min(self.cap, self.per_day * lateness.days)


def _as_names(written: Any) -> Any:
    """A problem's number may stand without quotes."""
    if not isinstance(written, list):
        return written
    return [str(one) if type(one) is int else one for one in written]


def _find_all(names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(find(name).id for name in names))
    except UnknownProblem as error:
        raise ValueError(str(error)) from error


class ExamRules(RulesTable):
    """The table `[exam]`: a cohort's exam. Problems, weights and data are the cohort's."""

    minutes: float = number_field(300.0, 1.0, 10_000.0)
    opens: DateAndTime = None
    closes: DateAndTime = None
    """Aware of its time zone, as `opens`. An exam ends then, whatever time it has left."""
    share: float = number_field(0.7, 0.05, 1.0)
    """Of the exam's hidden examples: how many each learner is asked."""
    problems: Annotated[
        tuple[str, ...],
        BeforeValidator(_as_names),
        AfterValidator(_find_all),
        Field(min_length=1, strict=False, description='a list of problems, such as ["mnist", "flowers"]'),
    ] = ()
    """Ids; empty for all of the cohort's."""
    canvas: str = Field(default="", max_length=1_000, description="a text")
    """Canvas's own assignment that takes the total; empty where an import makes one."""
    draw: Annotated[
        int | None, Field(ge=0, le=1_000_000, strict=True, description="a whole number up to 1,000,000")
    ] = None
    """The seed with which one of each category is drawn; None where everybody is asked all."""

    @property
    def drawn(self) -> tuple[str, ...]:
        """Ids of what is asked, where it is drawn: of `problems`, or of all there are."""
        if self.draw is None:
            return ()
        return tuple(problem.id for problem in draw_exam((), self.draw, self.problems))


@dataclass(frozen=True)
class ProblemRules:
    """What is decided for one problem."""

    problem: Problem
    weight: float
    """Any positive number: only the ratios count."""
    data_source: str = "auto"
    """As `DataStore.load` takes it: a name, or the absolute path of the mentor's own files."""
    bands: tuple[Band, ...] = ()
    """The mentor's own, from 5 downwards; empty for those measured on the data source."""
    canvas: str = ""
    """Canvas's own assignment for it, as its export calls it: "Problem 1 (8811)"."""
    predict_seconds: float | None = None
    train_seconds: float | None = None


def _usual_problems() -> tuple[ProblemRules, ...]:
    return tuple(ProblemRules(problem, float(problem.weight)) for problem in usual_problems())


@dataclass(frozen=True)
class CohortRules:
    """A cohort's rules. The defaults are those of a cohort without a `cohort.toml`."""

    name: str = ""
    """Empty where the file gives none."""
    problems: tuple[ProblemRules, ...] = field(default_factory=_usual_problems)
    zone: tzinfo | None = None
    """The time zone of times that do not name one."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    late: LatePenalty = field(default_factory=LatePenalty)
    file_times: bool = False
    """Where nothing else says when a file was handed in: take the time it was last changed."""
    attempts: AttemptPolicy = AttemptPolicy.BEST
    attempt_limit: int | None = None
    """Later attempts do not count; None for as many as there are."""
    missing: Missing = Missing.EMPTY
    export_total: bool = False
    """Whether import files have a column with the total."""
    pass_mark: float = PASS_MARK
    """Of a total of 100. An exam keeps its own."""
    allow_scripts: bool = False
    exam: ExamRules = field(default_factory=ExamRules)
    has_exam: bool = False
    """Whether the file has the table `[exam]`: then a half of the hidden examples is kept for it."""
    secret: bytes | None = field(default=None, repr=False)
    """32 bytes that divide the data; None for the home's own secret, and where only `secret_id` is known."""
    secret_id: str = ""
    """Tells which secret it is; empty for the home's own."""
    warnings: tuple[str, ...] = ()
    """What a mentor should know about the file, a sentence each."""

    @property
    def known_secret(self) -> str:
        """The id of the secret that is at hand; empty without one."""
        return "" if self.secret is None else secret_id(self.secret)

    @property
    def ids(self) -> tuple[str, ...]:
        """The problems' ids, in their order."""
        return tuple(one.problem.id for one in self.problems)

    def asks_in_exam(self, problem: str) -> bool:
        """Whether the problem with this id is one of the cohort's exam's."""
        return self.has_exam and problem in (self.exam.problems or self.ids)

    def of(self, problem: str) -> ProblemRules:
        """The rules of the problem with this id. Raises BadCohort where it is not the cohort's.

        What an exam draws need not be one of the cohort's: then it has its category's weight.
        """
        for one in self.problems:
            if one.problem.id == problem:
                return one
        if problem in self.exam.drawn:
            return ProblemRules(drawn := find(problem), float(drawn.weight))
        known = ", ".join(one.problem.listed for one in self.problems)
        raise BadCohort(f"{problem} is not one of the cohort's problems: {known}.")

    def policy(self, problem: str) -> SubmissionPolicy:
        """What a submission for the problem with this id may contain, and how long it may run."""
        rules = self.of(problem)
        return SubmissionPolicy(
            allow_scripts=self.allow_scripts,
            predict_seconds=rules.predict_seconds,
            train_seconds=rules.train_seconds,
        )


def secret_id(secret: bytes) -> str:
    """Tells one secret from another, without telling it: 16 hexadecimal digits."""
    return hmac.digest(secret, b"whose store", "sha256").hex()[:16]


def in_zone(moment: datetime, zone: tzinfo | None) -> datetime | None:
    """The moment, aware of its time zone: its own, else `zone`; None where there is neither.

    Of a time that came twice, the first, which is never too late. For times that a platform wrote: what a
    mentor writes is read by `deadlines.localise`, which asks.
    """
    if moment.tzinfo is not None:
        return moment
    return None if zone is None else moment.replace(tzinfo=zone)


def wrong(path: Path, key: str, why: str) -> BadCohort:
    """The error for a key of a file: why its value cannot be used."""
    end = "" if why.endswith(("?", ".")) else "."
    return BadCohort(f"{path}: {one_line(key, SHOWN)}: {why}{end}")


def show(value: Any) -> str:
    """As it is written in TOML, as far as people tell the difference."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (date, time)):
        missing = "date" if isinstance(value, time) else "time of day"
        return f"{value.isoformat()}, which has no {missing}"
    return one_line(repr(value), SHOWN)
