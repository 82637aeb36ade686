"""Weight fingerprints tell the same and nearly the same weights, and are believed in nothing that is odd."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tfprep.cohorts.integrity.weight_comparison import near_pairs
from tfprep.cohorts.integrity.weight_fingerprints import read_weight_fingerprint
from tfprep.sandbox.worker.weight_fingerprint import fingerprint_weights

Array = NDArray[Any]


def weights(seed: int) -> list[Array]:
    random = np.random.default_rng(seed)
    return [random.normal(0, 1, shape).astype(np.float32) for shape in ((30, 40), (40,), (40, 10), (10,))]


def drawn(arrays: Sequence[Array]) -> str:
    return fingerprint_weights(lambda: arrays)


def near(*models: Sequence[Array]) -> set[tuple[int, int]]:
    fingerprints = {index: read_weight_fingerprint(drawn(arrays)) for index, arrays in enumerate(models)}
    found = near_pairs({key: each for key, each in fingerprints.items() if each})
    return {(pair.first, pair.second) for pair in found}


def test_weights_in_another_order_are_the_same_weights() -> None:
    arrays = weights(1)
    first, second = (read_weight_fingerprint(drawn(each)) for each in (arrays, arrays[::-1]))
    assert first is not None
    assert second is not None
    assert first.whole == second.whole


def test_one_changed_weight_is_another_model() -> None:
    changed = weights(1)
    changed[0][3, 4] += 0.001
    assert drawn(weights(1)).split(";")[1] != drawn(changed).split(";")[1]


def test_blurred_weights_are_near_and_others_are_not() -> None:
    blurred = [array + np.float32(0.05) * noise for array, noise in zip(weights(1), weights(9), strict=True)]
    assert near(weights(1), weights(2), blurred) == {(0, 2)}


def test_one_base_that_both_took_from_elsewhere_is_no_evidence() -> None:
    base, mine, yours = weights(1), weights(2), weights(3)
    assert near([*base, *mine[2:]], [*base, *yours[2:]]) == set()


def test_models_without_a_hidden_layer_are_not_compared() -> None:
    only = np.random.default_rng(0).normal(0, 1, (784, 10)).astype(np.float32)
    assert near([only], [only + np.float32(0.001)]) == set()


def test_a_fingerprint_of_a_large_model_stays_small() -> None:
    random = np.random.default_rng(0)
    arrays = [random.normal(0, 1, (3, 3, 64, 64)).astype(np.float32) for _ in range(300)]
    assert len(drawn(arrays)) <= 28_672


def test_weights_that_cannot_be_read_give_no_fingerprint_and_no_error() -> None:
    def broken() -> Sequence[Array]:
        raise ValueError("Gone.")

    assert fingerprint_weights(broken) == ""
    assert fingerprint_weights(lambda: [np.array([b"words"]), np.arange(3)]) == ""
    arrays = [np.full((40, 40), np.nan, np.float32), np.full((40, 40), np.inf, np.float32)]
    assert read_weight_fingerprint(drawn(arrays)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "3;" + "a" * 64,
        "1;" + "a" * 63,
        "2;" + "a" * 64 + ";3x3",
        "2;" + "a" * 64 + ";3x3,abc,***,,",
        "2;" + "a" * 64 + ";3x3,abc,QQ,,",
        "2;" + "a" * 64 + ";3x3,abc,QUI=,QUI=,",
        "2;" + "a" * 64 + ";" + "9" * 5_000 + "x3,abc,QUI=,,",
    ],
)
def test_a_damaged_fingerprint_is_read_as_none(text: str) -> None:
    assert read_weight_fingerprint(text) is None


def test_forged_fingerprints_of_odd_sizes_are_compared_with_nobody() -> None:
    true = drawn(weights(1))
    shape, _, values, columns, rows = true.split(";")[2].split(",")
    forged = (
        f"2;{'a' * 64}",
        true.replace(values, base64.b64encode(bytes(150)).decode()),
        true.replace(columns, base64.b64encode(bytes(8)).decode()),
        true.replace(rows, ""),
        true.replace(values, base64.b64encode(np.full(256, np.inf, "<f2").tobytes()).decode()),
        true.replace(shape, "x".join(["9" * 10] * 8)),
        true.replace(shape, "x".join(["9" * 10] * 8)).replace(true[2:20], "f" * 18),
    )
    fingerprints = dict(enumerate(map(read_weight_fingerprint, (true, *forged))))
    assert list(near_pairs({key: each for key, each in fingerprints.items() if each})) == []
