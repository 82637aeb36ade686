"""Replies are written beside a stranger's code: every false reply, and the outcome that it gets."""

from __future__ import annotations

import io
import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprep.sandbox import Ending
from tfprep.sandbox.host import reply as replies
from tfprep.sandbox.host.npy import read_npy
from tfprep.sandbox.host.reply import read_model, read_predictions
from tfprep.sandbox.protocol.frames import pack_frame

MOST = 2**20


def npy(array: np.ndarray, pickled: bool = False) -> bytes:
    """The array as `.npy`."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=pickled)
    return buffer.getvalue()


def predicted(payload: bytes, **more: object) -> bytes:
    """A reply that claims to hold predictions."""
    return pack_frame({"reply": "predicted", **more}, payload)


def described(facts: object, **more: object) -> bytes:
    """What comes before it: the model as its job describes it, having read no input."""
    return pack_frame({"reply": "described", "facts": facts, **more})


@given(st.binary(max_size=3000))
def test_arbitrary_bytes_end_a_job_and_never_the_grader(data: bytes) -> None:
    assert read_predictions(data, [3], MOST).outcome.ending is Ending.CRASHED
    assert read_model(data, MOST).outcome.ending is Ending.CRASHED


@given(st.binary(max_size=3000))
def test_arbitrary_payloads_are_never_numbers_by_accident(payload: bytes) -> None:
    outcome = read_predictions(predicted(payload), [3], MOST).outcome
    assert outcome.ending is Ending.REFUSED
    assert outcome.predictions is None


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool"])
def test_numbers_come_through_bit_for_bit(dtype: str) -> None:
    array = np.random.default_rng(0).random((3, 4)).astype(dtype)
    reply = read_predictions(predicted(npy(array)), [3], MOST)
    assert reply.outcome.ending is Ending.COMPLETED
    np.testing.assert_array_equal(reply.outcome.predictions, array)
    assert reply.outcome.predictions.dtype == array.dtype


def test_threads_read_arrays_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's parser, which NumPy reads headers with, fails in two threads before 3.11.8 (gh-106905)."""
    inside: list[int] = []
    most = 0

    def watched(part: memoryview) -> Any:
        nonlocal most
        inside.append(1)
        most = max(most, len(inside))
        time.sleep(0.01)
        inside.pop()
        return read_npy(part)

    monkeypatch.setattr(replies, "read_npy", watched)
    reply = predicted(npy(np.ones((3, 1))))
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda _: read_predictions(reply, [3], MOST).outcome, range(8)))
    assert most == 1
    assert {outcome.ending for outcome in outcomes} == {Ending.COMPLETED}


def test_nan_and_infinity_come_through_for_the_grader_to_judge() -> None:
    reply = read_predictions(predicted(npy(np.array([np.nan, np.inf, -np.inf]))), [3], MOST)
    assert reply.outcome.ending is Ending.COMPLETED
    assert not np.isfinite(reply.outcome.predictions).any()


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a", "b", "c"]),
        np.zeros(3, dtype=[("a", "f4")]),
        np.zeros(3, dtype=complex),
        np.zeros(3, dtype="M8[s]"),
        np.zeros(3, dtype="V8"),
    ],
)
def test_anything_but_numbers_is_refused(array: np.ndarray) -> None:
    reply = read_predictions(predicted(npy(array)), [3], MOST)
    assert reply.outcome.refusal.code == "not_numbers"


def test_an_object_array_is_refused_and_never_unpickled() -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("unpickled",))

    for payload in (npy(np.array([Trap()] * 3, dtype=object), pickled=True), pickle.dumps(Trap())):
        reply = read_predictions(predicted(payload), [3], MOST)
        assert reply.outcome.refusal.code == "not_numbers"


def test_an_array_that_declares_more_than_came_is_refused() -> None:
    payload = npy(np.zeros(3)).replace(b"(3,)", b"(3000000000000,)"[:16])
    assert read_predictions(predicted(payload), [3], MOST).outcome.refusal.code == "not_numbers"


@pytest.mark.parametrize("array", [np.zeros(2), np.zeros((4, 3)), np.zeros(0), np.float32(1)])
def test_another_count_than_that_of_the_inputs_is_refused(array: np.ndarray) -> None:
    assert (
        read_predictions(predicted(npy(np.asarray(array))), [3], MOST).outcome.refusal.code == "wrong_count"
    )


