"""Names in zips are read as the program wrote them that packed them: Windows, a Mac, others."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

import pytest

from tfprep.classroom.rules import CohortRules
from tfprep.cohorts.importing.importing import import_source
from tfprep.grader.records.cohort import Learner

from .submission_files import H5, zip_up


def named(names: Mapping[bytes, bytes]) -> bytes:
    """A zip whose names are these bytes, without the mark that says that they are UTF-8."""
    plain = {chr(97 + place) * len(raw): content for place, (raw, content) in enumerate(names.items())}
    data = zip_up(plain)
    for placeholder, raw in zip(plain, names, strict=True):
        data = data.replace(placeholder.encode(), raw)
    return data


ENCODED = {
    "Windows in the West": ("Zoë Strauß", "cp437"),
    "a Mac, or Java of old, in UTF-8 without saying so": ("Zoë Strauß", "utf-8"),
    "a Mac, decomposed": ("Zoe\u0308 Strau\u00df", "utf-8"),
    "Russian Windows": ("Ада Лавлейс", "cp866"),
    "Windows in Denmark": ("Søren Kierkegård", "cp850"),
    "Windows in Poland": ("Łukasz Żółć", "cp852"),
    "Japanese Windows": ("田中 由紀", "cp932"),
}


@pytest.mark.parametrize("kind", ENCODED)
def test_a_name_in_a_zip_is_read_as_its_program_wrote_it(tmp_path: Path, kind: str) -> None:
    name, encoding = ENCODED[kind]
    roster = [Learner("z", unicodedata.normalize("NFC", name)), Learner("x", "Zoe Strauss")]
    path = f"{name}/problem1/mymodel.h5".encode(encoding)
    source = tmp_path / "all.zip"
    source.write_bytes(named({path: H5, b"Zoe Strauss/problem1/mymodel.h5": H5 + b"x"}))
    found = import_source(source, roster, CohortRules(), tmp_path / "scratch")
    placed = {one.learner: one.path.read_bytes() for one in found.files}
    assert placed.pop("x") == H5 + b"x"
    assert placed == {"z": H5} or (encoding.startswith("cp9") and not placed and len(found.drafts) == 1), (
        placed
    )


def test_backslashes_from_windows_are_folders(tmp_path: Path) -> None:
    source = tmp_path / "all.zip"
    source.write_bytes(
        named({b"all\\ada\\problem1\\mymodel.h5": H5, b"all\\grace\\problem1\\mymodel.h5": H5})
    )
    roster = [Learner("ada"), Learner("grace")]
    found = import_source(source, roster, CohortRules(), tmp_path / "scratch")
    assert {one.learner for one in found.files} == {"ada", "grace"}


def test_what_no_encoding_makes_anybodys_name_is_listed(tmp_path: Path) -> None:
    source = tmp_path / "all.zip"
    source.write_bytes(named({"Søren/problem1/mymodel.h5".encode("cp850"): H5}))
    found = import_source(source, [Learner("ada", "Ada")], CohortRules(), tmp_path / "scratch")
    assert (len(found.files), len(found.drafts)) == (0, 1)
