"""What a report needs beside a record: analysed predictions, training curves and earlier attempts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from ..errors import BadData, UnknownProblem
from ..problems import Dataset, DataStore, find
from .scoring.card import Record

if TYPE_CHECKING:
    from .ledger import Ledger
    from .scoring.analysis import Analysis
    from .submission.curves import Curves


@dataclass(frozen=True)
class Evidence:
    """Everything a page shows that a score card does not hold. Each part may be missing."""

    analysis: Analysis | None = None
    no_analysis: str = ""
    """A sentence on why there is none, where one could be expected."""
    curves: Curves | None = None
    attempts: tuple[Record, ...] = ()
    """This learner's at this problem, oldest first, the submission itself among them."""


def gather(record: Record, ledger: Ledger, store: DataStore) -> Evidence:
    """All evidence that is on this machine. The data is not fetched for it."""
    return EvidenceLoader(ledger, store).gather(record)


class EvidenceLoader:
    """Evidence for many records of one ledger, which is not to change meanwhile: nothing is read twice."""

    def __init__(self, ledger: Ledger, store: DataStore) -> None:
        self._ledger = ledger
        self._attempts = cache(ledger.history)
        self._dataset = cache(partial(_ready, store))

    def gather(self, record: Record) -> Evidence:
        """All evidence that is on this machine."""
        analysis, why = self._analyse(record)
        return Evidence(
            analysis=analysis,
            no_analysis=why,
            curves=self._ledger.curves.read(record.number),
            attempts=self._attempts(record.learner, record.card.problem),
        )

    def _analyse(self, record: Record) -> tuple[Analysis | None, str]:
        card = record.card
        if card.value is None:
            return None, ""
        dataset = self._dataset(card.problem, card.data_source)
        if dataset is None or card.fingerprints is None or card.fingerprints.data != dataset.fingerprint:
            return None, _NO_DATA
        from .scoring.analysis import analyse

        return analyse(card, self._ledger.predictions(record.number), dataset), ""


def _ready(store: DataStore, problem: str, data_source: str) -> Dataset | None:
    try:
        return store.ready(find(problem), data_source)
    except (BadData, UnknownProblem, KeyError):
        return None


_NO_DATA: Final = "What the predictions show cannot be drawn: the data they were scored on is not here."
