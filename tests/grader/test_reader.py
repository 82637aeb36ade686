"""Strangers' files are read in a process with limits: what a file does to it is that file's affair alone."""

from __future__ import annotations

import gzip
import io
import os
import signal
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfprep.errors import FailedToRead, OurFault, UnsafeArchive
from tfprep.grader.submission.reader import READER, ReadArtifact, Reader, ZipMember
from tfprep.grader.submission.submission import SIZE_LIMIT, read_submission
from tfprep.sandbox import ArtifactKind

from .model_files import H5, SAVED_MODEL, tarred, write, zipped

LINUX = Path("/proc/self/status").exists()
FAKE = """
import os, struct, sys, time
def send(text, payload=b""):
    os.write(1, struct.pack(">IQ", len(text), len(payload)) + text + payload)
send(b'{"ready": true}')
os.read(0, 100000)
{does}
time.sleep(100)
"""


@pytest.fixture
def reader() -> Iterator[Reader]:
    """A process of this test's own."""
    opened = Reader()
    yield opened
    opened.close()


def read(reader: Reader, path: Path) -> ReadArtifact:
    return reader.read(path, SIZE_LIMIT)


def is_honest_file_read(reader: Reader, folder: Path) -> bool:
    return read(reader, write(folder / "honest.h5", H5)).artifact == H5


def code(reader: Reader, path: Path) -> str:
    found = read(reader, path)
    assert found.refusal is not None
    return found.refusal[0]


def pax(**headers: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers) as archive:
        for name, content in SAVED_MODEL.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def with_member_header(type_: bytes, content: bytes, name: str = "saved_model.pb") -> bytes:
    """A tar.gz whose first header of this type has this content, and a file after it."""
    header = tarfile.TarInfo("x")
    header.type, header.size = type_, len(content)
    body = header.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)
    entry = tarfile.TarInfo(name)
    entry.size = 512
    return gzip.compress(body + entry.tobuf(tarfile.USTAR_FORMAT) + bytes(512) + bytes(1024), 9, mtime=0)


def record(key: str, value: str) -> bytes:
    """A record of a pax header, which begins with its own length."""
    length = len(key) + len(value) + 3
    total = length + len(str(length))
    total = length + len(str(total))
    return f"{total} {key}={value}\n".encode()


