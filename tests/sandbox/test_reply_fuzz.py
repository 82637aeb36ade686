"""Replies of every kind that a job can write: each ends as an outcome, and none as an error of the grader."""

from __future__ import annotations

import io
import json
import random
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfprep.sandbox import Ending
from tfprep.sandbox.host.reply import ParsedReply, read_fault, read_model, read_predictions
from tfprep.sandbox.protocol.contract import OWN_CODE_BEGINS
from tfprep.sandbox.protocol.frames import pack_frame

MOST = 2**20
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    *("code", "message", "expected", "found", "sizes", "facts", "load", "predict", "kind"),
    *("error", "frames", "end", "why"),
)
FACTS = (
    *("input_shape", "output_shape", "parameters", "layers", "summary", "saved_by", "form"),
    *("adaptations", "device", "weight_fingerprint"),
)
REPLIES = ("predicted", "trained", "refused", "raised", "out_of_memory", "fault", "own_code_begins", "passed")


def npy(array: np.ndarray) -> bytes:
    """The array as `.npy`."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def with_header(text: bytes, content: bytes = bytes(12)) -> bytes:
    """An `.npy` with this header in place of a dictionary."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + content


def read(data: bytes, counts: tuple[int, ...] = (3,)) -> list[ParsedReply]:
    """The reply as predictions and as a trained model: all its text can be shown."""
    found = [read_predictions(data, counts, MOST), read_model(data, MOST)]
    for reply in found:
        refusal, facts = reply.outcome.refusal, reply.outcome.facts
        texts = [*facts.layers, *facts.summary, *facts.adaptations, facts.input_shape, facts.saved_by]
        texts += [] if refusal is None else [refusal.code, refusal.message, refusal.expected, refusal.found]
        assert all(text.isprintable() and len(text) <= 4096 for text in texts)
        if reply.outcome.ending is Ending.COMPLETED:
            assert (reply.outcome.predictions is None) != (reply.outcome.model is None)
    return found


HEADERS = [
    b"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n",
    b"{'descr': '<f4', 'fortran_order': False, 'shape': (3L,), }\n",
    b"{'descr': '<f4', 'fortran_order': False, 'shape': (3,\n",
    b"(" * 5000,
    b"'''",
    b'"' + b"\\" * 99,
    b"\x00",
    b"  1\n 1\n",
    b"{'descr': '<f4', 'fortran_order': False, 'shape': (-3, -1)}\n",
    b"{'descr': '<f4', 'fortran_order': 2, 'shape': [3]}\n",
    b"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}\n",
    b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"9" * 4400 + b",)}\n",
    b"{'descr': '<f4', 'fortran_order': False, 'shape': (True, 3)}\n",
    b"{'descr': 'O', 'fortran_order': False, 'shape': (3,)}\n",
    b"-" * 9000 + b"1",
]


@pytest.mark.parametrize("header", HEADERS[1:])
def test_a_header_that_python_s_parsers_stumble_over_is_no_array(header: bytes) -> None:
    outcome = read_predictions(pack_frame({"reply": "predicted"}, with_header(header)), [3], MOST).outcome
    assert outcome.refusal is not None or outcome.predictions is not None
    assert outcome.predictions is None or outcome.predictions.shape[0] == 3


def test_the_header_that_the_others_are_made_of_is_one() -> None:
    (reply, _) = read(pack_frame({"reply": "predicted"}, with_header(HEADERS[0])))
    assert reply.outcome.ending is Ending.COMPLETED


@given(st.text(alphabet="{}()[],:'\"\\ \nLdescrfotan_hp<>4|Ox0123456789-+#\x00é", max_size=120))
def test_any_header_ends_a_job_and_never_the_grader(header: str) -> None:
    read(pack_frame({"reply": "predicted"}, with_header(header.encode("latin-1", "replace"))))


def mutated(data: bytes, seed: int) -> bytes:
    """The bytes with a few of them changed, left out, or said twice."""
    draw, changed = random.Random(seed), bytearray(data)
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(changed))
        match draw.randrange(4):
            case 0:
                changed[place] = draw.randrange(256)
            case 1:
                changed[place] ^= 1 << draw.randrange(8)
            case 2:
                del changed[place : place + draw.randint(1, 8)]
            case _:
                changed[place:place] = changed[place : place + draw.randint(1, 8)]
    return bytes(changed)


def test_three_thousand_mutated_replies_end_as_outcomes() -> None:
    """The header of an array is where numpy runs Python's tokenizer: most of the mutations are there."""
    array = npy(np.arange(3, dtype=np.float32))
    description = pack_frame({"reply": "described", "facts": {"layers": ["Dense"]}, "row_counts": [3]})
    whole = description + pack_frame({"reply": "predicted", "load": 0.1}, array)
    for seed in range(2000):
        read(pack_frame({"reply": "predicted"}, mutated(array, seed)))
    for seed in range(1000):
        read(mutated(whole, seed))


@settings(max_examples=60)
@given(
    st.sampled_from(REPLIES),
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5),
    st.dictionaries(st.sampled_from(FACTS), JSON, max_size=5),
    st.binary(max_size=40),
    st.booleans(),
)
def test_any_header_of_a_reply_ends_a_job_and_never_the_grader(
    reply: str, fields: dict[str, Any], facts: dict[str, Any], payload: bytes, own_code: bool
) -> None:
    frame = pack_frame({**fields, "reply": reply}, payload)
    if facts:
        frame = pack_frame({"reply": "described", "facts": facts, "row_counts": fields.get("sizes")}) + frame
    for parsed in read((OWN_CODE_BEGINS if own_code else b"") + frame, (3, 2)):
        assert (parsed.fault is not None) == (reply == "fault" and not own_code)


def test_a_lone_surrogate_is_shown_as_something_else() -> None:
    frame = pack_frame({"reply": "refused", "code": "not_a_model", "message": "\ud800 \udfff"})
    (reply, _) = read(frame)
    assert reply.outcome.refusal is not None
    json.dumps(reply.outcome.refusal.message).encode()
    reply.outcome.refusal.message.encode()


# What a job says of our own code


def test_a_fault_quotes_lines_of_our_own_and_nothing_else() -> None:
    frames = [
        ["worker/load.py", 1],
        ["../../etc/passwd", 1],
        ["worker/load.py", 10**9],
        ["secret", 2],
        7,
        None,
    ]
    fault = read_fault({"error": "KeyError: pixel 0.123", "frames": frames, "message": "m"})
    assert fault.error == "KeyError"
    assert fault.trace.startswith('worker/load.py, line 1:\n    """Loads a model file')
    assert len(fault.trace.splitlines()) == 2
    assert fault.place == "worker/load.py, line 1"


@settings(max_examples=40)
@given(JSON, JSON, JSON)
def test_any_report_of_a_fault_is_read(error: Any, frames: Any, message: Any) -> None:
    fault = read_fault({"error": error, "frames": frames, "message": message})
    assert fault.error.isascii()
    assert fault.place
    assert fault.message.isprintable()
