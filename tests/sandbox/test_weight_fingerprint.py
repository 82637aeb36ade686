"""A sketch of weights is the word of a process that ran a stranger's model: bounded, or nothing at all."""

from __future__ import annotations

import io

import numpy as np
import pytest

from tfprep.sandbox.host.reply import read_predictions
from tfprep.sandbox.protocol.frames import pack_frame
from tfprep.sandbox.worker.weight_fingerprint import fingerprint_weights

ARRAYS = [np.random.default_rng(0).normal(0, 1, (40, 30)).astype(np.float32), np.zeros(30, np.float32)]


def told(claim: object) -> str:
    """What is believed of a job that claims this sketch."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3), allow_pickle=False)
    frame = pack_frame({"reply": "predicted", "facts": {"weight_fingerprint": claim}}, buffer.getvalue())
    return read_predictions(frame, [3], 2**20).outcome.facts.weight_fingerprint


def test_a_sketch_comes_through_as_the_worker_wrote_it() -> None:
    text = fingerprint_weights(lambda: ARRAYS)
    assert text.startswith("1;")
    assert told(text) == text


@pytest.mark.parametrize(
    "claim",
    [
        None,
        7,
        ["1;" + "a" * 64],
        "1;" + "A" * 64,
        "1;" + "a" * 64 + "\n",
        "1;" + "a" * 64 + ";3x3,abcdef01,<script>",
        "1;" + "a" * 64 + ";3x3,abcdef01,\x1b[31mred",
        "1;" + "a" * 64 + ";3x3,abcdef01," + "QUJD" * 2_000,
        "the questions, one by one",
    ],
)
def test_anything_else_is_dropped(claim: object) -> None:
    assert told(claim) == ""


def test_the_same_arrays_always_give_the_same_sketch() -> None:
    assert fingerprint_weights(lambda: ARRAYS) == fingerprint_weights(
        lambda: [array.copy() for array in ARRAYS]
    )
