"""Prints which models the check with changed copies names.

    python -m tests.contamination FOLDER [PROBLEM…]

Models predict for the half of the hidden test set that practice is scored on, where it is divided. Data and
trained models are kept in FOLDER, and what was measured in FOLDER/contamination: an interrupted
run goes on where it was. Models are functions here, and each call gets what it gets in a worker. Prints the
tables of design/contamination.md.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tfprep.grader.copies import HIGH, CopiesCheck, SortedPredictions, mix_further_copies, mix_with_copies
from tfprep.grader.copies.check import MEMORISED, SCATTERED, UNMOVED, band_width
from tfprep.grader.copies.compare import CopiesComparison
from tfprep.grader.copies.mixed_inputs import MixedInputs
from tfprep.problems import Dataset, DataStore, Split, find
from tfprep.sandbox.protocol.packing import PackedInputs, read_array, read_calls

from ..calibration import secret_of
from .honest import Predict, honest
from .tables import Known, Refuses, score_of, tables, value

NAMES = ("regression", "forecast", "mnist", "flowers", "imdb")
KEYS = 5
"""So many keys draw copies and order; models take them in turn."""
TABLE_KEYS = {"regression": KEYS, "forecast": KEYS, "flowers": KEYS, "mnist": KEYS, "imdb": 2}
"""Each kind of table is asked with so many; nearest neighbours of thousands take long."""
WEAK = {"regression": 3.4, "forecast": 0.33, "mnist": 0.94, "flowers": 0.4, "imdb": 0.76}


BY_NUMBERS = (MEMORISED, UNMOVED, SCATTERED)


class Asked:
    """One set of a key, as a worker gives it to a model."""

    def __init__(self, dataset: Dataset, key: bytes, *, bare: bool = False) -> None:
        self.asked: MixedInputs = mix_with_copies(dataset, Split.HIDDEN, key, bare=bare)
        self.inputs, self.calls = read_packed(dataset, self.asked.inputs)

    def answer(self, predict: Predict, *, in_calls: bool) -> SortedPredictions:
        """The answers of a model; in calls, where it may look at them."""
        if not in_calls:
            return SortedPredictions.sort(np.asarray(predict(self.inputs)), self.asked)
        ends = np.cumsum(self.calls)[:-1]
        return SortedPredictions.sort(
            np.concatenate([np.asarray(predict(part)) for part in np.split(self.inputs, ends)]), self.asked
        )


def read_packed(dataset: Dataset, packed: PackedInputs) -> tuple[Any, list[int]]:
    """The inputs in their first form, and the sizes of calls."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(packed.packed)
        file.flush()
        path = Path(file.name)
        return np.array(read_array(path, dataset.problem.inputs[0].name)), read_calls(path)


