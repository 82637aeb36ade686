"""One set of inputs for a model: the hidden ones, changed copies of some, and some a second time.

Their order, the sample and the changes are drawn with a key of the home's secret, so that a model cannot tell
which of them count. No call has two with anything in common: two overlapping windows of a series, or an input
and its copy.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...problems import Copies, Dataset, Input, Inputs, Problem, Split
from ...sandbox import PackedInputs, pack_inputs

MOST_COPIES: Final = 2_000
MOST_BYTES: Final = 32 * 2**20
"""Of the copies, in their largest form."""
MOST_IN_A_SERIES: Final = 250
"""Each input of a series costs a place in a call of its own."""
SMALL: Final = 200
"""Of fewer inputs, several copies are made of each."""
COPIES_IN_SMALL_SETS: Final = {True: 8, False: 2}
"""So many: where predictions are right or wrong, and where they are numbers."""
MOST_AGAIN: Final = 64
MOST_MISTAKES: Final = 150
"""So many of a model's mistakes are looked at more closely, with COPIES_OF_EACH copies of each."""
COPIES_OF_EACH: Final = 6
LARGEST_CALL: Final = 1024

Places = NDArray[np.intp]


@dataclass(frozen=True)
class MixedInputs:
    """The set, and what stands where in it."""

    inputs: PackedInputs = field(repr=False)
    hidden: Places = field(repr=False)
    """(n,) Where each hidden input stands."""
    copies: Places = field(repr=False)
    """(m,) Where each copy stands."""
    copied: Places = field(repr=False)
    """(m,) Of which hidden input."""
    again: Places = field(repr=False)
    """(r,) Where an input stands for the second time."""
    repeated: Places = field(repr=False)
    """(r,) Which hidden input that is."""
    relabel: Callable[[NDArray[Any]], NDArray[Any]] = field(repr=False)
    """From (m, ...) labels, or predictions, of the inputs that were copied, to those of the copies."""
    alone: PackedInputs | None = field(repr=False)
    """The inputs that stand there twice, each in a call of its own, for another job; None without any."""


