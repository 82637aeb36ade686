"""Finds pairs of learners whose submissions are alike, each with its evidence. A mentor judges, not this.

    the same file               one sha256 for both
    the same weights            in another file format, under other names, or in another order
    near-identical weights      in every array that training changed: trained further, blurred, pruned,
                                rounded, or with hidden units in another order
    the same mistakes           more than honest models share, given the difficulty of each input

The thresholds were measured on honest learners of one architecture: see design/similarity.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import product
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from ...grader.records.cohort import Cohort, Learner, Result
from ...grader.scoring.analysis import decode_predictions
from ...grader.scoring.card import Record
from ...problems import Dataset, Split
from .prediction_agreement import Agreement, shared_errors, shared_mistakes
from .weight_comparison import near_pairs
from .weight_fingerprints import WeightFingerprint, read_weight_fingerprint

Array = NDArray[Any]
ReadPredictions = Callable[[int], Array | None]
"""From a record's number to its stored predictions: `Ledger.predictions`."""
FindDataset = Callable[[Record], Dataset | None]
"""From a record to the data it was graded on; None where that is not on this machine."""


class Similarity(StrEnum):
    """In which way two submissions are alike, the surest first."""

    FILE = "same_file"
    WEIGHTS = "same_weights"
    NEAR = "near_identical_weights"
    MISTAKES = "same_mistakes"


_MOST_IDS: Final = 3
"""An address that more have is an office's, and nobody's own."""
_LEARNING: Final = frozenset(
    ("underfitting", "overfitting", "barely_missed", "more_to_learn", "larger_than_needed")
)
"""Findings that tell how well a model has learned. The others tell of an error in its code."""
EXACT: Final = (Similarity.FILE, Similarity.WEIGHTS)
"""Whose copies are all one: what else they have in common follows from it."""


@dataclass(frozen=True)
class Evidence:
    """One way in which a pair is alike."""

    kind: Similarity
    text: str
    """The numbers, in a sentence for a mentor."""
    measure: float = 1.0
    """1 for the same; else the correlation, or the share of mistakes in common beyond chance."""


@dataclass(frozen=True)
class Pair:
    """Two learners whose submissions to a problem are alike."""

    problem: str
    learners: tuple[str, str]
    """Their ids. Where both hand-in times are known the earlier comes first, else the order tells nothing."""
    numbers: tuple[int, int]
    """Of the records."""
    evidence: tuple[Evidence, ...]
    """The surest first, never empty. What follows from surer evidence is left out."""
    handed_in: tuple[datetime | None, datetime | None] = (None, None)
    groups: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    """The ids of all for whom either was handed in; empty where that was its learner alone."""


@dataclass(frozen=True)
class _Submitted:
    """One attempt with its learner's id in the roster."""

    learner: str
    record: Record
    handed_in: datetime | None
    group: frozenset[str] = frozenset()
    """All for whom it was handed in, where that was a group."""
    person: frozenset[str] = frozenset()
    """All ids that this learner has, where there are several."""

    @classmethod
    def of(cls, learner: str, record: Record, result: Result, person: frozenset[str]) -> Self:
        """One of a result's attempts."""
        counts = result.counted is not None and result.counted.number == record.number
        when = result.times.get(record.number) or (result.handed_in if counts else None)
        partners = result.partners.get(record.number)
        return cls(learner, record, when, partners | {learner} if partners else frozenset(), person)

    @property
    def order(self) -> tuple[datetime, str, int]:
        """By hand-in time; those of which it is not known come last, in an order that tells nothing."""
        known = self.handed_in or datetime.max.replace(tzinfo=UTC)
        return known, self.learner, self.record.number


_Match = tuple[_Submitted, _Submitted, Evidence]
_Fingerprints = Mapping[int, WeightFingerprint]
"""By the number of the record."""