class Measurement:
    """One problem: its sets, and what was measured of it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.whole = DataStore(folder, secret_of(0)).load(find(name), "package")
        self.dataset = self.whole.feedback
        self.sets = [Asked(self.dataset, f"key {number}".encode()) for number in range(KEYS)]
        self.bare = Asked(self.dataset, b"key 0", bare=True)
        self.path = folder / "contamination" / f"{name}.json"
        self.rows: dict[str, Any] = json.loads(self.path.read_text()) if self.path.is_file() else {}

    def measure(self, name: str, predict: Predict, *, in_calls: bool = False, number: int = 0) -> None:
        """Asks one model, where it was not asked yet."""
        if name in self.rows:
            return
        chosen = self.sets[number % KEYS]
        try:
            answers = chosen.answer(predict, in_calls=in_calls)
        except Refuses:
            bare = self.bare.answer(predict, in_calls=True)
            answers = SortedPredictions(bare.hidden, None, None)
        reached = value(self.dataset, answers.hidden)
        score = score_of(self.dataset.bands, reached)
        check = CopiesCheck(self.dataset, Split.HIDDEN, chosen.asked, answers, 5)
        more = predictions = None
        if check.wrong is not None:
            more = mix_further_copies(
                self.dataset, Split.HIDDEN, f"key {number % KEYS}".encode(), check.wrong
            )
        if more is not None:
            inputs, _ = read_packed(self.dataset, more.inputs)
            predictions = np.asarray(predict(inputs))
        found = check.finish(more, predictions)
        self.rows[name] = {
            "value": reached,
            "score": score,
            "found": [each.code for each in found.findings],
            "figures": found.figures,
            "compared": _numbers(check, more, predictions),
        }
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(self.rows, indent=1))
        print(self.name, name, self.rows[name], flush=True)

    def run(self) -> None:
        """Every kind of table beside a weak honest model, and every honest one."""
        weak: Predict | None = None
        for name, models in honest(self.name, self.whole, self.folder):
            if weak is None:
                weak = self._weaker(models[0])
                self._ask_tables(weak)
            for number, predict in enumerate(models):
                self.measure(f"honest {name} {number}", predict, number=number)

    def _ask_tables(self, weak: Predict) -> None:
        for kind, predict in tables(Known.of(self.dataset, weak)):
            for number in range(TABLE_KEYS[self.name]):
                comparing = kind == "compares the batch"
                self.measure(f"table {kind} {number}", predict, in_calls=comparing, number=number)
        self.measure("weak", weak)

    def _weaker(self, predict: Predict) -> Predict:
        """An honest model made worse, until it earns about 3.

        For classes it sees less and less of its input; for numbers it keeps nearer to the middle.
        """
        hidden = np.asarray(self.dataset.inputs(Split.HIDDEN)[self.dataset.problem.inputs[0].name])
        line, better = WEAK[self.name], self.dataset.problem.metric.higher_is_better
        middle = np.median(np.asarray(predict(hidden)), axis=0)

        def weaker(share: float) -> Predict:
            def shortened(inputs: Any) -> Any:
                axis = min(2, inputs.ndim - 1)
                seen = inputs.copy()
                seen[(slice(None),) * axis + (slice(int((1 - share) * inputs.shape[axis]), None),)] = 0
                return predict(seen)

            def flattened(inputs: Any) -> Any:
                return middle + (1 - share) * (predict(inputs) - middle)

            return shortened if self.dataset.classes else flattened

        for share in np.linspace(0.05, 0.95, 19):
            reached = value(self.dataset, weaker(share)(hidden))
            if (reached <= line) if better else (reached >= line):
                break
        return weaker(share)

    def table(self) -> None:
        """What was measured, in the words of the design note."""
        for row in self.rows.values():
            row["found"] = self._found_now(row)
        _tell(
            self.name, "honest", {name: row for name, row in self.rows.items() if name.startswith("honest")}
        )
        weak = self.rows.get("weak", {"score": 0})["score"]
        kinds: dict[str, list[Any]] = {}
        for name, row in self.rows.items():
            if name.startswith("table"):
                kinds.setdefault(name.removeprefix("table ").rsplit(" ", 1)[0], []).append(row)
        gaining = named = 0
        for kind, rows in kinds.items():
            gains = [row for row in rows if row["score"] >= max(HIGH, weak + 1)]
            gaining, named = gaining + len(gains), named + sum(bool(row["found"]) for row in gains)
            codes = Counter(code for row in gains for code in row["found"])
            found = sum(bool(row["found"]) for row in gains)
            told = f"{rows[0]['value']:.3f} | {len(gains)} | {found} | {dict(codes)} | {rows[0]['figures']}"
            print(f"| {self.name} | {kind} | {told} |")
        print(f"{self.name}: tables gaining a band from {weak}: {gaining}, named {named}")

    def _found_now(self, row: dict[str, Any]) -> list[str]:
        """What would be found by today's lines: they may have moved since the model was asked."""
        kept = [code for code in row["found"] if code not in BY_NUMBERS]
        rerendering = self.dataset.problem.common_mistakes.rerendering
        if not row["compared"] or rerendering is None:
            return kept
        compared = CopiesComparison(**row["compared"])
        loss = rerendering.honest_loss * band_width(self.dataset)
        tests = (
            compared.loses_more_than(loss, rerendering.label_doubt) or compared.is_right_alone(),
            compared.is_unmoved(rerendering.honest_healing),
            compared.is_scattered(rerendering.honest_move) or compared.errs_where_it_is_easy(),
        )
        return [*(code for code, holds in zip(BY_NUMBERS, tests, strict=True) if holds), *kept]


def _numbers(check: CopiesCheck, more: Any, predictions: Any) -> dict[str, float]:
    """What the findings rest on."""
    compared = check._compared
    if compared is not None and more is not None:
        compared = check._with_mistakes(compared, more, predictions)
    return {} if compared is None else asdict(compared)


def _tell(name: str, what: str, rows: dict[str, Any]) -> None:
    for least in (5, HIGH, 0):
        among = [row for row in rows.values() if row["score"] >= least]
        named = [row for row in among if row["found"]]
        codes = Counter(code for row in named for code in row["found"])
        print(f"{name}: {what} of {least} and more: {len(among)}, named {len(named)} {dict(codes)}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures what is missing, and prints everything."""
    where, *names = arguments or sys.argv[1:]
    for name in names or NAMES:
        measurement = Measurement(name, Path(where))
        measurement.run()
        measurement.table()


if __name__ == "__main__":
    main()
