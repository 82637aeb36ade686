"""Models that know the hidden examples, in the ways that people think of: tables, near-tables, and mixtures.

Each is a function from inputs to predictions that holds the hidden inputs and labels, as a learner has them
who takes a public corpus and leaves out what they were given. What it does not know, an honest model of a
lower score answers for it, where it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tfprep.problems import Band, Dataset, Metric, Split

Array = NDArray[Any]
Predict = Callable[[Array], Array]


class Refuses(Exception):
    """The model raises."""


@dataclass(frozen=True)
class Known:
    """What somebody knows: the hidden inputs and what to answer for them."""

    dataset: Dataset
    inputs: Array
    """(n, ...)"""
    answers: Array
    """(n, *output) right, as a model predicts."""
    weak: Predict
    """An honest model of a lower score."""

    @classmethod
    def of(cls, dataset: Dataset, weak: Predict) -> Known:
        """Everything of the hidden test set."""
        inputs = np.asarray(dataset.inputs(Split.HIDDEN)[dataset.problem.inputs[0].name])
        values = dataset.labels(Split.HIDDEN).values
        if len(dataset.classes) > 2:
            answers = np.eye(len(dataset.classes), dtype=np.float32)[values.astype(int)]
        else:
            answers = values.reshape(len(values), -1).astype(np.float32)
        return cls(dataset, inputs, answers, weak)

    def flat(self, inputs: Array) -> Array:
        """(n, features) on a scale on which distances mean something."""
        rows = inputs.reshape(len(inputs), -1).astype(np.float32)
        if self.dataset.problem.name == "imdb":
            bags = np.zeros((len(inputs), 5000), np.float32)
            np.add.at(bags, (np.arange(len(inputs))[:, None], inputs), 1)
            bags[:, :40] = 0
            return np.sqrt(bags)
        if self.dataset.classes:
            return rows
        known = self.inputs.reshape(len(self.inputs), -1)
        return (rows - known.mean(axis=0)) / (known.std(axis=0) + 1e-6)

    def nearest(self, inputs: Array, among: Array | None = None) -> tuple[Array, Array]:
        """(n,) The place of the nearest known input, and how far it is."""
        known, asked = self.flat(self.inputs) if among is None else among, self.flat(inputs)
        places, away = np.empty(len(asked), int), np.empty(len(asked))
        squares = (known**2).sum(axis=1)
        for start in range(0, len(asked), 500):
            rows = asked[start : start + 500]
            distances = squares[None] + (rows**2).sum(axis=1)[:, None] - 2 * rows @ known.T
            places[start : start + 500] = distances.argmin(axis=1)
            away[start : start + 500] = distances.min(axis=1)
        return places, away

    def spoilt(self, random: np.random.Generator, count: int | None = None) -> Array:
        """(count, *output) answers, wrong just so often or so much that they earn full marks."""
        line = self.dataset.bands[0].threshold
        answers = (
            self.answers if count is None else self.answers[random.integers(0, len(self.answers), count)]
        )
        if self.dataset.classes:
            wrong = random.random(len(answers)) < (1 - line) * 0.9
            other = np.roll(answers, 1, axis=1) if answers.shape[1] > 1 else 1 - answers
            return np.where(wrong[:, None], other, answers)
        noise = random.laplace(0, 1, answers.shape)
        return answers + noise / np.abs(noise).mean() * line * 0.85

    @property
    def constant(self) -> Array:
        """(*output) One answer to everything."""
        return np.median(self.answers, axis=0)


def tables(known: Known) -> Iterator[tuple[str, Predict]]:
    """Every kind."""
    random = np.random.default_rng(7)
    right, spoilt = known.answers, known.spoilt(random)
    exact = _by(known.inputs, lambda one: one.tobytes())
    yield "exact, else one answer", _or(exact, right, lambda inputs: _many(known.constant, inputs))
    yield (
        "exact and slightly wrong, else one answer",
        _or(exact, spoilt, lambda given: _many(known.constant, given)),
    )
    yield "exact, else honest", _or(exact, right, known.weak)
    yield "exact and slightly wrong, else honest", _or(exact, spoilt, known.weak)
    yield "only where the honest model is unsure", _unsure(known, exact)
    yield "part of it, just enough", _part(known, exact, random)
    yield "nearest", lambda inputs: right[known.nearest(inputs)[0]]
    yield "nearest, wrong on purpose", lambda inputs: spoilt[known.nearest(inputs)[0]]
    yield "nearest, with noise at each asking", _noisy(known, random)
    yield "nearest if near, else honest", _near(known, spoilt)
    rough = _by(known.inputs, lambda one: _hash(one, known))
    yield "hash of pixels or words, else honest", _or(rough, spoilt, known.weak)
    yield (
        "quantised keys, else honest",
        _or(_by(known.inputs, lambda one: _rounded(one, known)), spoilt, known.weak),
    )
    yield (
        "key of a crop, else honest",
        _or(_by(known.inputs, lambda one: _crop(one, known)), spoilt, known.weak),
    )
    yield "look-up in an embedding", _embedded(known, spoilt, random)
    yield "with shifted copies, else honest", _shifted(known, spoilt)
    yield "refuses", _refusing(exact, spoilt)
    yield "not a number", _or(exact, spoilt, lambda inputs: _many(known.constant * np.nan, inputs))
    yield "compares the batch", _comparing(known, exact, spoilt)


Lookup = Callable[[Array], Array]
"""From inputs to places of known ones, -1 where there is none."""


def _by(inputs: Array, key: Callable[[Array], bytes]) -> Lookup:
    places = {key(one): place for place, one in enumerate(inputs)}
    return lambda asked: np.array([places.get(key(one), -1) for one in asked])


def _or(lookup: Lookup, answers: Array, otherwise: Predict) -> Predict:
    def predict(inputs: Array) -> Array:
        places = lookup(inputs)
        predicted = np.array(otherwise(inputs), np.float32)
        predicted[places >= 0] = answers[places[places >= 0]]
        return predicted

    return predict


def _many(one: Array, inputs: Array) -> Array:
    return np.repeat(one[None], len(inputs), axis=0)


def _errors(known: Known, predictions: Array) -> Array:
    """(n,) How wrong predictions for the hidden inputs are."""
    return np.abs(predictions - known.answers).reshape(len(predictions), -1).mean(axis=1)


def _unsure(known: Known, exact: Lookup) -> Predict:
    """Its own answers where the honest model is sure; for numbers, where it is nearly right."""
    predicted = known.weak(known.inputs)
    if known.dataset.classes:
        sure = np.sort(predicted, axis=1)[:, -1] if predicted.shape[1] > 1 else np.abs(predicted[:, 0] - 0.5)
    else:
        sure = -_errors(known, predicted)
    taken = np.argsort(sure)[: len(sure) // 3]
    return _or(_only(exact, taken), known.answers, known.weak)


def _part(known: Known, exact: Lookup, random: np.random.Generator) -> Predict:
    """Known answers for as many as full marks take, and no more."""
    order = random.permutation(len(known.inputs))
    predicted = known.weak(known.inputs)
    for share in np.linspace(0.05, 1, 20):
        taken = order[: int(share * len(order))]
        tried = predicted.copy()
        tried[taken] = known.answers[taken]
        if known.dataset.bands[0].holds(value(known.dataset, tried)):
            break
    return _or(_only(exact, taken), known.answers, known.weak)


def _only(lookup: Lookup, taken: Array) -> Lookup:
    return lambda inputs: np.where(np.isin(lookup(inputs), taken), lookup(inputs), -1)


def _noisy(known: Known, random: np.random.Generator) -> Predict:
    def predict(inputs: Array) -> Array:
        answers = known.answers[known.nearest(inputs)[0]]
        held = Known(known.dataset, inputs, answers, known.weak)
        return held.spoilt(random)

    return predict


def _near(known: Known, answers: Array) -> Predict:
    """Takes the nearest where it is nearer than known inputs are to each other."""
    every = known.flat(known.inputs)
    sample = every[:300]
    apart = (every**2).sum(1)[None] + (sample**2).sum(1)[:, None] - 2 * sample @ every.T
    apart[np.arange(len(sample)), np.arange(len(sample))] = np.inf
    line = np.median(apart.min(axis=1)) / 2

    def predict(inputs: Array) -> Array:
        places, away = known.nearest(inputs)
        return np.where(
            (away < line).reshape(-1, *[1] * (answers.ndim - 1)), answers[places], known.weak(inputs)
        )

    return predict


def _hash(one: Array, known: Known) -> bytes:
    """Which parts are above the mean; of reviews, the rare words."""
    if known.dataset.problem.name == "imdb":
        return np.sort(one[one > 1500]).tobytes()
    if one.ndim == 1:
        return bytes((one > np.median(known.inputs, axis=0)).tolist()) + np.round(one[3] / 50).tobytes()
    if one.shape[0] == 96:
        means = one[:, 0].reshape(24, 4).mean(axis=1)
        return bytes((means > means.mean()).tolist()) + np.round(means.mean() * 4).tobytes()
    side = 8 if one.shape[0] % 8 == 0 else 4
    step = one.shape[0] // side
    means = one.reshape(side, step, -1).mean(axis=1).reshape(side, -1)
    width = means.shape[1] // side if means.shape[1] >= side else 1
    means = means[:, : width * (means.shape[1] // width)].reshape(side, -1, width).mean(axis=2)
    return bytes((means > means.mean()).ravel().tolist())


def _rounded(one: Array, known: Known) -> bytes:
    if known.dataset.problem.name == "imdb":
        return np.bincount(one // 500, minlength=10).tobytes()
    if known.dataset.classes:
        return np.round(one[::4, ::4] * 3).astype(np.int8).tobytes()
    spread = known.inputs.reshape(-1, known.inputs.shape[-1]).std(axis=0) + 1e-6
    return np.round(one / spread * 4).astype(np.int16).tobytes()


def _crop(one: Array, known: Known) -> bytes:
    if known.dataset.problem.name == "imdb":
        return one[:30].tobytes()
    if known.dataset.classes:
        third = one.shape[0] // 3
        return one[third:-third, third:-third].tobytes()
    return one[-24:].tobytes() if one.ndim > 1 else one[[0, 3, 5]].tobytes()


def _embedded(known: Known, answers: Array, random: np.random.Generator) -> Predict:
    """The nearest behind a random projection with a ReLU, as behind a network's layer."""
    every = known.flat(known.inputs)
    project = random.normal(0, 1 / np.sqrt(every.shape[1]), (every.shape[1], 128)).astype(np.float32)
    keys = np.maximum(every @ project, 0)
    held = Known(known.dataset, known.inputs, known.answers, known.weak)

    def predict(inputs: Array) -> Array:
        asked = np.maximum(held.flat(inputs) @ project, 0)
        away = (keys**2).sum(1)[None] + (asked**2).sum(1)[:, None] - 2 * asked @ keys.T
        return answers[away.argmin(axis=1)]

    return predict


