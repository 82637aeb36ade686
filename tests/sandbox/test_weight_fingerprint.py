"""A weight fingerprint comes from a process that ran a stranger's model: well-formed, or dropped."""

from __future__ import annotations

import io

import numpy as np
import pytest

from tfprep.sandbox.host.reply import read_predictions
from tfprep.sandbox.protocol.frames import pack_frame
from tfprep.sandbox.worker.weight_fingerprint import fingerprint_weights

ARRAYS = [np.random.default_rng(0).normal(0, 1, (40, 30)).astype(np.float32), np.zeros(30, np.float32)]


def accepted(claim: object) -> str:
    """What is accepted of a job that sends this fingerprint."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3), allow_pickle=False)
    description = pack_frame({"reply": "described", "facts": {"weight_fingerprint": claim}})
    frame = description + pack_frame({"reply": "predicted"}, buffer.getvalue())
    return read_predictions(frame, [3], 2**20).outcome.facts.weight_fingerprint


def test_a_fingerprint_arrives_as_the_worker_wrote_it() -> None:
    text = fingerprint_weights(lambda: ARRAYS)
    assert text.startswith("2;")
    assert accepted(text) == text


@pytest.mark.parametrize(
    "claim",
    [
        None,
        7,
        ["2;" + "a" * 64],
        "2;" + "A" * 64,
        "2;" + "a" * 64 + "\n",
        "2;" + "a" * 64 + ";3x3,abcdef01,<script>,,",
        "2;" + "a" * 64 + ";3x3,abcdef01,\x1b[31mred,,",
        "2;" + "a" * 64 + ";3x3,abcdef01," + "QUJD" * 9_000 + ",,",
        "the inputs, one by one",
    ],
)
def test_anything_else_is_dropped(claim: object) -> None:
    assert accepted(claim) == ""


def test_the_same_arrays_always_have_the_same_fingerprint() -> None:
    assert fingerprint_weights(lambda: ARRAYS) == fingerprint_weights(
        lambda: [array.copy() for array in ARRAYS]
    )
