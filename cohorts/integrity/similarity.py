"""Who handed in what somebody else handed in: pairs, each with its evidence. A mentor judges, not this.

    the same file               one sha256 for both
    the same weights            in another file format, under other names, or in another order
    near-identical weights      every trained array is correlated: trained on, or blurred
    the same mistakes           more of them than honest models share, given how hard each question is

The lines were measured on honest learners of one architecture: see design/similarity.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UnreadablePredictions
from ...grader.records.cohort import Cohort
from ...grader.scoring.card import Record
from ...grader.scoring.score import check_finite, matching_output
from ...problems import Dataset, Split
from .prediction_agreement import Agreement, shared_errors, shared_mistakes
from .weight_comparison import WeightFingerprint, near_pairs, read_weight_fingerprint

Array = NDArray[Any]
Answered = Callable[[int], Array | None]
"""From a record's number to the predictions kept with it: `Ledger.predictions`."""
Known = Callable[[Record], Dataset | None]
"""From a record to the data it was graded on; None where that is not on this machine."""


class Alike(StrEnum):
    """In which way two submissions are alike, the surest first."""

    FILE = "same_file"
    WEIGHTS = "same_weights"
    NEAR = "near_identical_weights"
    MISTAKES = "same_mistakes"


@dataclass(frozen=True)
class Evidence:
    """One way in which a pair is alike."""

    kind: Alike
    told: str
    """In numbers, for a mentor."""
    measure: float = 1.0
    """1 for the same; for what is nearly so, the correlation or the share that is shared beyond chance."""


@dataclass(frozen=True)
class Pair:
    """Two learners whose submissions to a problem are alike."""

    problem: str
    learners: tuple[str, str]
    """Their ids; of the same file or weights, whoever handed it in first comes first."""
    numbers: tuple[int, int]
    """Of the records."""
    evidence: tuple[Evidence, ...]
    """The surest first, never empty. What follows from a surer one is left out."""


@dataclass(frozen=True)
class Work:
    """One attempt, and whose it is: the cohort knows people by the ids of its roster."""

    learner: str
    record: Record


Sighting = tuple[Work, Work, Evidence]


def similar(cohort: Cohort, answered: Answered, known: Known) -> tuple[Pair, ...]:
    """All pairs of a cohort, problem by problem, the surest first.

    Files and weights are compared over all attempts, the rest over those that count.
    """
    pairs: list[Pair] = []
    for place, problem in enumerate(cohort.problems):
        results = [(one.learner.id, one.results[place]) for one in cohort.learners]
        attempts = [Work(learner, record) for learner, result in results for record in result.attempts]
        counted = [Work(learner, result.counted) for learner, result in results if result.counted is not None]
        pairs += _paired(problem, _sightings(attempts, counted, answered, known))
    return tuple(pairs)


def _sightings(
    attempts: Sequence[Work], counted: Sequence[Work], answered: Answered, known: Known
) -> Iterator[Sighting]:
    drawn = _sketches(attempts)
    same_file = Evidence(Alike.FILE, "The same file, byte by byte.")
    same_weights = Evidence(Alike.WEIGHTS, "Other files, but every weight is the same.")
    yield from _same(attempts, lambda work: work.record.digest if work.record.size else "", same_file)
    yield from _same(
        attempts,
        lambda work: drawn[work.record.number].whole if work.record.number in drawn else "",
        same_weights,
    )
    distinct = _distinct(counted, drawn)
    yield from _near(distinct, drawn)
    yield from _mistaken(distinct, answered, known)


def _sketches(works: Iterable[Work]) -> dict[int, WeightFingerprint]:
    read = ((work.record.number, read_weight_fingerprint(work.record.weight_fingerprint)) for work in works)
    return {
        number: weight_fingerprint for number, weight_fingerprint in read if weight_fingerprint is not None
    }


