"""Frames are read from beside strangers: arbitrary bytes are refused, and no declared length is trusted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprep.sandbox.protocol.frames import MOST_HEADER, PREFIX, BadFrame, pack_frame, read_head, split_frame

HEADERS = st.dictionaries(
    st.text(max_size=20), st.none() | st.booleans() | st.integers() | st.text(max_size=50), max_size=5
)


@given(HEADERS, st.binary(max_size=2000))
def test_what_was_packed_is_what_is_read(header: dict[str, object], payload: bytes) -> None:
    found, rest = split_frame(pack_frame(header, payload), 2000)
    assert found == header
    assert bytes(rest) == payload


@given(st.binary(max_size=3000))
def test_arbitrary_bytes_are_a_frame_or_refused(data: bytes) -> None:
    try:
        header, payload = split_frame(data, 3000)
    except BadFrame:
        return
    assert isinstance(header, dict)
    assert len(payload) <= len(data)


@given(HEADERS, st.binary(max_size=200), st.binary(min_size=1, max_size=200))
def test_a_second_frame_or_anything_behind_the_first_is_refused(
    header: dict[str, object], payload: bytes, behind: bytes
) -> None:
    with pytest.raises(BadFrame):
        split_frame(pack_frame(header, payload) + behind, 10_000)


@given(HEADERS, st.binary(max_size=200), st.data())
def test_a_frame_cut_short_is_refused(header: dict[str, object], payload: bytes, data: st.DataObject) -> None:
    frame = pack_frame(header, payload)
    with pytest.raises(BadFrame):
        split_frame(frame[: data.draw(st.integers(0, len(frame) - 1))], 10_000)


@pytest.mark.parametrize(
    ("header_length", "payload_length"), [(2**32 - 1, 0), (2, 2**40), (MOST_HEADER + 1, 1)]
)
def test_a_declared_terabyte_is_refused_before_anything_of_that_length_is_read(
    header_length: int, payload_length: int
) -> None:
    requested: list[int] = []

    def receive(count: int) -> bytes:
        requested.append(count)
        return PREFIX.pack(header_length, payload_length)

    with pytest.raises(BadFrame, match="declares"):
        read_head(receive, most_payload=2**30)
    assert requested == [PREFIX.size]


@pytest.mark.parametrize("text", [b"[]", b"1", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 100_000])
def test_a_header_that_is_no_json_object_is_refused(text: bytes) -> None:
    with pytest.raises(BadFrame):
        split_frame(PREFIX.pack(len(text), 0) + text, 10)


def test_a_header_too_long_to_be_read_is_not_sent() -> None:
    with pytest.raises(BadFrame):
        pack_frame({"text": "x" * MOST_HEADER})


def test_headers_hold_no_numbers_that_json_does_not_have() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        json.loads(pack_frame({"seconds": float("nan")}))
