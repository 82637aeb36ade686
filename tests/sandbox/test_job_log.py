"""What a job prints is shown to people: nothing of it may move a cursor, colour a line or fill a disk."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tfprep.files.text import terminal_line
from tfprep.sandbox.host.worker_client import JobLog


@given(st.lists(st.binary(max_size=300), max_size=10))
def test_whatever_is_printed_what_is_shown_is_printable_and_bounded(pieces: list[bytes]) -> None:
    seen: list[str] = []
    log = JobLog(500, seen.append)
    for piece in pieces:
        log.feed(piece)
    tail = log.close()
    assert len(tail.encode()) <= 500
    assert all(line.isprintable() for line in [*seen, *tail.split("\n")])


def test_lines_are_seen_as_they_end_and_kept() -> None:
    seen: list[str] = []
    log = JobLog(1000, seen.append)
    log.feed(b"Epoch 1/2\nEp")
    assert seen == ["Epoch 1/2"]
    log.feed(b"och 2/2\nd\xc3")
    log.feed(b"\xa9")
    assert log.close() == "Epoch 1/2\nEpoch 2/2\ndé"


def test_only_the_tail_is_kept() -> None:
    log = JobLog(20)
    for number in range(1000):
        log.feed(f"line {number}\n".encode())
    assert log.close() == "line 998\nline 999"


def test_a_progress_bar_becomes_the_line_it_ended_as() -> None:
    assert terminal_line("1/3 [=>..]\r2/3 [==>.]\r3/3 [====] loss: 0.1\r") == "3/3 [====] loss: 0.1"


def test_escapes_that_colour_move_or_retitle_are_gone() -> None:
    assert (
        terminal_line("\x1b[31mred\x1b[0m \x1b]0;owned\x07\x1b[2J\x1b[1;1Hplain\x9b31m\x00\x7f")
        == "red plain" + "�31m" + "�"
    )


def test_a_line_without_an_end_is_bounded() -> None:
    log = JobLog(10_000)
    for _ in range(100):
        log.feed(b"x" * 10_000)
    assert len(log.close()) <= 10_000
