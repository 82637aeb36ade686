"""A hostile archive is refused, bounded in time and memory; arbitrary bytes never crash the reader."""

import io
import stat
import tarfile
import warnings
import zipfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfprep.errors import NotAModel, UnsafeArchive
from tfprep.files.archives import Bounds, checked_name, list_zip, read_zip
from tfprep.files.tars import read_tar
from tfprep.grader.submission.recognition import recognise

from ..grader.model_files import SAVED_MODEL, refusal, tar_entry, tarred, write, zipped

HOSTILE_ZIPS = {
    "archive_escape": partial(zipped, {"saved_model.pb": b"x", "../../evil": b"x"}),
    "archive_duplicate": partial(zipped, {"saved_model.pb": b"x", "./saved_model.pb": b"y"}),
    "archive_members": partial(zipped, {f"{n}": b"" for n in range(10_001)}),
    "archive_bomb": partial(zipped, {"saved_model.pb": bytes(70 * 2**20)}),
    "archive_compression": partial(zipped, {"saved_model.pb": b"x"}, compression=zipfile.ZIP_LZMA),
    "archive_name": partial(zipped, {"saved_model.pb": b"x", "variables/" + "n" * 600: b"x"}),
}


def overlapping(count: int) -> bytes:
    """So many names in a zip's list for the bytes of one file."""
    packed = bytearray(zipped({"n000": bytes(2**20)}))
    at = packed.index(b"PK\x01\x02")
    end = packed.index(b"PK\x05\x06")
    entry = bytes(packed[at:end])
    entries = b"".join(entry.replace(b"n000", b"n%03d" % number) for number in range(count))
    tail = b"PK\x05\x06" + bytes(4) + count.to_bytes(2, "little") * 2 + len(entries).to_bytes(4, "little")
    return bytes(packed[:at]) + entries + tail + at.to_bytes(4, "little") + bytes(2)


def test_a_zip_whose_files_share_their_bytes_is_refused_before_any_is_unpacked() -> None:
    with zipfile.ZipFile(io.BytesIO(overlapping(300))) as plain:
        assert sum(entry.file_size for entry in plain.infolist()) == 300 * 2**20
    for archive in (overlapping(300), overlapping(2)):
        with pytest.raises(UnsafeArchive) as error:
            read_zip(archive, Bounds(10**9))
        assert error.value.code == "archive_overlap"
        with pytest.raises(UnsafeArchive, match="overlap"):
            list_zip(archive, Bounds(10**9))
    assert read_zip(overlapping(1), Bounds(10**9)) == {"n000": bytes(2**20)}


@pytest.mark.parametrize("code", HOSTILE_ZIPS)
def test_a_hostile_zip_is_refused(tmp_path: Path, code: str) -> None:
    assert refusal(write(tmp_path / "m.zip", HOSTILE_ZIPS[code]()), limit=200 * 2**20)[0] == code


@pytest.mark.parametrize("name", ["/etc/passwd", "C:\\x", "..", "a/../../b", "\\\\host\\x", "a/..\\..\\b"])
def test_a_path_that_leads_out_of_the_archive_is_refused(name: str) -> None:
    with pytest.raises(UnsafeArchive) as error:
        checked_name(name)
    assert error.value.code == "archive_escape"


@pytest.mark.parametrize("name", ["", "a\nb", "a\x1b[2Jb", "x" * 513, "y" * 256 + "/z", "./"])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(UnsafeArchive) as error:
        checked_name(name)
    assert error.value.code == "archive_name"


@pytest.mark.parametrize("name", ["1158\u202fPM - m.h5", "山田\u3000太郎_12/m.h5", "a\u00a0b", "क्\u200dष.h5"])
def test_a_name_may_hold_any_scripts_spaces_and_joiners(name: str) -> None:
    assert checked_name(name) == name


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("saved_model.pb")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert refusal(write(tmp_path / "m.zip", packed.getvalue()))[0] == "archive_link"


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    locked = bytearray(zipped({"saved_model.pb": b"x"}))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(write(tmp_path / "m.zip", bytes(locked)))[0] == "archive_encrypted"


def test_a_zip_whose_directory_is_enormous_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    entry = zipped({"a": b""})
    start = entry.index(b"PK\x01\x02")
    directory = entry[start : entry.index(b"PK\x05\x06")] * 100_000
    end = b"PK\x05\x06" + bytes(4) + (65_535).to_bytes(2, "little") * 2 + len(directory).to_bytes(4, "little")
    packed = entry[:start] + directory + end + start.to_bytes(4, "little") + bytes(2)
    assert refusal(write(tmp_path / "m.zip", packed), limit=100 * 2**20)[0] == "archive_members"