def find_similar(
    cohort: Cohort, read_predictions: ReadPredictions, find_dataset: FindDataset
) -> tuple[Pair, ...]:
    """All pairs of a cohort, problem by problem, the surest first.

    Those who handed in together, as a group, are no pair of this problem. Whoever is alike to their work is
    one with each of them.

    Args:
        cohort: files and weights of all attempts are compared, mistakes only of the attempts that count.
        read_predictions: the stored predictions of a record, (n, *output); None where there are none.
        find_dataset: the data that a record was graded on; where it gives None, mistakes are not compared.
    """
    pairs: list[Pair] = []
    persons = _persons(each.learner for each in cohort.learners)
    for index, problem in enumerate(cohort.problems):
        results = [(each.learner.id, each.results[index]) for each in cohort.learners]
        attempts = [
            _Submitted.of(learner, record, each, persons[learner])
            for learner, each in results
            for record in each.attempts
        ]
        counted = [
            _Submitted.of(learner, each.counted, each, persons[learner])
            for learner, each in results
            if each.counted is not None
        ]
        found = _matches(attempts, counted, read_predictions, find_dataset)
        pairs += _paired(problem, _for_each_owner(found, attempts))
    return tuple(pairs)


def count_older(cohort: Cohort) -> int:
    """How many submissions were graded by a version whose weight fingerprints tell only what is the same."""
    attempts = (record for each in cohort.learners for result in each.results for record in result.attempts)
    read = (read_weight_fingerprint(record.weight_fingerprint) for record in attempts)
    return sum(each is not None and not each.comparable for each in read)


def _matches(
    attempts: Sequence[_Submitted],
    counted: Sequence[_Submitted],
    read_predictions: ReadPredictions,
    find_dataset: FindDataset,
) -> Iterator[_Match]:
    texts = {each.record.number: each.record.weight_fingerprint for each in attempts}
    read = {number: read_weight_fingerprint(text) for number, text in texts.items()}
    fingerprints = {number: each for number, each in read.items() if each is not None}

    def digest(submitted: _Submitted) -> str:
        return submitted.record.digest if submitted.record.size else ""

    def weights(submitted: _Submitted) -> str:
        number = submitted.record.number
        found = fingerprints.get(number)
        return found.whole if found is not None and found.tells else ""

    yield from _same(attempts, digest, Evidence(Similarity.FILE, "The same file, byte by byte."))
    yield from _same(
        attempts, weights, Evidence(Similarity.WEIGHTS, "Other files, but every weight is the same.")
    )
    # One submission of every model: its copies are reported already.
    distinct: dict[str, _Submitted] = {}
    for each in counted:
        distinct.setdefault(weights(each) or each.record.digest, each)
    yield from _near(distinct.values(), fingerprints)
    yield from _mistaken(distinct.values(), read_predictions, find_dataset)


def _same(
    attempts: Iterable[_Submitted], key: Callable[[_Submitted], str], evidence: Evidence
) -> Iterator[_Match]:
    """Each learner who has the same as another one, with the first of them: 30 copies are 29 matches."""
    partners = _partners(attempts)
    by_value: dict[str, dict[str, _Submitted]] = defaultdict(dict)
    for each in sorted(attempts, key=lambda each: each.order):
        if value := key(each):
            by_value[value].setdefault(each.learner, each)
    for owners in by_value.values():
        for each in owners.values():
            strangers = (one for one in owners.values() if one.learner not in partners[each.learner])
            if (other := next(strangers, None)) is not None:
                yield other, each, evidence


def _persons(learners: Iterable[Learner]) -> Mapping[str, frozenset[str]]:
    """By each id, all ids of the same person: two or three that have one e-mail address."""
    persons: dict[str, frozenset[str]] = {}
    by_address: dict[str, set[str]] = defaultdict(set)
    for each in learners:
        persons[each.id] = frozenset((each.id,))
        if "@" in each.email:
            by_address[each.email.strip().casefold()].add(each.id)
    for ids in by_address.values():
        if len(ids) <= _MOST_IDS:
            persons.update(dict.fromkeys(ids, frozenset(ids)))
    return persons