HOSTILE = {
    "two megabytes of newlines": (lambda: b"\n" * 2_000_000, "text_file"),
    "two megabytes of spaces": (lambda: b" " * 2_000_000, "text_file"),
    "a script of one line of megabytes": (lambda: b"import " + b" " * 3_000_000, "text_file"),
    "a sparse map in a pax header": (
        lambda: with_member_header(b"x", record("GNU.sparse.map", "1,1," * 2_000_000 + "1,1")),
        "truncated_archive",
    ),
    "a short sparse map in a pax header": (
        lambda: with_member_header(b"x", record("GNU.sparse.map", "1,1")),
        "archive_link",
    ),
    "a sparse map in the file": (
        lambda: with_member_header(b"x", record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0")),
        "archive_link",
    ),
    "a sparse file of GNU tar": (lambda: with_member_header(b"S", b""), "archive_link"),
    "a pax header of digits": (lambda: with_member_header(b"x", b"1" * 40_000), "truncated_archive"),
    "a thousand pax headers in each other": (
        lambda: gzip.compress((gzip.decompress(with_member_header(b"x", b"1" * 4_000))[:4608]) * 1_000),
        "truncated_archive",
    ),
    "a file name without end": (
        lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 8_000_000,
        "truncated_archive",
    ),
    "half a million entries": (lambda: zipped({str(n): b"" for n in range(20_000)}), "archive_members"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_made_to_cost_much_is_refused_for_little(reader: Reader, tmp_path: Path, name: str) -> None:
    make, wanted = HOSTILE[name]
    content = make()
    assert is_honest_file_read(reader, tmp_path)
    before = resources(reader)
    assert code(reader, write(tmp_path / "mymodel.h5", content)) == wanted
    assert is_honest_file_read(reader, tmp_path)
    after = resources(reader)
    assert after[0] - before[0] < 3.0, "seconds of a core"
    assert after[1] < 250 * 2**20, "bytes of memory"
    assert after[2] == before[2], "it is the same process"


def resources(reader: Reader) -> tuple[float, int, int]:
    """Seconds of a core, the most bytes of memory, and the number of a reader's process."""
    process = reader._process
    assert process is not None
    if not LINUX:
        return 0.0, 0, process.pid
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    status = Path(f"/proc/{process.pid}/status").read_text()
    return seconds, int(status.partition("VmHWM:")[2].split()[0]) * 1024, process.pid


def test_a_tar_with_ordinary_extended_headers_is_read(tmp_path: Path) -> None:
    for content in (pax(comment="made by hand"), tarred(SAVED_MODEL, prefix="a" * 150 + "/")):
        assert read(READER, write(tmp_path / "m.tar", content)).kind is ArtifactKind.SAVED_MODEL


def test_a_file_of_terabytes_is_refused_without_reading_it(reader: Reader, tmp_path: Path) -> None:
    path = write(tmp_path / "mymodel.h5", H5)
    os.truncate(path, 10 * 2**40)
    assert code(reader, path) == "too_large"


def test_a_file_that_grows_while_it_is_read_ends_at_the_limit(reader: Reader, tmp_path: Path) -> None:
    path, stop = write(tmp_path / "mymodel.h5", H5 * 1000), threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            for _ in range(64):
                if not stop.is_set():
                    file.write(bytes(2**20))

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        found = [reader.read(path, 2**24) for _ in range(20)]
    finally:
        stop.set()
        writer.join()
    assert all(each.refusal is None or each.refusal[0] == "too_large" for each in found)
    assert all(len(each.artifact) == each.size <= 2**24 for each in found if each.refusal is None)


@pytest.mark.skipif(not LINUX, reason="the rights of other systems differ")
def test_a_file_that_takes_too_long_is_pending_and_the_next_one_is_read(tmp_path: Path) -> None:
    """Millions of empty gzip members: nothing wrong with any of them."""
    path = write(tmp_path / "slow.gz", gzip.compress(b"", mtime=0) * 1_000_000)
    reader = Reader(core_seconds=0.5)
    try:
        with pytest.raises(FailedToRead, match=r"'slow.gz' takes more time to read than a file may\."):
            read(reader, path)
        assert is_honest_file_read(reader, tmp_path)
    finally:
        reader.close()


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("", "was not read within"),
        ("sys.exit(3)", r"ended the process that was reading it \(status 3\)"),
        ("os.kill(os.getpid(), 11)", r"ended the process that was reading it \(status -11\)"),
        ("os._exit(77)", "takes more memory"),
        ('send(b\'{"exceeded": "memory"}\')', "takes more memory"),
        ("send(b'[]')", "does not understand"),
        ("send(b'{}')", "does not understand"),
        ("send(b'{}' * 9, b'x')", "does not understand"),
        ("os.write(1, b'\\xff' * 12)", "does not understand"),
        (
            'send(b\'{"kind": "h5", "digest": "%s", "size": 9, "inside": "", "written": 9}\' % (b"a" * 64))',
            "does not understand",
        ),
        (
            'send(b\'{"kind": "elf", "digest": "%s", "size": 0, "inside": ""}\' % (b"a" * 64))',
            "does not understand",
        ),
        (
            'send(b\'{"kind": null, "digest": "%s", "size": 0, "inside": ""}\' % (b"a" * 64))',
            "does not understand",
        ),
        ('send(b\'{"kind": "h5", "digest": "../x", "size": 0, "inside": ""}\')', "does not understand"),
        ("send(b'{\"written\": 1099511627776}')", "does not understand"),
    ],
)
def test_a_process_that_breaks_or_lies_is_not_believed_and_ended(
    tmp_path: Path, does: str, said: str
) -> None:
    script = tmp_path / "fake.py"
    script.write_text(FAKE.replace("{does}", does), "utf-8")
    reader = Reader(clock_seconds=0.5, process=script)
    try:
        with pytest.raises(FailedToRead, match=said):
            read(reader, write(tmp_path / "mymodel.h5", H5))
        assert reader._process is None
    finally:
        reader.close()


def test_a_process_that_cannot_be_started_is_our_fault(tmp_path: Path) -> None:
    with pytest.raises(OurFault, match="could not be started") as error:
        read(Reader(process=tmp_path / "missing.py"), write(tmp_path / "mymodel.h5", H5))
    assert not isinstance(error.value, FailedToRead)


def test_a_process_that_was_killed_between_two_files_is_started_again(reader: Reader, tmp_path: Path) -> None:
    assert is_honest_file_read(reader, tmp_path)
    process = reader._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert is_honest_file_read(reader, tmp_path)


def test_the_process_ends_with_the_one_that_started_it(reader: Reader, tmp_path: Path) -> None:
    assert is_honest_file_read(reader, tmp_path)
    process = reader._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=10) == 0


