"""`cohort.toml`: what a mentor decides for a cohort, with sensible answers where nothing is said.

    rules = read_rules(Path("cohort.toml"))
    graded = grade(submission, dataset, sandbox, terms=rules.terms("problem3"))

`template.toml` beside this file shows every key. A subject of its own reads its table in `read_rules`, as
`[late]` does: everything that nobody read is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Final

from ..errors import BadCohort, UnknownProblem
from ..files.toml_tables import Table
from ..grader.submission.policy import SubmissionPolicy
from ..problems import Band, Problem, all_problems, find
from .exam_rules import ExamRules, read_exam
from .mentor_secret import derive, read_secret_file, warn_of_readers
from .zones import in_zone, read_zone

TEMPLATE: Final = Path(__file__).with_name("template.toml")
BANDS: Final = 5
_DAY: Final = timedelta(days=1)
_LONGEST_RUN: Final = 86_400.0
_NAMED_EDITIONS: Final = ("auto", "tfds", "package")


class Attempts(StrEnum):
    """Which of several attempts counts."""

    BEST = "best"
    LAST = "last"


@dataclass(frozen=True)
class LatePenalty:
    """What handing in late costs, as shares of the score."""

    per_day: float = 0.0
    """For each day that has begun."""
    cap: float = 1.0
    """Never more than this."""

    def cost(self, late_by: timedelta | None) -> float:
        """The share of the score that is lost, 0 to 1; nothing where nobody is late."""
        if late_by is None or late_by <= timedelta(0):
            return 0.0
        return min(self.cap, self.per_day * math.ceil(late_by / _DAY))


@dataclass(frozen=True)
class ProblemRules:
    """What is decided for one problem."""

    problem: Problem
    weight: float
    """Any positive number: only the ratios count."""
    data_source: str = "auto"
    """As `DataStore.load` takes it: a name, or the absolute path of the mentor's own files."""
    bands: tuple[Band, ...] = ()
    """The mentor's own, from 5 downwards; empty for those measured on the edition."""
    answer_seconds: float | None = None
    train_seconds: float | None = None


def _usual_problems() -> tuple[ProblemRules, ...]:
    return tuple(ProblemRules(problem, float(problem.weight)) for problem in all_problems())


@dataclass(frozen=True)
class CohortRules:
    """A cohort's rules. The defaults are those of a cohort without a `cohort.toml`."""

    name: str = "cohort"
    problems: tuple[ProblemRules, ...] = field(default_factory=_usual_problems)
    zone: tzinfo | None = None
    """In which times without a zone are meant."""
    deadline: datetime | None = None
    """Aware of its zone."""
    grace: timedelta = timedelta(0)
    late: LatePenalty = LatePenalty()
    file_times: bool = False
    """A file was handed in when it was last changed, where nothing else tells."""
    attempts: Attempts = Attempts.BEST
    attempt_limit: int | None = None
    """Later attempts do not count; None for as many as there are."""
    allow_lambda: bool = False
    allow_scripts: bool = False
    exam: ExamRules = field(default_factory=ExamRules)
    secret: bytes | None = field(default=None, repr=False)
    """32 bytes that divide the data; None for the home's own secret."""
    warnings: tuple[str, ...] = ()
    """What a mentor should know about the file, a sentence each."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The problems' ids, in their order."""
        return tuple(one.problem.id for one in self.problems)

    def of(self, problem: str) -> ProblemRules:
        """The rules of the problem with this id. Raises BadCohort where it is not the cohort's."""
        found = [one for one in self.problems if one.problem.id == problem]
        if not found:
            raise BadCohort(f"{problem} is none of the cohort's problems: {_listed(self.problems)}.")
        return found[0]

    def policy(self, problem: str) -> SubmissionPolicy:
        """What a submission for the problem with this id may bring, and how long it may run."""
        rules = self.of(problem)
        return SubmissionPolicy(
            allow_lambda=self.allow_lambda,
            allow_scripts=self.allow_scripts,
            answer_seconds=rules.answer_seconds,
            train_seconds=rules.train_seconds,
        )

    def late_by(self, handed_in: datetime | None) -> timedelta | None:
        """How long after the deadline and its grace; None where it was in time, or nobody knows."""
        if self.deadline is None or handed_in is None:
            return None
        late = handed_in - self.deadline - self.grace
        return late if late > timedelta(0) else None