def test_a_second_frame_makes_the_first_worthless() -> None:
    frame = predicted(npy(np.zeros(3)))
    assert read_predictions(frame + frame, [3], MOST).outcome.ending is Ending.CRASHED
    assert read_predictions(frame, [3], MOST).outcome.ending is Ending.COMPLETED


def test_more_than_may_come_back_is_refused() -> None:
    assert read_predictions(predicted(npy(np.zeros(3))), [3], most=10).outcome.ending is Ending.CRASHED


def test_a_job_cannot_claim_a_grade() -> None:
    frame = pack_frame({"reply": "passed", "score": 5, "verdict": "passed"})
    assert read_predictions(frame, [3], MOST).outcome.ending is Ending.CRASHED
    assert read_model(frame, MOST).outcome.ending is Ending.CRASHED


def test_facts_of_the_wrong_kind_are_left_out_and_text_is_cleaned() -> None:
    facts = {
        "input_shape": "\x1b[31mred\x1b[0m\nline",
        "output_shape": 7,
        "parameters": "many",
        "layers": ["Dense", 3, None, "L" * 5000],
        "adaptations": "text",
        "saved_by": {"a": 1},
    }
    reply = described(facts) + predicted(npy(np.zeros(3)), load="soon")
    facts_read = read_predictions(reply, [3], MOST).outcome.facts
    assert facts_read.input_shape == "red line"
    assert (facts_read.output_shape, facts_read.parameters, facts_read.saved_by) == ("", None, "")
    assert facts_read.layers[0] == "Dense"
    assert len(facts_read.layers) == 2
    assert len(facts_read.layers[1]) < 400
    assert facts_read.adaptations == ()


def test_a_refusal_is_bounded_and_printable() -> None:
    frame = pack_frame(
        {"reply": "refused", "code": "x\ny", "message": "\x1b]0;title\x07" + "m" * 10_000, "found": []}
    )
    refusal = read_predictions(frame, [3], MOST).outcome.refusal
    assert refusal.code == "refused" or refusal.code.isprintable()
    assert refusal.message.isprintable()
    assert len(refusal.message) <= 1000


@pytest.mark.parametrize("kind", ["script", "exe", 3, None])
def test_a_trained_model_is_of_a_known_kind(kind: object) -> None:
    frame = pack_frame({"reply": "trained", "kind": kind}, b"bytes")
    assert read_model(frame, MOST).outcome.ending is Ending.CRASHED


# Extra inputs


def predicted_twice(*parts: bytes, sizes: object = None) -> bytes:
    reply = [len(part) for part in parts] if sizes is None else sizes
    return pack_frame({"reply": "predicted", "sizes": reply}, b"".join(parts))


def test_predictions_for_extra_inputs_follow_the_others() -> None:
    reply = read_predictions(predicted_twice(npy(np.arange(3.0)), npy(np.arange(2.0))), [3, 2], MOST)
    assert reply.outcome.predictions.tolist() == [0, 1, 2]
    assert [part.tolist() for part in reply.outcome.extra_predictions] == [[0, 1]]


@pytest.mark.parametrize(
    "part", [b"", b"no array", npy(np.arange(3.0)), npy(np.float64(1)), npy(np.array(["x", "y"]))]
)
def test_unusable_extra_predictions_are_none_and_cost_nothing_else(part: bytes) -> None:
    reply = read_predictions(predicted_twice(npy(np.arange(3.0)), part), [3, 2], MOST)
    assert reply.outcome.ending is Ending.COMPLETED
    assert reply.outcome.extra_predictions == (None,)


@pytest.mark.parametrize(
    "sizes",
    [None, [], [5], [-1, 5], [10**30, 0], ["5", "5"], [True, 5], {"0": 5}, [0, 0], [5, 5, 5], [2**62, 2**62]],
)
def test_sizes_that_do_not_add_up_make_a_reply_worthless(sizes: object) -> None:
    frame = pack_frame({"reply": "predicted", "sizes": sizes}, npy(np.arange(3.0)))
    assert read_predictions(frame, [3, 2], MOST).outcome.ending is Ending.CRASHED
