"""Collecting the results of a cohort's exam: whose they are, their points, and what speaks against them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..classroom.signing import LIMIT, Signed, verify
from ..errors import NotGenuine
from ..grader.records.cohort import Learner
from .config import ExamConfig
from .result import ExamResult, in_words


@dataclass(frozen=True)
class Collected:
    """One file that was checked."""

    file: str
    result: ExamResult | None
    """None where the signature does not hold."""
    signer: str = ""
    exam: str = ""
    remarks: tuple[str, ...] = ()
    """What speaks against it, a sentence each."""

    @property
    def learner(self) -> str:
        """The learner that it names; empty where the signature does not hold."""
        return "" if self.result is None else self.result.learner


@dataclass(frozen=True)
class Collection:
    """All results of an exam, and who handed in none."""

    collected: tuple[Collected, ...]
    missing: tuple[str, ...]
    """Ids of learners without a result that nothing speaks against."""


def collect(files: Iterable[Path], learners: Sequence[Learner], mentor: str) -> Collection:
    """Check every file, alone and beside the others.

    Args:
        files: the signed results.
        learners: the cohort's roster.
        mentor: the public key that signed the exam's configurations.
    """
    ids = {learner.id for learner in learners}
    checked = [_check(file, ids, mentor) for file in sorted(files)]
    return _compare(checked, learners)


def read_result(file: Path) -> tuple[Signed, ExamResult]:
    """A signed result. Raises NotGenuine where it was changed, or is no exam result."""
    with file.open("rb") as opened:
        signed = verify(opened.read(LIMIT + 1))
    return signed, ExamResult.from_values(signed.values)


def _check(file: Path, ids: set[str], mentor: str) -> Collected:
    try:
        signed, result = read_result(file)
    except NotGenuine as error:
        return Collected(file.name, None, remarks=(str(error),))
    try:
        config, key = ExamConfig.read(result.config)
    except NotGenuine:
        remarks: tuple[str, ...] = ("It holds no mentor's exam configuration.",)
        return Collected(file.name, result, signed.signer, remarks=remarks)
    remarks = tuple(_remarks(result, config))
    if key != mentor:
        remarks = ("Its exam configuration is not signed by this home's key.", *remarks)
    if result.learner not in ids:
        remarks = (*remarks, f"{result.learner} is not in the roster.")
    return Collected(file.name, result, signed.signer, config.exam, remarks)


def _remarks(result: ExamResult, config: ExamConfig) -> Iterable[str]:
    if result.learner != config.learner:
        yield f"Its exam configuration was made for {config.learner}."
    taken = [(each.problem, each.data, float(each.weight)) for each in result.categories]
    if taken != [(each.problem, each.data, each.weight) for each in config.categories]:
        yield "Its problems, weights or data are not those of its exam configuration."
    yield from _scored_otherwise(result, config)
    if result.allowed.total_seconds() > 60 * config.minutes:
        yield f"It allowed {in_words(result.allowed)}, more than its exam configuration does."
    if result.practice:
        yield "It was taken as practice: the clock could be paused."
    if config.opens is not None and result.started < config.opens:
        yield "It began before the window opened."
    if config.closes is not None and result.started > config.closes:
        yield "It began after the window closed."


def _scored_otherwise(result: ExamResult, config: ExamConfig) -> Iterable[str]:
    for each in result.categories:
        meant = config.scoring.get(each.problem)
        if meant is not None and each.counted is not None and each.scoring not in ("", meant):
            yield (
                f"{each.problem} was scored otherwise than its exam configuration says (digest "
                f"{each.scoring[:12]}, not {meant[:12]}): grade the model again."
            )


def _compare(checked: Sequence[Collected], learners: Sequence[Learner]) -> Collection:
    """Adds what only a comparison shows: one key for several names, several results of one, several exams."""
    names = Counter(each.learner for each in checked if each.result)
    exams = Counter(each.exam for each in checked if each.exam).most_common(1)
    signers: dict[str, set[str]] = {}
    for each in checked:
        if each.result:
            signers.setdefault(each.signer, set()).add(each.learner)
    collected = []
    for each in checked:
        remarks = list(each.remarks)
        if each.result and names[each.learner] > 1:
            remarks.append(f"There are {names[each.learner]} results of {each.learner}.")
        if each.exam and each.exam != exams[0][0]:
            remarks.append(f"It is of another exam ({each.exam}) than most here.")
        others = signers.get(each.signer, set()) - {each.learner}
        if each.result and others:
            remarks.append(f"The same key signed for {', '.join(sorted(others))}.")
        collected.append(replace(each, remarks=tuple(remarks)))
    good = {each.learner for each in collected if each.result and not each.remarks}
    missing = tuple(learner.id for learner in learners if learner.id not in good)
    return Collection(tuple(collected), missing)
