"""Names in zips are read as the program wrote them that packed them: Windows, a Mac, others."""

from __future__ import annotations

import io
import struct
import unicodedata
import zipfile
import zlib
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


def unicode_path(name: str, raw: bytes) -> bytes:
    """The extra field in which Info-ZIP writes a name in UTF-8 beside the one that these bytes are."""
    content = struct.pack("<BL", 1, zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(content)) + content


def test_a_name_in_utf_8_that_info_zip_writes_beside_the_other_counts_while_it_is_for_that(
    tmp_path: Path,
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for raw, made_for, name in (
            ("Ada_ Lavle__/problem1/mymodel.h5", None, "Ада Лавлейс/problem1/mymodel.h5"),
            ("Zoe/problem1/mymodel.h5", "renamed since", "Bob/problem1/mymodel.h5"),
        ):
            info = zipfile.ZipInfo(raw)
            other = b"\x99\x99\x02\x00ab"
            info.extra = other + unicode_path(name, (made_for or raw).encode())
            archive.writestr(info, H5 + name.encode())
    source = tmp_path / "all.zip"
    source.write_bytes(packed.getvalue())
    roster = [Learner("a", "Ада Лавлейс"), Learner("z", "Zoe"), Learner("b", "Bob")]
    found = import_source(source, roster, CohortRules(), tmp_path / "scratch")
    assert {one.learner: one.path.read_bytes()[len(H5) :].decode()[:3] for one in found.files} == {
        "a": "Ада",
        "z": "Bob",
    }


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
