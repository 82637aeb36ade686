"""Every text that somebody else may have written: what is read of it has a limit, and so has the time.

Submissions, zips and training logs are read in a process with limits (`grader/submission/reader.py`). These
are read by the grader itself: so each is bounded before a parser sees it.
"""

from __future__ import annotations

import itertools
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tfprep.classroom.roster import read_assignments, read_roster
from tfprep.classroom.rules_file import read_rules
from tfprep.cohorts.importing.layouts.gradescope import LIST_BYTES, Submissions
from tfprep.cohorts.importing.manifest import read_rows
from tfprep.errors import TfprepError
from tfprep.exams.certificate import verify_certificate
from tfprep.exams.checks import Expected
from tfprep.exams.exam_pack import open_pack
from tfprep.exams.hand_in_files import RefusedFile
from tfprep.exams.opening import _open_safely
from tfprep.files.csv_tables import read_csv
from tfprep.problems import DataStore, find
from tfprep.problems.data_pack import is_pack, problem_of
from tfprep.problems.hints import HintsShown
from tfprep.problems.workspace import WORKSPACE_FILE, Workspace
from tfprep.problems.workspace_files import GIVEN_FILE, GivenFiles

SIZE = 2**40
"""Bytes of a file with nothing in it, which takes no room on the disk."""
_UNIT = 1024 if sys.platform == "darwin" else 1
"""macOS counts bytes, Linux kibibytes."""


def workspace(path: Path) -> object:
    return Workspace.open(_as(path, WORKSPACE_FILE))


def given(path: Path) -> object:
    return GivenFiles.read(_as(path, GIVEN_FILE))


def hand_in(path: Path) -> object:
    found = _open_safely(path, path.name, 1, bytes(32), Expected(frozenset(), "", datetime.now(UTC)))
    assert isinstance(found, RefusedFile)
    return found


def gradescope(path: Path) -> object:
    with path.open("rb") as file:  # as `NestedZips.read` reads its beginning
        return Submissions(file.read(LIST_BYTES).decode("utf-8", "replace"))


READERS: dict[str, Callable[[Path], object]] = {
    "a roster": read_roster,
    "groups in a roster": read_assignments,
    "a manifest, or any table": lambda path: read_rows(read_csv(path)),
    "cohort.toml": read_rules,
    "a certificate": verify_certificate,
    "an exam pack": lambda path: open_pack(path, DataStore(path.parent, bytes(32)), lambda line: None),
    "a hand-in of an exam": hand_in,
    "a data pack": problem_of,
    "a zip beside an exam pack": is_pack,
    "what a workspace was made from": workspace,
    "what a workspace was given": given,
    "hints that were shown": lambda path: HintsShown(path).of(find("mnist")),
    "Gradescope's list": gradescope,
}
SHAPES = (
    *(
        "[",
        '{"a":',
        "(",
        "a.",
        '"',
        "'",
        ",",
        ",\n",
        "\n",
        "\r",
        "a=[",
        "é",
        "\0",
        "\ud55c",
        "0",
        "1e9,",
        "=1+1,",
    ),
    *(
        "submission_1:\n  :submitters:\n  - :name: x\n",
        "[a]\n",
        "# x\n",
        "id,name\n",
        "Ada Lovelace,1\n",
        "\\\n",
    ),
)
SHORT, LONG = 6_000, 24_000
SUSPECT = 0.03
"""Seconds of a core: a linear reader takes a part of it for SHORT characters."""


def _as(path: Path, name: str) -> Path:
    path.rename(path.with_name(name))
    return path.parent


def read(reader: Callable[[Path], object], path: Path) -> float:
    """The seconds of a core that it takes. It may refuse, with an error that has a sentence."""
    began = time.thread_time()
    with suppress(TfprepError):
        reader(path)
    return time.thread_time() - began


@pytest.mark.parametrize("name", READERS)
def test_a_file_without_end_is_not_read_to_its_end(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file.csv"
    path.touch()
    os.truncate(path, SIZE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read(READERS[name], path) < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**18 * _UNIT, "more than 256 MiB"


@pytest.mark.parametrize("name", READERS)
def test_no_shape_of_a_text_takes_more_than_linear_time(tmp_path: Path, name: str) -> None:
    def seconds(shape: str, length: int) -> float:
        path = tmp_path / "file.csv"
        path.write_text(start + shape * (length // len(shape)), "utf-8", "surrogatepass")
        return read(READERS[name], path)

    for start, shape in itertools.product(("", "id,name,problem,path\n"), SHAPES):
        if seconds(shape, SHORT) > SUSPECT:
            took = min(seconds(shape, SHORT) for _ in range(3))
            assert min(seconds(shape, LONG) for _ in range(2)) < max(SUSPECT, 7 * took), repr(start + shape)
