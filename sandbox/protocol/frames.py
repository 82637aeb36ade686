"""Frames: how the worker, its jobs and the host talk. Standard library only.

A frame is a prefix of twelve bytes (the header's length in four, the payload's in eight, big-endian), a
header (a JSON object in UTF-8, at most 1 MiB) and a payload (any bytes). Every length is checked before
anything of that length is read.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

PREFIX: Final = struct.Struct(">IQ")
MOST_HEADER: Final = 2**20


class BadFrame(ValueError):
    """These bytes are not a frame, or declare more than is allowed."""


def pack_head(header: Mapping[str, Any], payload_length: int) -> bytes:
    """Prefix and header of a frame; the payload's bytes follow."""
    text = json.dumps(header, allow_nan=False).encode()
    if len(text) > MOST_HEADER:
        raise BadFrame(f"A header of {len(text):,} bytes is too long to send.")
    return PREFIX.pack(len(text), payload_length) + text


def pack_frame(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """A whole frame."""
    return pack_head(header, len(payload)) + payload


def read_head(receive: Callable[[int], bytes], most_payload: int) -> tuple[dict[str, Any], int]:
    """The header of the next frame, and how many payload bytes follow it.

    `receive(n)` hands over exactly n bytes.

    Raises:
        BadFrame: a length beyond its bound (nothing of that length was read), or a header that is no object.
    """
    header_length, payload_length = PREFIX.unpack(receive(PREFIX.size))
    if header_length > MOST_HEADER:
        raise BadFrame(f"A frame declares a header of {header_length:,} bytes.")
    if payload_length > most_payload:
        raise BadFrame(f"A frame declares {payload_length:,} bytes; at most {most_payload:,} are read.")
    return _parse_header(receive(header_length)), payload_length


def split_frame(data: bytes | memoryview, most_payload: int) -> tuple[dict[str, Any], memoryview]:
    """Header and payload of `data`, which must be exactly one frame.

    Raises:
        BadFrame: cut short, followed by anything, too long, or no frame at all.
    """
    header, payload, behind = split_first_frame(data, most_payload)
    if len(behind):
        raise BadFrame(f"{len(behind):,} bytes follow a frame of {len(payload):,} payload bytes.")
    return header, payload


def split_first_frame(
    data: bytes | memoryview, most_payload: int
) -> tuple[dict[str, Any], memoryview, memoryview]:
    """Header and payload of the frame that `data` begins with, and what follows it. Raises BadFrame."""
    position = 0

    def receive(count: int) -> bytes:
        nonlocal position
        if len(data) - position < count:
            raise BadFrame("The frame is cut short.")
        position += count
        return bytes(data[position - count : position])

    header, length = read_head(receive, most_payload)
    if len(data) - position < length:
        raise BadFrame(f"A frame declares {length:,} payload bytes and {len(data) - position:,} came.")
    rest = memoryview(data)[position:]
    return header, rest[:length], rest[length:]


def _parse_header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("A frame's header is not JSON.") from error
    if not isinstance(header, dict):
        raise BadFrame("A frame's header is not a JSON object.")
    return header