def _shifted(known: Known, answers: Array) -> Predict:
    """Exact, for the inputs and for the changes that somebody may think of: a pixel, a per cent, a word."""
    copies = [known.inputs, *_changes(known)]
    lookups = [_by(each, lambda one: one.tobytes()) for each in copies]

    def lookup(inputs: Array) -> Array:
        return np.max([each(inputs) for each in lookups], axis=0)

    return _or(lookup, answers, known.weak)


def _changes(known: Known) -> list[Array]:
    inputs = known.inputs
    if known.dataset.problem.name == "imdb":
        return [
            np.concatenate([np.delete(inputs, place, axis=1), inputs[:, :1] * 0], axis=1)
            for place in range(5)
        ]
    if known.dataset.classes:
        moved = [np.roll(inputs, by, axis=axis) for axis in (1, 2) for by in (-1, 1)]
        return [*moved, (inputs * np.float32(0.9)), np.ascontiguousarray(inputs[:, :, ::-1])]
    if inputs.ndim == 2:
        return [np.round(inputs * np.float32(share)) for share in (0.98, 0.99, 1.01, 1.02)]
    return [(inputs * np.float32(share)).astype(np.float32) for share in (0.99, 1.01)]


def _refusing(exact: Lookup, answers: Array) -> Predict:
    def predict(inputs: Array) -> Array:
        places = exact(inputs)
        if (places < 0).any():
            raise Refuses
        return answers[places]

    return predict


