"""Collecting the results of a cohort's exam: whose they are, their points, and what speaks against them.

Every file is a stranger's: whatever it is, it is one line in the list, and the others are collected.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..classroom.exam_totals import speaks_against
from ..classroom.signing import LIMIT, Signed, verify
from ..errors import NotGenuine, explained
from ..files.reading import NotRegular, TooLarge, read_file
from ..files.text import one_line
from ..grader.records.cohort import ExamTotal, Learner
from .config import ExamConfig
from .result import ExamResult, in_words, points_follow

if TYPE_CHECKING:
    from ..grader.ledger import Ledger

logger = logging.getLogger(__name__)

MOST_FILES: Final = 5_000
"""So many files of a folder are read."""


@dataclass(frozen=True)
class Collected:
    """One file that was checked."""

    file: str
    """Where it lies in the folder, as it may be shown."""
    result: ExamResult | None
    """None where the signature does not hold."""
    signer: str = ""
    exam: str = ""
    remarks: tuple[str, ...] = ()
    """What speaks against it, a sentence each."""
    digest: str = ""
    """sha256 of the file, in hex; empty where it cannot be read."""
    copies: tuple[str, ...] = ()
    """Where the same file lies too: it is one result."""

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
    alone: tuple[Collected, ...] = ()
    """The same files, with what speaks against each by itself."""

    @property
    def totals(self) -> tuple[ExamTotal, ...]:
        """The genuine results of a mentor's exam, for the gradebook."""
        return tuple(_total(each, each.result) for each in self.alone if each.result and each.exam)


def collect(folder: Path, learners: Sequence[Learner], mentor: str) -> Collection:
    """Checks every `*.json` in a folder and the folders in it, alone and beside the others.

    Args:
        folder: with the signed results. Nothing in it is trusted, and no link is followed.
        learners: the cohort's roster.
        mentor: the public key that signed the exam's configurations.
    """
    ids = {learner.id for learner in learners}
    files = _files(folder)
    checked = _without_copies(_check_safely(folder, file, ids, mentor) for file in files[:MOST_FILES])
    if len(files) > MOST_FILES:
        checked.append(Collected("…", None, remarks=(f"{len(files) - MOST_FILES:,} more were not read.",)))
    return _compare(checked, learners)


def keep(collection: Collection, ledger: Ledger, cohort: str, folder: Path, by: str) -> None:
    """Stores the genuine results for a cohort's gradebook, in place of what the same folder had before.

    Raises:
        NoSuchRecord: no cohort is called so.
        LedgerUnavailable: the database failed; nothing was stored.
    """
    ledger.cohorts.set_exam_results(cohort, str(folder.absolute()), collection.totals, by)


def read_result(file: Path) -> tuple[Signed, ExamResult]:
    """A signed result. Raises NotGenuine where it was changed, or is no exam result."""
    with file.open("rb") as opened:
        return _read(opened.read(LIMIT + 1))


def _read(content: bytes) -> tuple[Signed, ExamResult]:
    signed = verify(content)
    return signed, ExamResult.from_values(signed.values)


def _files(folder: Path) -> list[Path]:
    """The paths below a folder, in order. Links are among them, and not followed."""
    found = [
        Path(above, name)
        for above, _, names in os.walk(folder)
        for name in names
        if name.casefold().endswith(".json")
    ]
    return sorted(found)


def _check_safely(folder: Path, file: Path, ids: set[str], mentor: str) -> Collected:
    name = one_line(file.relative_to(folder).as_posix(), 120)
    try:
        content = read_file(file, LIMIT)
    except NotRegular:
        return Collected(name, None, remarks=("This is a link, or no file at all. It was not opened.",))
    except TooLarge:
        return Collected(name, None, remarks=("This is larger than any result.",))
    except OSError as error:
        return Collected(name, None, remarks=(f"It cannot be read: {explained(error)}.",))
    try:
        checked = _check(name, content, ids, mentor)
    except Exception as error:  # a stranger's file stops nobody's result
        logger.exception("A result cannot be checked: %s", name)
        checked = Collected(name, None, remarks=(f"It cannot be checked ({type(error).__name__}).",))
    return replace(checked, digest=hashlib.sha256(content).hexdigest())


def _check(name: str, content: bytes, ids: set[str], mentor: str) -> Collected:
    try:
        signed, result = _read(content)
    except NotGenuine as error:
        return Collected(name, None, remarks=(str(error),))
    try:
        config, key = ExamConfig.read(result.config)
    except NotGenuine:
        remarks: tuple[str, ...] = ("It holds no mentor's exam configuration.",)
        return Collected(name, result, signed.signer, remarks=remarks)
    remarks = tuple(_remarks(result, config))
    if key != mentor:
        remarks = ("Its exam configuration is not signed by this home's key.", *remarks)
    if result.learner not in ids:
        remarks = (*remarks, f"{one_line(result.learner)} is not in the roster.")
    return Collected(name, result, signed.signer, config.exam, remarks)


def _without_copies(checked: Iterable[Collected]) -> list[Collected]:
    """One for each file, however often it lies in the folder."""
    found: dict[str, Collected] = {}
    for number, each in enumerate(checked):
        key = each.digest or f"unread {number}"
        first = found.setdefault(key, each)
        if first is not each:
            found[key] = replace(first, copies=(*first.copies, each.file))
    return list(found.values())


def _remarks(result: ExamResult, config: ExamConfig) -> Iterable[str]:
    if result.learner != config.learner:
        yield f"Its exam configuration was made for {one_line(config.learner)}."
    taken = [(each.problem, each.data, float(each.weight)) for each in result.categories]
    if taken != [(each.problem, each.data, each.weight) for each in config.categories]:
        yield "Its problems, weights or data are not those of its exam configuration."
    if not points_follow(result):
        yield "Its points do not follow from its scores and weights."
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
    exams = Counter(each.exam for each in checked if each.exam).most_common(1)
    against = speaks_against([_total(each, each.result) for each in checked if each.result])
    collected = []
    for each in checked:
        remarks = list(against.get(each.digest, each.remarks))
        if each.exam and each.exam != exams[0][0]:
            remarks.append(f"It is of another exam ({one_line(each.exam)}) than most here.")
        collected.append(replace(each, remarks=tuple(remarks)))
    good = {each.learner for each in collected if each.result and not each.remarks}
    missing = tuple(learner.id for learner in learners if learner.id not in good)
    return Collection(tuple(collected), missing, tuple(checked))


def _total(each: Collected, result: ExamResult) -> ExamTotal:
    return ExamTotal(
        learner=result.learner,
        exam=each.exam,
        total=result.total,
        passed=result.passed,
        points={one.problem: one.points for one in result.categories},
        file=each.file,
        digest=each.digest,
        signer=each.signer,
        remarks=each.remarks,
    )
