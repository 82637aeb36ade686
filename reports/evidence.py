"""What is known of a submission beside its record: its predictions, its training, the attempts before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..grader import Record
from ..grader.analysis import Analysis, analyse
from ..grader.curves import Curves
from ..problems import BadData, DataStore, UnknownProblem, find

if TYPE_CHECKING:
    from ..grader.ledger import Ledger


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
    analysis, why = _analyse(record, ledger, store)
    return Evidence(
        analysis=analysis,
        no_analysis=why,
        curves=ledger.curves.read(record.number),
        attempts=ledger.history(learner=record.learner, problem=record.card.problem),
    )


def _analyse(record: Record, ledger: Ledger, store: DataStore) -> tuple[Analysis | None, str]:
    card = record.card
    if card.value is None:
        return None, ""
    try:
        dataset = store.ready(find(card.problem), card.edition)
    except (BadData, UnknownProblem, KeyError):
        dataset = None
    if dataset is None or card.fingerprints is None or card.fingerprints.data != dataset.fingerprint:
        return None, "What the predictions show cannot be drawn: the data they were scored on is not here."
    return analyse(card, ledger.predictions(record.number), dataset), ""