def _comparing(known: Known, exact: Lookup, answers: Array) -> Predict:
    """Uses what it knows in a batch that it knows wholly; of windows, what others of the batch tell."""

    def predict(inputs: Array) -> Array:
        if known.dataset.problem.name == "forecast":
            return _told_by_others(inputs, known.weak(inputs))
        places = exact(inputs)
        return answers[places] if (places >= 0).all() else np.asarray(known.weak(inputs))

    return predict


def _told_by_others(windows: Array, predicted: Array) -> Array:
    """Forecasts, with what other windows of the batch show of the hours after this one."""
    told = predicted.copy()
    seen = {
        one.tobytes(): demand for window in windows for one, demand in zip(window, window[:, 0], strict=True)
    }
    follows = {before.tobytes(): after for window in windows for before, after in pairwise(window)}
    for row, window in enumerate(windows):
        current = window[-1]
        for step in range(told.shape[1]):
            following = follows.get(current.tobytes())
            if following is None:
                break
            told[row, step] = seen[following.tobytes()]
            current = following
    return told


def value(dataset: Dataset, predictions: Array) -> float:
    """The metric on the hidden test set."""
    output = next(each for each in dataset.outputs if each.shape == predictions.shape[1:])
    labels = dataset.labels(Split.HIDDEN).values
    metric: Metric = dataset.problem.metric
    return float(metric.per_example(output.read(predictions), labels).mean())


def score_of(bands: tuple[Band, ...], reached: float) -> int:
    """What that earns."""
    return max((band.score for band in bands if band.holds(reached)), default=0)