def test_nothing_of_the_file_before_is_in_the_next_one(reader: Reader, tmp_path: Path) -> None:
    assert read(reader, write(tmp_path / "a.h5", H5 + b"secret" * 1000)).kind is ArtifactKind.H5
    for content in (b"", H5[:3], b"x"):
        assert read(reader, write(tmp_path / "b.h5", content)).refusal is not None
    assert read(reader, write(tmp_path / "c.h5", H5)).artifact == H5


def test_threads_share_one_process_and_each_gets_its_own_file(reader: Reader, tmp_path: Path) -> None:
    wanted = {write(tmp_path / f"{n}.h5", H5 + bytes([n]) * 1000 * n): n for n in range(8)}
    got: dict[Path, bytes] = {}

    def read_many(path: Path) -> None:
        for _ in range(20):
            got[path] = read(reader, path).artifact
            assert got[path] == path.read_bytes()

    threads = [threading.Thread(target=read_many, args=(path,)) for path in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {path: path.read_bytes() for path in wanted}


def test_the_process_loads_nothing_but_the_standard_library(reader: Reader, tmp_path: Path) -> None:
    if not LINUX:
        pytest.skip("what a process has loaded is read from /proc")
    read(reader, write(tmp_path / "starter.py", b"import os\n"))
    process = reader._process
    assert process is not None
    assert "site-packages" not in Path(f"/proc/{process.pid}/maps").read_text()


def test_a_name_that_is_no_text_is_found(reader: Reader, tmp_path: Path) -> None:
    name = os.fsdecode(b"m\xf6del.h5")
    try:
        path = write(tmp_path / name, H5)
    except OSError:
        pytest.skip("this file system has names of text alone")
    assert read(reader, path).artifact == H5


def test_a_path_within_this_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    write(tmp_path / "below/mymodel.h5", H5)
    monkeypatch.chdir(tmp_path / "below")
    assert read_submission(Path("mymodel.h5"), "problem1", "ada").artifact == H5
    monkeypatch.chdir(tmp_path)
    assert read_submission(Path("below/../below/mymodel.h5"), "problem1", "ada").artifact == H5


def test_a_cohort_s_zip_is_listed_and_unpacked_there(reader: Reader, tmp_path: Path) -> None:
    path = write(tmp_path / "all.zip", zipped({"ada/mymodel.h5": H5, "ben/mymodel.h5": H5 + b"!"}))
    listed = reader.list_zip(path, 2**20, 100)
    assert [entry.filename for entry in listed] == ["ada/mymodel.h5", "ben/mymodel.h5"]
    reader.unpack(path, 2**20, [ZipMember(listed[1], 1, tmp_path / "out/ben.h5")])
    assert (tmp_path / "out/ben.h5").read_bytes() == H5 + b"!"


def test_a_zip_that_is_swapped_after_it_was_listed_is_not_unpacked(reader: Reader, tmp_path: Path) -> None:
    path = write(tmp_path / "all.zip", zipped({"ada/mymodel.h5": H5}))
    listed = reader.list_zip(path, 2**20, 100)
    write(path, zipped({"ben/mymodel.h5": H5}))
    with pytest.raises(UnsafeArchive, match="changed meanwhile"):
        reader.unpack(path, 2**20, [ZipMember(listed[0], 0, tmp_path / "out.h5")])
    assert not (tmp_path / "out.h5").exists()


def test_an_honest_file_costs_two_milliseconds_at_most(reader: Reader, tmp_path: Path) -> None:
    path = write(tmp_path / "mymodel.h5", H5 + bytes(200_000))
    read(reader, path)
    took = []
    for _ in range(30):
        began = time.perf_counter()
        read(reader, path)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.002
