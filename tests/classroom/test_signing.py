"""A signed result shows every changed byte, and the key that signed it."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprep.classroom.signing import FILE, fingerprint, public_key, read_or_make_key, sign, verify
from tfprep.errors import BadKey, NotGenuine

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))
VALUES = {"learner": "Zoë", "total": 92.5, "categories": [{"problem": "problem1", "score": 5}], "late": None}
FILE_CONTENT = sign(VALUES, KEY)


def test_what_was_signed_is_read_back_with_its_signer() -> None:
    signed = verify(FILE_CONTENT)
    assert signed.values == VALUES
    assert signed.key == public_key(KEY)
    assert signed.signer == fingerprint(public_key(KEY))


@given(st.integers(0, len(FILE_CONTENT) - 1), st.integers(1, 255))
def test_any_changed_byte_fails(position: int, change: int) -> None:
    changed = bytearray(FILE_CONTENT)
    changed[position] ^= change
    with pytest.raises(NotGenuine):
        verify(bytes(changed))


@given(st.integers(0, len(FILE_CONTENT)), st.binary(min_size=1, max_size=3))
def test_any_added_byte_fails(position: int, added: bytes) -> None:
    with pytest.raises(NotGenuine):
        verify(FILE_CONTENT[:position] + added + FILE_CONTENT[position:])


@given(st.integers(0, len(FILE_CONTENT) - 1))
def test_any_missing_byte_fails(position: int) -> None:
    with pytest.raises(NotGenuine):
        verify(FILE_CONTENT[:position] + FILE_CONTENT[position + 1 :])


def test_the_same_values_in_another_spelling_fail() -> None:
    with pytest.raises(NotGenuine, match="spelled"):
        verify(json.dumps(json.loads(FILE_CONTENT)).encode())


def test_another_key_over_the_same_values_is_another_signer() -> None:
    values = json.loads(FILE_CONTENT)
    values["key"] = public_key(OTHER)
    with pytest.raises(NotGenuine):
        verify((json.dumps(values, sort_keys=True, indent=1) + "\n").encode())
    assert verify(sign(VALUES, OTHER)).signer != verify(FILE_CONTENT).signer


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b"x" * (1 << 21)])
def test_what_was_never_signed_fails_with_a_sentence(content: bytes) -> None:
    with pytest.raises(NotGenuine, match="This"):
        verify(content)


def test_a_home_keeps_one_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    key = read_or_make_key(tmp_path / "home")
    assert read_or_make_key(tmp_path / "home") == key
    assert stat.S_IMODE((tmp_path / "home" / FILE).stat().st_mode) == 0o600
    assert read_or_make_key(tmp_path / "elsewhere") != key


def test_a_damaged_key_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"short")
    with pytest.raises(BadKey, match="backup"):
        read_or_make_key(tmp_path)


def test_lists_in_lists_whose_spelling_would_be_long_are_refused_for_little() -> None:
    """With an indent for each, 800 kB in 900 lists were spelled in 700 MB."""

    def seconds(depth: int) -> float:
        inner = b"[" * depth + b"1," * 100_000 + b"1" + b"]" * depth
        content = b'{"key":"%s","signature":"00","signed":%s}' % (b"00" * 32, inner)
        began = time.perf_counter()
        with pytest.raises(NotGenuine):
            verify(content)
        return time.perf_counter() - began

    assert min(seconds(900) for _ in range(3)) < 4 * min(seconds(9) for _ in range(3)) + 0.05