def _partners(attempts: Iterable[_Submitted]) -> Mapping[str, set[str]]:
    """Each learner, under every id, and everybody with whom they handed in this problem."""
    partners: dict[str, set[str]] = {}
    for each in attempts:
        partners.setdefault(each.learner, {each.learner}).update(each.group, each.person)
    return partners


def _for_each_owner(matches: Iterable[_Match], attempts: Sequence[_Submitted]) -> Iterator[_Match]:
    """A match of a group's work is one of each of its members, but never of two of them."""
    partners = _partners(attempts)
    owners: dict[tuple[str, frozenset[str]], list[_Submitted]] = defaultdict(list)
    for each in attempts:
        owners[each.record.digest, each.group].append(each)

    def all_of(submitted: _Submitted) -> Sequence[_Submitted]:
        return owners[submitted.record.digest, submitted.group] if submitted.group else (submitted,)

    for one, other, evidence in matches:
        for first, second in product(all_of(one), all_of(other)):
            if second.learner not in partners[first.learner]:
                yield first, second, evidence


def _near(counted: Iterable[_Submitted], fingerprints: _Fingerprints) -> Iterator[_Match]:
    by_number = {each.record.number: each for each in counted if each.record.number in fingerprints}
    for near in near_pairs({number: fingerprints[number] for number in by_number}):
        evidence = Evidence(Similarity.NEAR, near.evidence, near.least)
        yield by_number[near.first], by_number[near.second], evidence


def _mistaken(
    counted: Iterable[_Submitted], read_predictions: ReadPredictions, find_dataset: FindDataset
) -> Iterator[_Match]:
    by_data: dict[str, list[_Submitted]] = defaultdict(list)
    for each in counted:
        card = each.record.card
        if card.score is not None and card.fingerprints is not None:
            by_data[card.fingerprints.data].append(each)
    for group in by_data.values():
        dataset = find_dataset(group[0].record)
        if dataset is None:
            continue
        truth = dataset.labels(Split.HIDDEN).values
        stored = ((each, read_predictions(each.record.number)) for each in group)
        read = ((each, decode_predictions(one, truth, dataset)) for each, one in stored if one is not None)
        known = [(each, predictions) for each, predictions in read if predictions is not None]
        for found in _agreements([predictions for _, predictions in known], truth, dataset):
            first, second = known[found.first][0], known[found.second][0]
            # One error in the code of both explains their mistakes.
            if not _errors(first.record) & _errors(second.record):
                yield first, second, Evidence(Similarity.MISTAKES, found.evidence, found.share)


def _errors(record: Record) -> frozenset[str]:
    return frozenset(each.code for each in record.card.findings) - _LEARNING


def _agreements(reads: list[Array], truth: Array, dataset: Dataset) -> tuple[Agreement, ...]:
    if len(reads) < 2:
        return ()
    if dataset.classes:
        return shared_mistakes(np.stack(reads), truth, len(dataset.classes))
    return shared_errors(np.stack(reads), truth)


def _paired(problem: str, matches: Iterable[_Match]) -> list[Pair]:
    """A pair for every two learners, with all evidence that does not follow from surer evidence."""
    found: dict[frozenset[str], list[_Match]] = defaultdict(list)
    for match in matches:
        if match[0].learner != match[1].learner:
            found[frozenset((match[0].learner, match[1].learner))].append(match)
    pairs = [_pair(problem, each) for each in found.values()]
    return sorted(pairs, key=lambda pair: (_rank(pair.evidence[0]), pair.learners))


def _pair(problem: str, matches: list[_Match]) -> Pair:
    matches = sorted(matches, key=lambda match: _rank(match[2]))
    *both, surest = matches[0]
    first, second = sorted(both, key=lambda each: each.order)
    return Pair(
        problem,
        (first.learner, second.learner),
        (first.record.number, second.record.number),
        (surest,) if surest.kind in EXACT else tuple({each.kind: each for _, _, each in matches}.values()),
        (first.handed_in, second.handed_in),
        (first.group, second.group),
    )


def _rank(evidence: Evidence) -> tuple[int, float]:
    return list(Similarity).index(evidence.kind), -evidence.measure
