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

from ...problems import Dataset, Part
from ..score import Unreadable, check_finite, matching_output
from ..scorecard import Record
from .agreement import Agreement, shared_errors, shared_mistakes
from .sketches import Sketch, near_pairs, read_sketch
from .standing import Cohort

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


Sighting = tuple[Record, Record, Evidence]


def similar(cohort: Cohort, answered: Answered, known: Known) -> tuple[Pair, ...]:
    """All pairs of a cohort, problem by problem, the surest first.

    Files and weights are compared over all attempts, the rest over those that count.
    """
    pairs: list[Pair] = []
    for place, problem in enumerate(cohort.problems):
        results = [standing.results[place] for standing in cohort.standings]
        attempts = [record for result in results for record in result.attempts]
        counted = [result.counted for result in results if result.counted is not None]
        pairs += _paired(problem, _sightings(attempts, counted, answered, known))
    return tuple(pairs)


def _sightings(
    attempts: Sequence[Record], counted: Sequence[Record], answered: Answered, known: Known
) -> Iterator[Sighting]:
    sketches = {record.number: read_sketch(record.sketch) for record in attempts if record.sketch}
    drawn = {number: sketch for number, sketch in sketches.items() if sketch is not None}
    yield from _same(
        attempts,
        lambda record: record.digest if record.size else "",
        Evidence(Alike.FILE, "The same file, byte by byte."),
    )
    weights = Evidence(Alike.WEIGHTS, "Other files, but every weight is the same.")
    yield from _same(
        attempts, lambda record: drawn[record.number].whole if record.number in drawn else "", weights
    )
    distinct = _distinct(counted, drawn)
    yield from _near({record.number: record for record in distinct}, drawn)
    yield from _mistaken(distinct, answered, known)


def _same(records: Iterable[Record], key: Callable[[Record], str], evidence: Evidence) -> Iterator[Sighting]:
    """Everybody who has what somebody had before, with whoever had it first."""
    first: dict[str, Record] = {}
    seen: set[tuple[str, str]] = set()
    for record in sorted(records, key=lambda record: (record.when, record.number)):
        told = key(record)
        if not told:
            continue
        earlier = first.setdefault(told, record)
        if earlier.learner != record.learner and (told, record.learner) not in seen:
            seen.add((told, record.learner))
            yield earlier, record, evidence


def _distinct(records: Iterable[Record], drawn: dict[int, Sketch]) -> list[Record]:
    """One record of every model: who handed in a copy is told of already."""
    kept: dict[str, Record] = {}
    for record in records:
        sketch = drawn.get(record.number)
        kept.setdefault(record.digest if sketch is None else sketch.whole, record)
    return list(kept.values())


def _near(records: dict[int, Record], drawn: dict[int, Sketch]) -> Iterator[Sighting]:
    for first, second, alike in near_pairs({number: drawn[number] for number in records if number in drawn}):
        told = f"The weights differ, but in every array they are correlated by {alike:.3f} or more."
        yield records[first], records[second], Evidence(Alike.NEAR, told, alike)


def _mistaken(records: Iterable[Record], answered: Answered, known: Known) -> Iterator[Sighting]:
    graded: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.card.score is not None and record.card.fingerprints is not None:
            graded[record.card.fingerprints.data].append(record)
    for group in graded.values():
        dataset = known(group[0])
        if dataset is None:
            continue
        read = [(record, _read(answered(record.number), dataset)) for record in group]
        told = [(record, answers) for record, answers in read if answers is not None]
        for found in _agreements([answers for _, answers in told], dataset):
            evidence = Evidence(Alike.MISTAKES, found.told, found.share)
            yield told[found.first][0], told[found.second][0], evidence


def _agreements(reads: list[Array], dataset: Dataset) -> tuple[Agreement, ...]:
    if len(reads) < 2:
        return ()
    truth = dataset.answers(Part.HIDDEN).values
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
    except Unreadable:
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
    evidence = (surest,) if exact else tuple({sighting[2].kind: sighting[2] for sighting in seen}.values())
    return Pair(problem, (first.learner, second.learner), (first.number, second.number), evidence)


def _rank(evidence: Evidence) -> tuple[int, float]:
    return list(Alike).index(evidence.kind), -evidence.measure