def _same(works: Iterable[Work], key: Callable[[Work], str], evidence: Evidence) -> Iterator[Sighting]:
    """Everybody who has what somebody had before, with whoever had it first."""
    first: dict[str, Work] = {}
    seen: set[tuple[str, str]] = set()
    for work in sorted(works, key=lambda work: (work.record.when, work.record.number)):
        told = key(work)
        if not told:
            continue
        earlier = first.setdefault(told, work)
        if earlier.learner != work.learner and (told, work.learner) not in seen:
            seen.add((told, work.learner))
            yield earlier, work, evidence


def _distinct(works: Iterable[Work], drawn: dict[int, WeightFingerprint]) -> list[Work]:
    """One work of every model: who handed in a copy is told of already."""
    kept: dict[str, Work] = {}
    for work in works:
        weight_fingerprint = drawn.get(work.record.number)
        kept.setdefault(work.record.digest if weight_fingerprint is None else weight_fingerprint.whole, work)
    return list(kept.values())


def _near(works: Iterable[Work], drawn: dict[int, WeightFingerprint]) -> Iterator[Sighting]:
    by_number = {work.record.number: work for work in works if work.record.number in drawn}
    for first, second, alike in near_pairs({number: drawn[number] for number in by_number}):
        told = f"The weights differ, but in every array they are correlated by {alike:.3f} or more."
        yield by_number[first], by_number[second], Evidence(Alike.NEAR, told, alike)


def _mistaken(works: Iterable[Work], answered: Answered, known: Known) -> Iterator[Sighting]:
    graded: dict[str, list[Work]] = defaultdict(list)
    for work in works:
        card = work.record.card
        if card.score is not None and card.fingerprints is not None:
            graded[card.fingerprints.data].append(work)
    for group in graded.values():
        dataset = known(group[0].record)
        if dataset is None:
            continue
        read = [(work, _read(answered(work.record.number), dataset)) for work in group]
        told = [(work, labels) for work, labels in read if labels is not None]
        for found in _agreements([labels for _, labels in told], dataset):
            evidence = Evidence(Alike.MISTAKES, found.told, found.share)
            yield told[found.first][0], told[found.second][0], evidence


def _agreements(reads: list[Array], dataset: Dataset) -> tuple[Agreement, ...]:
    if len(reads) < 2:
        return ()
    truth = dataset.labels(Split.HIDDEN).values
    if dataset.classes:
        return shared_mistakes(np.stack(reads), truth, len(dataset.classes))
    return shared_errors(np.stack(reads), truth)


def _read(predictions: Array | None, dataset: Dataset) -> Array | None:
    """Predictions in the form that the metric takes; None where there are none that can be read."""
    if predictions is None:
        return None
    try:
        output = matching_output(predictions, len(predictions), dataset.outputs)
        check_finite(predictions)
    except UnreadablePredictions:
        return None
    return output.read(predictions)


def _paired(problem: str, sightings: Iterable[Sighting]) -> list[Pair]:
    """A pair for every two learners, with all their evidence but what follows from a surer one."""
    found: dict[frozenset[str], list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        if sighting[0].learner != sighting[1].learner:
            found[frozenset((sighting[0].learner, sighting[1].learner))].append(sighting)
    pairs = [_pair(problem, seen) for seen in found.values()]
    return sorted(pairs, key=lambda pair: (_rank(pair.evidence[0]), pair.learners))


def _pair(problem: str, seen: list[Sighting]) -> Pair:
    seen = sorted(seen, key=lambda sighting: _rank(sighting[2]))
    first, second, surest = seen[0]
    exact = surest.kind in (Alike.FILE, Alike.WEIGHTS)
    return Pair(
        problem,
        (first.learner, second.learner),
        (first.record.number, second.record.number),
        (surest,) if exact else tuple({each.kind: each for _, _, each in seen}.values()),
    )


def _rank(evidence: Evidence) -> tuple[int, float]:
    return list(Alike).index(evidence.kind), -evidence.measure