def read_rules(path: Path | None = None) -> CohortRules:
    """The rules in a file; without one, those of a cohort that says nothing.

    Raises:
        BadCohort: naming the file and the key, and saying what is expected there.
    """
    if path is None:
        return CohortRules()
    table = Table.open(path)
    zone = read_zone(table)
    secret, warnings = _read_secret(table)
    limits = table.table("limits")
    rules = CohortRules(
        name=table.text("name", "cohort", longest=100),
        zone=zone,
        deadline=_read_deadline(table, zone),
        grace=timedelta(minutes=table.number("grace_minutes", 0.0, most=60 * 24 * 365)),
        late=_read_late(table.table("late")),
        file_times=table.flag("file_times", default=False),
        attempts=Attempts(table.choice("attempts", Attempts, Attempts.BEST)),
        attempt_limit=table.count("attempt_limit", None),
        allow_lambda=table.flag("allow_lambda", default=False),
        allow_scripts=table.flag("allow_scripts", default=False),
        problems=_read_problems(
            table.table("problems"), _seconds(limits, "answer"), _seconds(limits, "train")
        ),
        exam=read_exam(table.table("exam"), zone),
        secret=secret,
        warnings=warnings,
    )
    table.close()
    return rules


def _read_deadline(table: Table, zone: tzinfo | None) -> datetime | None:
    deadline = table.moment("deadline", None)
    if deadline is None:
        return None
    aware = in_zone(deadline, zone)
    if aware is None:
        raise table.wrong(
            "deadline",
            f"{deadline} could be in any time zone. Write its offset, as in {deadline}+02:00, or add "
            'timezone = "Europe/Berlin" above it',
        )
    return aware


def _read_late(table: Table) -> LatePenalty:
    return LatePenalty(per_day=table.number("per_day", 0.0, most=1.0), cap=table.number("cap", 1.0, most=1.0))


def _read_secret(table: Table) -> tuple[bytes | None, tuple[str, ...]]:
    written = table.read("secret", derive, None)
    named = table.text("secret_file", None, longest=1_000)
    if named is None:
        return written, () if written is None else warn_of_readers(table.file)
    if written is not None:
        raise table.wrong("secret_file", "there is a secret already. Keep one of the two")
    file = table.file.parent / named
    return read_secret_file(file), warn_of_readers(file)


def _read_problems(
    table: Table, answer_seconds: float | None, train_seconds: float | None
) -> tuple[ProblemRules, ...]:
    """Those that have a table; all five where none has."""
    chosen: dict[str, ProblemRules] = {}
    for key in table.keys or [problem.id for problem in all_problems()]:
        inner = table.table(key)
        problem = _find(table, key)
        if problem.id in chosen:
            raise table.wrong(key, f"{problem.id} has a table already, under another of its names")
        chosen[problem.id] = ProblemRules(
            problem=problem,
            weight=inner.number("weight", float(problem.weight), least=0.001, most=1_000_000),
            data_source=_read_edition(inner),
            bands=_read_bands(inner, problem),
            answer_seconds=_seconds(inner, "answer", answer_seconds),
            train_seconds=_seconds(inner, "train", train_seconds),
        )
    return tuple(sorted(chosen.values(), key=lambda one: one.problem.number))


def _find(table: Table, key: str) -> Problem:
    try:
        return find(key)
    except UnknownProblem as error:
        raise table.wrong(key, str(error)) from error


def _read_edition(table: Table) -> str:
    data_source = table.text("edition", "auto", longest=1_000)
    if data_source in _NAMED_EDITIONS:
        return data_source
    path = (table.file.parent / Path(data_source).expanduser()).absolute()
    if not path.exists():
        raise table.wrong(
            "edition",
            f"{data_source!r} is none of {', '.join(_NAMED_EDITIONS)}, and no file or folder: {path}",
        )
    return str(path)


def _read_bands(table: Table, problem: Problem) -> tuple[Band, ...]:
    """Lines as they are written, for the scores 1 to 5; as bands from 5 downwards."""
    lines = table.numbers("bands", (), BANDS)
    higher = problem.metric.higher_is_better
    if list(lines) != sorted(set(lines), reverse=not higher) or min(lines, default=0) < 0:
        direction = "rise" if higher else "fall"
        raise table.wrong("bands", f"the lines for the scores 1 to {BANDS} must {direction}, none below 0")
    if higher and max(lines, default=0) > 1:
        raise table.wrong("bands", f"no {problem.metric.name} is above 1")
    return tuple(reversed([_band(score, line, higher) for score, line in enumerate(lines, 1)]))


def _band(score: int, line: float, higher: bool) -> Band:
    return Band(score, at_least=line) if higher else Band(score, at_most=line)


def _seconds(table: Table, what: str, default: float | None = None) -> float | None:
    return table.number(f"{what}_seconds", default, least=1.0, most=_LONGEST_RUN)


def _listed(problems: Iterable[ProblemRules]) -> str:
    """For people: "3 flowers, 4 imdb"."""
    return ", ".join(f"{one.problem.number} {one.problem.name}" for one in problems)
