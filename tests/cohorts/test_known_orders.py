"""Orders of events that a fault was planted for once, or found in: each with a ledger, to the last number.

Whatever is planted in hand-ins, entries, pending files and regradings, one of these tells;
`test_any_order.py` looks for others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from .histories import BEGIN
from .plain_gradebook import BERLIN, Apply, File, Override, Rules, Run, Step, Undo, Withdraw
from .replay import History, check, histories_in

A, B, C, D, E, F = (File("ann", "problem1", "m.h5", content) for content in "abcdef")
"""a to c earn 1, 3 and 5; nothing reads d; e is too slow for version 0; f earns 4, and 3 from version 1."""
BESIDE, OTHER, BETTER, BROKEN = (File("ann", "problem1", "x/m.h5", content) for content in "abcd")
OF_BOB = File("bob", "problem1", "m.h5", "e")
LAST, LATE = Rules(last=True), Rules(deadline=datetime(2026, 10, 20, 18, tzinfo=BERLIN), per_day=0.25)


def runs(*steps: tuple[tuple[File, ...], dict[str, Any]] | Step) -> list[Step]:
    """Runs of one source, an hour after one another, and other steps between."""
    made: list[Step] = []
    for hour, step in enumerate(steps):
        if isinstance(step, tuple):
            files, more = step
            values = {"source": "class", "version": 0} | more
            made.append(Run(BEGIN + timedelta(hours=hour), files=files, **values))
        else:
            made.append(step)
    return made


def run(*files: File, **more: Any) -> tuple[tuple[File, ...], dict[str, Any]]:
    return files, more


ORDERS: dict[str, list[Step]] = {
    "run again by the same version, the new number counts": runs(run(A), run(A, again=True)),
    "run again by a newer version": runs(run(F, BROKEN), run(F, BROKEN, version=1, again=True)),
    "what is run again waits for nothing": runs(run(A, OTHER), run(A, OTHER, again=True), run(A)),
    "a rerun is taken back, with its configuration": runs(run(F), run(F, version=1, again=True), Undo()),
    "two reruns are taken back, the newer one first": runs(
        run(F, BETTER), run(F, version=1, again=True), run(F, BETTER, again=True), Undo(), Undo()
    ),
    "a rerun after one that was taken back": runs(
        run(F), run(F, version=1, again=True), Undo(), run(F, version=1, again=True)
    ),
    "a rerun is taken back between withdrawals": runs(
        run(F, BETTER),
        Withdraw("ann", "problem1", "c"),
        run(F, BETTER, version=1, again=True),
        Undo(),
        Withdraw("ann", "problem1", "c", undo=True),
    ),
    "one of two files waits, the other has a result": runs(run(A), run(A, BESIDE), run(
        A, OTHER, nothing_runs=True)),
    "what waits in one source is superseded by another's result": runs(
        run(A, nothing_runs=True, source="week1.zip"), run(B, source="week2.zip")
    ),
    "what waits in a later source is not": runs(
        run(A, source="week1.zip"), run(B, source="week2.zip", nothing_runs=True), run(A, source="week1.zip")
    ),
    "an old result of a source supersedes nothing": runs(
        run(B, source="week2.zip", nothing_runs=True), run(A, source="week1.zip"), run(source="week1.zip")
    ),
    "one file twice in a run, when what else runs there is known": runs(run(OF_BOB, A, BESIDE)),
    "killed, and then another file after the one that lay there": runs(
        run(C, killed=True), Apply(LAST), run(C), run(A), run(C)
    ),
    "killed, then other files at that place": runs(run(A, killed=True), run(C), run(A), run(B)),
    "what failed is tried after what is new": runs(
        run(A, nothing_runs=True), run(A, OTHER)
    ),
    "what failed comes at its place, not when it was graded": runs(
        run(A, OTHER, nothing_runs=True), Apply(LAST), run(C, source="week1.zip"), run(A, OTHER)
    ),
    "two of one model take too long": runs(run(E, OF_BOB), run(E, OF_BOB, version=1, again=True)),
    "late until nothing is left, and invalid": runs(
        run(File("ann", "problem1", "m.h5", "a", BEGIN + timedelta(days=9)), BROKEN),
        Apply(LATE),
    ),
    "what is handed in again later was first handed in when it was": runs(
        *(run(replace(file, when=BEGIN + timedelta(hours=hour))) for hour, file in enumerate((A, B, A)))
    ),
    "of what was once handed in without a time, none is known": runs(
        run(replace(A, when=BEGIN)), run(B), run(A)
    ),
    "a score by hand of somebody late": runs(
        run(File("ann", "problem1", "m.h5", "b", BEGIN + timedelta(days=2))), Apply(LATE),
        Override("ann", "problem1", 2.5),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def new_histories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[History]]:
    with histories_in(Path(tmp_path_factory.mktemp("orders"))) as made:
        yield made


@pytest.mark.parametrize("order", ORDERS)
def test_the_gradebook_is_the_plain_one_after(new_histories: Iterator[History], order: str) -> None:
    check(next(new_histories), ORDERS[order])
