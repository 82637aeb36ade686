"""Collecting the results of a cohort's exam: whose they are, what they say, and what speaks against them."""

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
    """One file, looked at."""

    file: str
    result: ExamResult | None
    """None where the signature does not hold."""
    signer: str = ""
    exam: str = ""
    remarks: tuple[str, ...] = ()
    """What speaks against it; nothing does where this is empty."""

    @property
    def learner(self) -> str:
        """Whose it says it is; empty where that cannot be told."""
        return "" if self.result is None else self.result.learner


@dataclass(frozen=True)
class Collection:
    """All results of an exam, and who handed in none."""

    collected: tuple[Collected, ...]
    missing: tuple[str, ...]
    """Ids of learners without a result that nothing speaks against."""


def collect(files: Iterable[Path], learners: Sequence[Learner], mentor: str) -> Collection:
    """Looks at every file. `mentor` is the public key that signed the settings."""
    ids = {learner.id for learner in learners}
    looked = [_look(file, ids, mentor) for file in sorted(files)]
    return _compare(looked, learners)


def read_result(file: Path) -> tuple[Signed, ExamResult]:
    """A signed result. Raises NotGenuine."""
    with file.open("rb") as opened:
        signed = verify(opened.read(LIMIT + 1))
    try:
        return signed, ExamResult.from_values(signed.values)
    except (KeyError, ValueError, TypeError) as error:
        raise NotGenuine(
            "This is signed, but it is no exam's result that this tfprep understands."
        ) from error


def _look(file: Path, ids: set[str], mentor: str) -> Collected:
    try:
        signed, result = read_result(file)
    except NotGenuine as error:
        return Collected(file.name, None, remarks=(str(error),))
    try:
        setting, key = ExamConfig.read(result.setting)
    except NotGenuine:
        remarks: tuple[str, ...] = ("It was not sat by a mentor's setting.",)
        return Collected(file.name, result, signed.signer, remarks=remarks)
    remarks = tuple(_remarks(result, setting))
    if key != mentor:
        remarks = ("Its setting is not signed by this home's key.", *remarks)
    if result.learner not in ids:
        remarks = (*remarks, f"{result.learner} is not in the roster.")
    return Collected(file.name, result, signed.signer, setting.exam, remarks)


def _remarks(result: ExamResult, setting: ExamConfig) -> Iterable[str]:
    if result.learner != setting.learner:
        yield f"Its setting was made for {setting.learner}."
    sat = [(each.problem, each.data, float(each.weight)) for each in result.categories]
    if sat != [(asked.problem, asked.data, asked.weight) for asked in setting.categories]:
        yield "It was sat on other problems, weights or data than were set."
    if result.allowed.total_seconds() > 60 * setting.minutes:
        yield f"It allowed itself {in_words(result.allowed)}."
    if result.practice:
        yield "It was sat as practice: the clock could be paused."
    if setting.opens is not None and result.started < setting.opens:
        yield "It began before the window opened."
    if setting.closes is not None and result.started > setting.closes:
        yield "It began after the window closed."


def _compare(looked: Sequence[Collected], learners: Sequence[Learner]) -> Collection:
    """What only shows side by side: one key under several names, several results of one, several exams."""
    names = Counter(each.learner for each in looked if each.result)
    exams = Counter(each.exam for each in looked if each.exam).most_common(1)
    signers: dict[str, set[str]] = {}
    for each in looked:
        if each.result:
            signers.setdefault(each.signer, set()).add(each.learner)
    collected = []
    for each in looked:
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
