"""Measures which models the contamination check reports.

    python -m tests.cohorts.measure_contamination FOLDER [NAME…]

For each problem its own solutions, trained as learners train them (kept in FOLDER, as `tests.faults` keeps
them), and two models that look the hidden inputs up: one knows only what it has seen, one takes the
nearest. All are checked, whatever they score. Prints the table of design/similarity.md.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tfprep.cohorts.integrity.contamination import ContaminationCheck
from tfprep.grader import grade, read_submission
from tfprep.grader.grade import make_evaluation_set
from tfprep.problems import Dataset, Split, find
from tfprep.sandbox import Sandbox
from tfprep.sandbox.host.local import LocalSandbox

from ..faults.honest import Bench

NAMES = ("regression", "mnist", "flowers", "imdb", "forecast")
SEEDS = (0, 1)
PIXELS = ("mnist", "flowers")


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a row for every model."""
    where, *names = arguments or sys.argv[1:]
    bench = Bench(Path(where))
    print("| problem | model | score | reported | evidence |\n|---|---|---|---|---|", flush=True)
    with LocalSandbox() as sandbox, tempfile.TemporaryDirectory() as scratch:
        for name in names or NAMES:
            for model, dataset, path in models(bench, name, Path(scratch)):
                print(f"| {name} | {model} | {row(path, dataset, sandbox)}", flush=True)


def models(bench: Bench, name: str, scratch: Path) -> Iterator[tuple[str, Dataset, Path]]:
    """Honest ones, then those that look up."""
    problem = find(name)
    for seed in SEEDS:
        for solution in ("reference", "ordinary"):
            yield (
                f"{solution}, seed {seed}",
                bench.dataset(problem, seed),
                bench.model(problem, solution, seed),
            )
    dataset = bench.dataset(problem, SEEDS[0])
    for nearest, kind in ((False, "looks up what it knows"), (True, "looks up the nearest")):
        yield kind, dataset, save_lookup_model(dataset, nearest, scratch / f"{name}-{nearest}.keras")


def row(path: Path, dataset: Dataset, sandbox: Sandbox) -> str:
    """Its score, and what is reported of it as if it had full marks."""
    check = ContaminationCheck(dataset)
    evaluation_set = replace(make_evaluation_set(dataset, Split.HIDDEN), extra_inputs=check.inputs)
    graded = grade(read_submission(path, dataset.problem.id, "ann"), evaluation_set, sandbox)
    finding = check.find(replace(graded, card=replace(graded.card, score=5)))
    output = ("nothing", "") if finding is None else (finding.code, finding.evidence)
    return f"{graded.card.score} | {output[0]} | {output[1]} |"


def save_lookup_model(dataset: Dataset, nearest: bool, path: Path) -> Path:
    """A Keras model of dense layers that holds every hidden input, and its label."""
    import keras

    layers = keras.layers
    form = dataset.problem.inputs[0]
    hidden = np.asarray(dataset.inputs(Split.HIDDEN)[form.name])
    known = hidden.reshape(len(hidden), -1).astype(np.float32)
    middle, spread = np.zeros(known.shape[1], np.float32), np.ones(known.shape[1], np.float32)
    if dataset.problem.name not in (*PIXELS, "imdb"):
        middle, spread = known.mean(axis=0), known.std(axis=0) + 1e-6
    known = (known - middle) / spread
    labels = _as_outputs(dataset)
    otherwise = np.zeros(labels.shape[1]) if nearest or dataset.classes else np.median(labels, axis=0)

    model_input = keras.Input(form.shape, dtype=form.dtype)
    numbers = layers.Normalization(mean=middle, variance=spread**2)(
        layers.Flatten()(layers.Rescaling(1.0)(model_input))
    )
    dots, lengths = layers.Dense(len(known)), layers.Dense(len(known), use_bias=False)
    output = layers.Dense(labels.shape[1])
    # Half the squared distance to each known input, negated.
    near: Any = layers.Add()([dots(numbers), lengths(layers.Multiply()([numbers, numbers]))])
    if nearest:
        found = layers.Softmax()(layers.Rescaling(2_000.0)(near))
    else:
        found = layers.ReLU()(layers.Rescaling(1_000.0, offset=1.0)(near))
    model = keras.Model(model_input, output(found))
    dots.set_weights([known.T, -0.5 * (known**2).sum(axis=1)])
    lengths.set_weights([np.full((known.shape[1], len(known)), -0.5, np.float32)])
    output.set_weights([labels - otherwise, otherwise])
    model.save(path)
    return path


def _as_outputs(dataset: Dataset) -> Any:
    values = dataset.labels(Split.HIDDEN).values
    if len(dataset.classes) > 2:
        return np.eye(len(dataset.classes), dtype=np.float32)[values.astype(int)]
    return values.reshape(len(values), -1).astype(np.float32)


if __name__ == "__main__":
    main()