def test_a_zip_that_declares_less_than_it_holds_gives_no_more_than_declared() -> None:
    lying = bytearray(zipped({"saved_model.pb": bytes(1_000_000)}))
    at = lying.index(b"PK\x01\x02") + 24
    lying[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(UnsafeArchive):
        read_zip(bytes(lying), Bounds(10_000_000))


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (tar_entry(type=tarfile.SYMTYPE, linkname="/etc/passwd"), "archive_link"),
        (tar_entry(type=tarfile.LNKTYPE, linkname="../other"), "archive_link"),
        (tar_entry(type=tarfile.CHRTYPE), "archive_link"),
        (tar_entry(type=tarfile.FIFOTYPE), "archive_link"),
        (tarred({"/saved_model.pb": b"x"}), "archive_escape"),
        (tarred({"../saved_model.pb": b"x"}), "archive_escape"),
        (tarred({"saved_model.pb": bytes(11 * 2**20)}), "archive_bomb"),
        (tar_entry(size=2**40), "archive_bomb"),
        (tarred(SAVED_MODEL)[:-30], "truncated_archive"),
        (tarred({"notes": b"x"}), "archive_without_model"),
    ],
)
def test_a_hostile_tar_is_refused(tmp_path: Path, packed: bytes, code: str) -> None:
    assert refusal(write(tmp_path / "m.tar.gz", packed))[0] == code


def test_a_gzip_bomb_is_cut_off_at_the_bound(tmp_path: Path) -> None:
    bomb = tarred({"padding": bytes(60 * 2**20), "saved_model.pb": b"x"})
    assert len(bomb) < 2**20
    assert refusal(write(tmp_path / "m.tar.gz", bomb))[0] == "archive_bomb"


@pytest.mark.parametrize("piece", ["(", "-", "[", "lambda:", "not ", "a.", "1+", "{", "f(", "x[0]"])
def test_a_script_made_to_break_the_parser_is_refused(tmp_path: Path, piece: str) -> None:
    script = "import os\n" + piece * (200_000 // len(piece))
    assert refusal(write(tmp_path / "starter.py", script.encode()))[0].startswith("script_")


def test_a_script_of_many_megabytes_is_not_parsed(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "starter.py", b"import os\n" * 200_000))[0] == "script_too_long"


# Arbitrary bytes

STARTS = [b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"\x89HDF", b"import os\n", b"<html", b"{"]


def recognise_or_refuse(content: bytes) -> None:
    """Whatever else it raises fails the test."""
    try:
        told = str(recognise(content, "mymodel.h5", 2**20).kind)
    except NotAModel as error:
        told = error.message if error.code else ""
    assert told


@given(st.sampled_from(STARTS), st.binary(max_size=2_000))
def test_arbitrary_bytes_are_recognised_or_refused(start: bytes, rest: bytes) -> None:
    recognise_or_refuse(start + rest)


@given(st.text(max_size=500))
def test_arbitrary_text_is_recognised_or_refused(text: str) -> None:
    recognise_or_refuse(("import os\n" + text).encode("utf-8", "surrogatepass"))


@settings(deadline=None)
@given(
    st.sampled_from([zipped(SAVED_MODEL), tarred(SAVED_MODEL, mode="w"), tarred(SAVED_MODEL)]),
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), max_size=20),
    st.integers(0, 5_000),
)
def test_a_damaged_archive_is_recognised_or_refused(
    archive: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    damaged = bytearray(archive)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    recognise_or_refuse(bytes(damaged[: len(damaged) - cut % 200]))


@given(st.dictionaries(st.text(min_size=1, max_size=40), st.binary(max_size=200), max_size=8))
def test_what_comes_out_of_an_archive_stays_below_its_top(files: dict[str, bytes]) -> None:
    try:
        with warnings.catch_warnings(action="ignore"):  # of names that are one when a zip has cut them
            packed = zipped(files)
    except (ValueError, IndexError):  # names that no zip can be written with
        return
    try:
        names = [*list_zip(packed, Bounds(10_000)), *read_zip(packed, Bounds(10_000))]
    except UnsafeArchive:
        return
    assert all(not name.startswith("/") and ".." not in name.split("/") for name in names)


@given(st.binary(max_size=3_000))
def test_the_tar_reader_only_ever_raises_its_own_error(content: bytes) -> None:
    try:
        files = read_tar(content, Bounds(10_000))
    except UnsafeArchive:
        return
    assert sum(map(len, files.values())) <= 10_000
