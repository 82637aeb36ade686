"""Whatever a table or a rules file is, reading it costs little and ends in a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tfprep.classroom.roster import read_roster
from tfprep.classroom.rules_file import read_rules
from tfprep.cohorts.importing.layouts import gradescope
from tfprep.errors import BadCohort

MIB = 2**20
TABLES: dict[str, tuple[Callable[[Path], object], str]] = {
    "of 2 GB": (lambda path: enlarge(path, 2**31), "is larger than 32 MiB"),
    "one line of 512 MB": (lambda path: enlarge(path, 512 * MIB, b"id,name\n"), "is larger than 32 MiB"),
    "one long line": (lambda path: path.write_bytes(b"id\n" + b"a," * MIB), "longer than 1 MiB"),
    "a long first line": (lambda path: path.write_bytes(b"id" + b"," * (2 * MIB)), "longer than 1 MiB"),
    "one long cell": (lambda path: path.write_bytes(b"id\n" + b"a" * 200_000), "this is not CSV"),
    "of zeros": (lambda path: path.write_bytes(bytes(MIB)), "this is binary data"),
    "of columns": (lambda path: path.write_bytes(b"id" + b",x" * 3_000), "has 3,001 columns"),
    "of columns that rows leave out": (
        lambda path: path.write_bytes(named_columns(2_000) + b"\na" * 3_000),
        "more than 4,000,000 cells",
    ),
    "of empty lines": (lambda path: path.write_bytes(b"id\n" * 200_002), "has more than 200,000 lines"),
    "large, and in an old encoding": (
        lambda path: path.write_bytes(b"id,name\n" + b"a,M\xfcller\n" * 500_000),
        "is not in UTF-8, and larger than 4 MiB",
    ),
}
RULES: dict[str, tuple[Callable[[Path], object], str]] = {
    "of 2 GB": (lambda path: enlarge(path, 2**31), "is larger than 1 MiB"),
    "of zeros": (lambda path: path.write_bytes(bytes(MIB)), "is not valid TOML"),
    "a key of 300,000 parts": (lambda path: path.write_bytes(b"a" + b".a" * 300_000 + b"=1"), "200 dots"),
    "a table of 300,000 parts": (lambda path: path.write_bytes(b"[a" + b".a" * 300_000 + b"]"), "200 dots"),
    "lists in lists": (lambda path: path.write_bytes(b"a=" + b"[" * 500_000), "recursion"),
    "tables in tables": (lambda path: path.write_bytes(b"a=" + b"{a=" * 100_000), "recursion"),
}


def enlarge(path: Path, size: int, start: bytes = b"") -> None:
    """A file of so many zeros after its start, which takes no room."""
    path.write_bytes(start)
    with path.open("r+b") as file:
        file.truncate(size)


def named_columns(count: int) -> bytes:
    return b"id," + b",".join(b"c%d" % number for number in range(count - 1))


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_beyond_what_classes_have_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    write, why = TABLES[kind]
    refused(tmp_path / "roster.csv", write, why, read_roster)


@pytest.mark.parametrize("kind", RULES)
def test_rules_that_only_cost_time_are_refused_at_once(tmp_path: Path, kind: str) -> None:
    write, why = RULES[kind]
    refused(tmp_path / "cohort.toml", write, why, read_rules)


def refused(path: Path, write: Callable[[Path], object], why: str, read: Callable[[Path], object]) -> None:
    write(path)
    began = time.process_time()
    with pytest.raises(BadCohort, match=why):
        read(path)
    # Without the limits it takes minutes, or memory that is not there.
    assert time.process_time() - began < 10


def test_a_list_of_gradescopes_expands_nothing_and_has_an_end() -> None:
    laughs = "a: &a [x,x]\n" + "".join(f"b{n}: &b{n} [*a,*a]\n" for n in range(100))
    assert gradescope.Submissions(laughs).read(("submission_1", "mymodel.h5")) is None
    with pytest.raises(BadCohort, match="more than 200,000 things"):
        gradescope.Submissions("submission_1:\n  :submitters:\n" + "  - :sid: x\n" * 200_001)
