"""Pairs of learners whose submissions are alike, and item analysis: in the terminal and as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from ...cohorts.gradebook.item_analysis import CohortAnalysis
from ...cohorts.integrity.similarity import Alike, Pair
from ..terminal import plain

KINDS = {
    Alike.FILE: "same file",
    Alike.WEIGHTS: "same weights",
    Alike.NEAR: "near-identical weights",
    Alike.MISTAKES: "same mistakes",
}
NO_PAIRS = "No two submissions are alike beyond what honest work brings about."
HINT = (
    "Evidence, not a verdict: people may have worked together, or started from one model. "
    "Look at both, and talk to them."
)


def show_pairs(console: Console, pairs: Iterable[Pair], names: Mapping[str, str]) -> None:
    """A line for each piece of evidence. `names` gives what to call a learner; others go by their id."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("Problem", "Learners", "Records", "Alike in", "Evidence"):
        table.add_column(column, overflow="fold")
    for pair in pairs:
        who = plain(" and ".join(names.get(learner, learner) for learner in pair.learners))
        numbers = " and ".join(map(str, pair.numbers))
        for position, evidence in enumerate(pair.evidence):
            first = (pair.problem, who, numbers) if not position else ("", "", "")
            table.add_row(*first, KINDS[evidence.kind], evidence.told)
    console.print(table if table.row_count else NO_PAIRS)
    if table.row_count:
        console.print(HINT)


def pair_record(pair: Pair) -> dict[str, Any]:
    """A pair as plain values that JSON can hold."""
    return {
        "problem": pair.problem,
        "learners": list(pair.learners),
        "records": list(pair.numbers),
        "evidence": [
            {"kind": evidence.kind.value, "measure": round(evidence.measure, 6), "told": evidence.told}
            for evidence in pair.evidence
        ],
    }


def analysis_record(analysis: CohortAnalysis) -> dict[str, Any]:
    """An item analysis as plain values that JSON can hold."""
    return asdict(analysis)
