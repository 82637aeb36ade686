"""Two attempts side by side: is the later one better, and what of model, settings and starter differs.

Whether one is better is a paired test, example by example, of figures that were told for both. Where the
ladder told no figures of an attempt (`scoring/ladder.py`), no test is made: it would tell them after all.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ..errors import BadData, BadOption, UnknownProblem
from ..problems import Dataset, DataStore, Split, find
from .records import Curves, Notes
from .scoring.card import Record, ScoreCard
from .scoring.ladder import ladder_of

if TYPE_CHECKING:
    from .ledger import Ledger

_CONTEXT: Final = 2
"""Lines around a change."""
_SETTINGS: Final = (
    "input",
    "output",
    "parameters",
    "activations",
    "optimizer",
    "learning_rate",
    "loss",
    "form",
)


class Difference(StrEnum):
    """Of the second attempt against the first, on the same hidden examples."""

    BETTER = "better"
    SAME = "not measurably different"
    WORSE = "worse"
    NOT_BETTER = "not measurably better"
    UNKNOWN = "not compared"


@dataclass(frozen=True)
class ComparedAttempt:
    """One attempt, and what is kept with it."""

    record: Record
    notes: Notes
    curves: Curves | None


@dataclass(frozen=True)
class Comparison:
    """Two attempts of one problem."""

    before: ComparedAttempt
    after: ComparedAttempt
    outcome: Difference
    why: str
    """A sentence where they could not be compared, or no figures of one are told; else empty."""

    @property
    def settings(self) -> tuple[tuple[str, str, str], ...]:
        """What of model and settings differs: its name, and as it was in each; empty where not known."""
        return setting_changes(self.before.record.card, self.after.record.card)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers of both, as a diff; empty where they are the same, or not known of one."""
        before, after = (each.record.card.model.get("layers", "") for each in (self.before, self.after))
        if not before or not after or before == after:
            return ()
        lines = difflib.ndiff(before.splitlines(), after.splitlines())
        return tuple(line for line in lines if not line.startswith("?"))

    @property
    def source(self) -> tuple[str, ...]:
        """The starters as they were, as a unified diff; empty where they are the same, or one is not kept."""
        before, after = self.before.notes.source, self.after.notes.source
        if not before or not after:
            return ()
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=_CONTEXT, lineterm="")
        return tuple(lines)[2:]


def setting_changes(before: ScoreCard, after: ScoreCard) -> tuple[tuple[str, str, str], ...]:
    """What of model and settings differs: its name, and as it was in each; empty where not known."""
    pairs = ((name, *(card.model.get(name, "") for card in (before, after))) for name in _SETTINGS)
    return tuple((name, one, other) for name, one, other in pairs if one != other)


def compare_attempts(before: int, after: int, ledger: Ledger, store: DataStore) -> Comparison:
    """Two submissions of one problem.

    Args:
        before: the number of one.
        after: the number of the other.
        ledger: an open ledger.
        store: holds the data that predictions are compared on. Nothing is fetched.

    Raises:
        NoSuchRecord: no submission has one of the numbers.
        BadOption: they are for two problems.
        LedgerUnavailable: the ledger failed.
    """
    records = ledger.read(before), ledger.read(after)
    one, other = (
        ComparedAttempt(each, ledger.notes.read(each.number), ledger.curves.read(each.number))
        for each in records
    )
    problems = [each.card.problem for each in records]
    if problems[0] != problems[1]:
        raise BadOption(
            f"Submission {before} is for {problems[0]} and submission {after} for {problems[1]}. "
            "Two attempts at one problem can be compared: `tfprep history` lists them."
        )
    return Comparison(one, other, *_outcome(*records, ledger, store))


def _outcome(before: Record, after: Record, ledger: Ledger, store: DataStore) -> tuple[Difference, str]:
    if why := _not_comparable(before, after):
        return Difference.UNKNOWN, why
    for each in (after, before):
        if each.figures_of is not None:
            outcome = Difference.NOT_BETTER if after.figures_of == before.number else Difference.UNKNOWN
            return outcome, _no_figures(each)
    dataset = _dataset_of(before, store)
    predictions = [ledger.predictions(each.number) for each in (before, after)]
    if dataset is None or predictions[0] is None or predictions[1] is None:
        return (
            Difference.UNKNOWN,
            "The data that they were scored on, or their predictions, are not here.",
        )
    beats = ladder_of(dataset, Split.HIDDEN)
    if beats(predictions[0], predictions[1]):
        return Difference.BETTER, ""
    return (Difference.WORSE if beats(predictions[1], predictions[0]) else Difference.SAME), ""


def _no_figures(record: Record) -> str:
    return (
        f"Submission {record.number} did not beat the best before it, submission {record.figures_of}, by "
        "more than chance, so no figures of it are told. `tfprep check` compares them on validation data."
    )


def _not_comparable(before: Record, after: Record) -> str:
    for each in (before, after):
        if each.card.value is None:
            return f"Submission {each.number} has no figures: {each.card.reason}"
    one, other = before.card.fingerprints, after.card.fingerprints
    if one is None or other is None or (one.data, one.scoring) != (other.data, other.scoring):
        return "They were scored on different data, or by different rules."
    return ""


def _dataset_of(record: Record, store: DataStore) -> Dataset | None:
    """The data that a record was scored on; None where it is not on this machine."""
    try:
        dataset = store.ready(find(record.card.problem), record.card.data_source)
    except (BadData, UnknownProblem, KeyError):
        return None
    prints = record.card.fingerprints
    return dataset.scored_as(prints.data) if dataset and prints else None
