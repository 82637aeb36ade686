"""Everything that a report shows beside a score card, gathered from a ledger and the data on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from ..errors import BadData, UnknownProblem, best_effort
from ..files.text import say_nothing
from ..problems import Dataset, DataStore, Split, find
from .scoring.card import Record
from .services import NO_CURVES, ReportData

if TYPE_CHECKING:
    from .ledger import Ledger
    from .scoring.analysis import Analysis

_NO_ANALYSIS: Final = "What the predictions show could not be computed"
_NO_DATA: Final = "What the predictions show cannot be drawn: the data they were scored on is not here."


class ReportDataLoader:
    """Report data for many records of one ledger, which is not to change meanwhile: nothing is read twice."""

    def __init__(self, ledger: Ledger, store: DataStore) -> None:
        self._ledger = ledger
        self._attempts = cache(ledger.history)
        self._dataset = cache(partial(_ready, store))
        self._store = store
        self._told = cache(self._find_told)
        self._baselines = cache(_baselines_of)
        self._notes = cache(ledger.notes.by_number)

    def gather(self, record: Record) -> ReportData:
        """All report data that is on this machine. What cannot be had is missing; the log says why."""
        missing: list[str] = []
        nothing: tuple[Analysis | None, str, int | None] = (None, "", None)
        analysis, why, earlier = best_effort(
            lambda: self._analyse(record), nothing, _NO_ANALYSIS, missing.append
        )
        return ReportData(
            analysis=analysis,
            no_analysis=" ".join([why, *missing]).strip(),
            figures_of=earlier,
            curves=best_effort(lambda: self._ledger.curves.read(record.number), None, NO_CURVES, say_nothing),
            attempts=best_effort(
                lambda: self._attempts_of(record), (record,), "No earlier attempts", say_nothing
            ),
            baselines=best_effort(lambda: self._baselines_of(record), (), "No baselines", say_nothing),
            notes=best_effort(self._notes, {}, "No notes", say_nothing),
        )

    def _attempts_of(self, record: Record) -> tuple[Record, ...]:
        return self._attempts(record.learner, record.card.problem)

    def _analyse(self, record: Record) -> tuple[Analysis | None, str, int | None]:
        card = record.card
        if card.value is None:
            return None, "", None
        if self._is_of_mentors_exam(record):
            return None, "", None
        dataset = self._scored_on(record)
        if dataset is None:
            return None, _NO_DATA, None
        from .scoring.analysis import analyse_predictions

        of = record.figures_of or record.number
        told = self._told(record.learner, card.problem, dataset).get(of, of)
        key = self._store.key_for("the noise of figures")
        analysis = analyse_predictions(card, self._ledger.predictions(told), dataset, key=key)
        return analysis, "", None if told == record.number else told

    def _baselines_of(self, record: Record) -> tuple[tuple[str, float], ...]:
        if record.card.value is None or self._is_of_mentors_exam(record):
            return ()
        dataset = self._scored_on(record)
        return () if dataset is None else self._baselines(dataset)

    def _is_of_mentors_exam(self, record: Record) -> bool:
        whole = self._dataset(record.card.problem, record.card.data_source)
        return whole is not None and not whole.has(Split.HIDDEN)

    def _scored_on(self, record: Record) -> Dataset | None:
        whole, prints = self._dataset(record.card.problem, record.card.data_source), record.card.fingerprints
        return whole.scored_as(prints.data) if whole and prints else None

    def _find_told(self, learner: str, problem: str, dataset: Dataset) -> Mapping[int, int]:
        """For each attempt on this data, by number, that of the one whose figures are told for it.

        Else one could change one prediction after the other, and read a label from what the figures do.
        """
        from .scoring.analysis import places_told

        attempts = sorted(self._attempts(learner, problem), key=lambda each: each.number)
        numbers = [each.number for each in attempts if _fingerprint_of_data(each) == dataset.fingerprint]
        places = places_told(map(self._ledger.predictions, numbers), dataset)
        return {number: numbers[place] for number, place in zip(numbers, places, strict=True)}


def _baselines_of(dataset: Dataset) -> tuple[tuple[str, float], ...]:
    from .diagnosis.mistakes import told_baselines

    return told_baselines(dataset)


def _fingerprint_of_data(record: Record) -> str:
    return record.card.fingerprints.data if record.card.fingerprints is not None else ""


def _ready(store: DataStore, problem: str, data_source: str) -> Dataset | None:
    try:
        return store.ready(find(problem), data_source)
    except (BadData, UnknownProblem, KeyError):
        return None
