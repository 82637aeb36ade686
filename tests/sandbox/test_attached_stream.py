"""The engine's attach stream, taken apart: over a real socket, in pieces of every size."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfprep.sandbox.host.container import KEPT_ERRORS, AttachedStream

Ends = tuple[AttachedStream, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    near, far = socket.socketpair()
    with near, far:
        yield AttachedStream(near), far


def piece(data: bytes, stream: int = 1) -> bytes:
    return struct.pack(">BxxxI", stream, len(data)) + data


def receive_all(stream: AttachedStream) -> bytes:
    collected = b""
    while data := stream.receive(7, 10):
        collected += data
    return collected


def test_output_comes_without_the_engine_s_prefixes(ends: Ends) -> None:
    stream, engine = ends
    engine.sendall(piece(b"one ") + piece(b"") + piece(b"two"))
    engine.shutdown(socket.SHUT_WR)
    assert receive_all(stream) == b"one two"


def test_errors_are_kept_apart_and_only_their_end(ends: Ends) -> None:
    stream, engine = ends
    long = b"x" * KEPT_ERRORS + b"the end"
    writer = threading.Thread(target=lambda: engine.sendall(piece(long, 2) + piece(b"out") + piece(b"!", 2)))
    writer.start()
    assert stream.receive(100, 10) == b"out"
    writer.join()
    engine.shutdown(socket.SHUT_WR)
    assert stream.receive(100, 10) == b""
    assert stream.errors.endswith("the end!")
    assert len(stream.errors) == KEPT_ERRORS


def test_a_stream_cut_in_the_middle_ends(ends: Ends) -> None:
    stream, engine = ends
    engine.sendall(piece(b"whole")[:-2])
    engine.shutdown(socket.SHUT_WR)
    assert receive_all(stream) == b"who"


def test_a_silent_worker_is_a_timeout(ends: Ends) -> None:
    stream, _ = ends
    with pytest.raises(TimeoutError):
        stream.receive(1, 0.05)


def test_output_on_the_other_stream_does_not_delay_the_timeout(ends: Ends) -> None:
    stream, engine = ends
    stop = threading.Event()

    def keep_writing() -> None:
        while not stop.wait(0.01):
            engine.sendall(piece(b"busy", 2))

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        with pytest.raises(TimeoutError):
            stream.receive(1, 0.3)
    finally:
        stop.set()
        writer.join()


def test_an_engine_that_takes_nothing_is_a_timeout(ends: Ends) -> None:
    stream, _ = ends
    with pytest.raises(TimeoutError):
        stream.send(memoryview(bytes(64 * 2**20)), 0.2)


def test_all_that_is_sent_arrives(ends: Ends) -> None:
    stream, engine = ends
    data = bytes(range(256)) * 20_000
    arrived = bytearray()

    def read() -> None:
        while len(arrived) < len(data):
            arrived.extend(engine.recv(2**16))

    reader = threading.Thread(target=read)
    reader.start()
    stream.send(memoryview(data), 30)
    reader.join()
    assert arrived == data


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=200)), max_size=20))
def test_whatever_the_pieces_the_output_is_theirs_in_order(pieces: list[tuple[int, bytes]]) -> None:
    near, far = socket.socketpair()
    with near, far:
        far.sendall(b"".join(piece(data, stream) for stream, data in pieces))
        far.shutdown(socket.SHUT_WR)
        stream = AttachedStream(near)
        assert receive_all(stream) == b"".join(data for number, data in pieces if number == 1)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=2000))
def test_arbitrary_bytes_never_do_more_than_end(data: bytes) -> None:
    near, far = socket.socketpair()
    with near, far:
        far.sendall(data)
        far.shutdown(socket.SHUT_WR)
        assert len(receive_all(AttachedStream(near))) <= len(data)