def mix_with_copies(dataset: Dataset, split: Split, key: bytes, *, bare: bool = False) -> MixedInputs:
    """The set for one split of a data set. The same key and data give the same set.

    Args:
        dataset: with the split.
        split: whose inputs are mixed.
        key: of the home's secret.
        bare: without copies, and nothing twice: for a model that failed at the whole set.
    """
    inputs, forms = dataset.inputs(split), dataset.problem.inputs
    random = _random(key, dataset)
    count = len(inputs[forms[0].name])
    rerendering = dataset.problem.common_mistakes.rerendering
    copied = _sampled(0 if bare else count, dataset.problem, random)
    copies = Copies(_take(inputs, forms, copied))
    if rerendering is not None and len(copied):
        copies = rerendering.render(copies.inputs, random, dataset.public)
    repeated = random.permutation(count)[: 0 if bare else min(MOST_AGAIN, count // 2)]
    sources = np.concatenate([np.arange(count), copied, repeated])
    positions = None
    if rerendering is not None and rerendering.positions is not None:
        positions = rerendering.positions(inputs)[sources]
    calls = (
        apart(sources, random)
        if positions is None
        else apart_in_time(positions, rerendering.reach if rerendering else 0, random)
    )
    order = np.concatenate(calls)
    place = np.argsort(order)
    everything = {
        form.name: _joined(inputs[form.name], copies.inputs[form.name], repeated, order) for form in forms
    }
    first, second, third = np.split(place, [count, count + len(copied)])
    return MixedInputs(
        inputs=pack_inputs(everything, forms, [len(call) for call in calls]),
        hidden=first,
        copies=second,
        copied=copied,
        again=third,
        repeated=repeated,
        relabel=copies.relabel,
        alone=_alone(_take(inputs, forms, repeated), forms, len(repeated)),
    )


@dataclass(frozen=True)
class MoreCopies:
    """Further copies of inputs that a model mistook, among as many copies of others."""

    inputs: PackedInputs = field(repr=False)
    places: Places = field(repr=False)
    """(k, COPIES_OF_EACH) Where the copies of each mistake stand."""
    mistaken: Places = field(repr=False)
    """(k,) Which hidden inputs these are."""


def mix_further_copies(
    dataset: Dataset, split: Split, key: bytes, wrong: NDArray[np.bool_]
) -> MoreCopies | None:
    """Further copies of the inputs that are wrong; None where there are none, or no copies can be made.

    Args:
        dataset: with the split.
        split: whose inputs are copied.
        key: of the home's secret.
        wrong: (n,) which of them the model mistook.
    """
    rerendering, forms = dataset.problem.common_mistakes.rerendering, dataset.problem.inputs
    if rerendering is None or not wrong.any():
        return None
    random = _random(key + wrong.tobytes(), dataset)
    mistaken = random.permutation(np.flatnonzero(wrong))[:MOST_MISTAKES]
    others = random.permutation(np.flatnonzero(~wrong))[: len(mistaken)]
    sources = np.tile(np.concatenate([mistaken, others]), COPIES_OF_EACH)
    copies = rerendering.render(_take(dataset.inputs(split), forms, sources), random, dataset.public)
    calls = apart(sources, random)
    order = np.concatenate(calls)
    packed = pack_inputs(_take(copies.inputs, forms, order), forms, [len(call) for call in calls])
    places = np.argsort(order).reshape(COPIES_OF_EACH, -1)[:, : len(mistaken)].T
    # No other model has made the same mistakes.
    return MoreCopies(replace(packed, is_kept=False), places, mistaken)


def _alone(inputs: dict[str, Any], forms: Sequence[Input], count: int) -> PackedInputs | None:
    return pack_inputs(inputs, forms, [1] * count) if count else None


def apart(sources: Places, random: np.random.Generator) -> list[Places]:
    """Items in calls of nearly equal size, in no order, such that no call has two of one source.

    Args:
        sources: (n,) which input each item is, or is a copy of.
        random: draws the order.
    """
    each = np.bincount(sources)
    count = max(-(-len(sources) // LARGEST_CALL), int(each.max()))
    calls = np.empty(len(sources), np.intp)
    several = np.flatnonzero(each[sources] > 1)
    for items in _by_source(several[np.argsort(sources[several], kind="stable")], sources):
        calls[items] = random.choice(count, len(items), replace=False)
    single = random.permutation(np.flatnonzero(each[sources] == 1))
    room = -(-len(sources) // count) - np.bincount(calls[several], minlength=count)
    free = np.repeat(np.arange(count), np.maximum(room, 0))
    calls[single] = random.permutation(free)[: len(single)]
    return _in_no_order(calls, random)


def apart_in_time(positions: NDArray[np.int64], reach: int, random: np.random.Generator) -> list[Places]:
    """Items in as few calls as can be, such that no call has two that begin closer than `reach`."""
    calls = np.empty(len(positions), np.intp)
    last: list[int] = []
    for item in np.lexsort([random.random(len(positions)), positions]):
        free = [call for call, position in enumerate(last) if position + reach <= positions[item]]
        if free:
            calls[item] = free[int(random.integers(len(free)))]
        else:
            calls[item] = len(last)
            last.append(0)
        last[calls[item]] = int(positions[item])
    return _in_no_order(calls, random)


def _in_no_order(calls: Places, random: np.random.Generator) -> list[Places]:
    """The items of each call, both the calls and their items shuffled."""
    found = [random.permutation(np.flatnonzero(calls == call)) for call in range(int(calls.max()) + 1)]
    return [found[index] for index in random.permutation(len(found)) if len(found[index])]


def _by_source(items: Places, sources: Places) -> Sequence[Places]:
    """Items in order of their sources, those of one source together."""
    return np.split(items, np.flatnonzero(np.diff(sources[items])) + 1) if len(items) else []


def _random(key: bytes, dataset: Dataset) -> np.random.Generator:
    digest = hmac.digest(key, f"asked {dataset.fingerprint} {dataset.half}".encode(), "sha256")
    return np.random.default_rng(int.from_bytes(digest, "big"))


def _sampled(count: int, problem: Problem, random: np.random.Generator) -> Places:
    """(m,) Which inputs are copied: each several times where there are few, else some of them."""
    rerendering = problem.common_mistakes.rerendering
    if rerendering is None:
        return np.empty(0, np.intp)
    size = max(_bytes_of(form) for form in problem.inputs)
    most = min(MOST_COPIES, max(1, MOST_BYTES // size), MOST_IN_A_SERIES if rerendering.positions else count)
    wanted = min(count, most)
    picked = np.sort(random.permutation(count)[:wanted])
    return np.tile(picked, COPIES_IN_SMALL_SETS[problem.metric.is_share]) if count < SMALL else picked


def _bytes_of(form: Input) -> int:
    return 1 if form.dtype == "string" else int(np.prod(form.shape)) * np.dtype(form.dtype).itemsize


def _take(inputs: Inputs, forms: Sequence[Input], picked: Places) -> dict[str, Any]:
    return {form.name: _at(inputs[form.name], picked) for form in forms}


def _at(values: Any, picked: Places) -> Any:
    return values[picked] if isinstance(values, np.ndarray) else [values[index] for index in picked]


def _joined(plain: Any, copies: Any, repeated: Places, order: Places) -> Any:
    """The inputs, their copies and those that are repeated, in this order."""
    if isinstance(plain, np.ndarray):
        return np.concatenate([plain, copies, plain[repeated]])[order]
    together = [*plain, *copies, *_at(plain, repeated)]
    return _at(together, order)
