"""Submitted files: read once, as bytes, without following or unpacking anything."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import tarfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tfprep.errors import BadSubmission
from tfprep.grader import read_submission
from tfprep.grader.ledger import Ledger

from ..grader.model_files import tar_entry, tarred, zipped
from .attacked_grader import Grader, assert_invalid, assert_scored

GRAPH = {"saved_model.pb": b"graph"}
LEADS_OUT = "The archive holds a path that leads out of it"
LINK = "The archive holds a link or a special file"
UNPRINTABLE = "a file whose name is empty or not printable"


def link_in_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo("saved_model.pb")
        entry.create_system = 3
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return packed.getvalue()


ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a zip that slips": (lambda: zipped(GRAPH | {"../../slipped": b"x"}), LEADS_OUT),
    "a zip with an absolute path": (lambda: zipped(GRAPH | {"/tmp/slipped": b"x"}), LEADS_OUT),
    "a zip that slips with backslashes": (
        lambda: zipped(GRAPH | {"..\\..\\slipped": b"x"}),
        LEADS_OUT,
    ),
    "a zip with a drive": (lambda: zipped(GRAPH | {"C:/slipped": b"x"}), LEADS_OUT),
    "a zip with a link": (link_in_zip, LINK),
    "a tar that slips": (lambda: tarred(GRAPH | {"../../slipped": b"x"}), LEADS_OUT),
    "a tar with an absolute path": (lambda: tarred(GRAPH | {"/tmp/slipped": b"x"}), LEADS_OUT),
    "a tar with a symbolic link": (lambda: tar_entry(type=tarfile.SYMTYPE, linkname="/etc/passwd"), LINK),
    "a tar with a hard link": (lambda: tar_entry(type=tarfile.LNKTYPE, linkname="/etc/passwd"), LINK),
    "a tar with a device": (lambda: tar_entry(type=tarfile.CHRTYPE, devmajor=1, devminor=5), LINK),
    "a tar with a pipe": (lambda: tar_entry(type=tarfile.FIFOTYPE), LINK),
    "a zip bomb": (
        lambda: zipped(GRAPH | {"variables/x": bytes(200 * 2**20)}),
        "unpacks to more than a hundred times its size",
    ),
    "a gzip bomb": (
        lambda: tarred(GRAPH | {"variables/x": bytes(600 * 2**20)}),
        "unpacks to more than a submission may hold",
    ),
    "a zip of zips": (
        lambda: zipped({"mymodel.zip": zipped({"mymodel.zip": zipped(GRAPH)})}),
        "The archive holds 'mymodel.zip'",
    ),
    "a name with a newline": (lambda: zipped(GRAPH | {"a\nPASSED 5 of 5": b"x"}), UNPRINTABLE),
    "a name with an escape": (lambda: zipped(GRAPH | {"a\x1b[2J": b"x"}), UNPRINTABLE),
    "a very long name": (lambda: zipped(GRAPH | {"a" * 5000: b"x"}), "a file whose name is too long"),
    "two files of one name": (lambda: tarred(GRAPH) and doubled(), "The archive holds two files of one name"),
}


def doubled() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for content in (b"honest", b"other"):
            entry = tarfile.TarInfo("saved_model.pb")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_made_to_do_harm_is_refused_unread(target: Grader, tmp_path: Path, name: str) -> None:
    build, reason = ARCHIVES[name]
    path = tmp_path / "mymodel.zip"
    path.write_bytes(build())
    assert_invalid(target.attack_with_file(path), reason)
    assert [each.name for each in tmp_path.iterdir()] == ["mymodel.zip"]
    assert not Path("/tmp/slipped").exists()
    assert not (tmp_path.parent.parent / "slipped").exists()


def make_link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def make_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("making a device needs root")


def make_folder_with_link(path: Path) -> None:
    (path / "variables").mkdir(parents=True)
    (path / "saved_model.pb").write_bytes(b"graph")
    (path / "variables" / "variables.index").symlink_to("/etc/passwd")


@pytest.mark.parametrize("make", [make_link, os.mkfifo, make_device, make_folder_with_link])
def test_what_is_no_regular_file_is_refused_without_opening_it(
    target: Grader, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "mymodel.h5"
    make(path)
    card = target.attack_with_file(path)
    assert_invalid(card, "A link, pipe or device cannot be submitted")
    assert "root:" not in card.reason


def test_a_file_swapped_after_its_digest_was_taken_changes_nothing(
    target: Grader, models: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mymodel.h5"
    shutil.copy(models / "honest.h5", path)
    submission = read_submission(path, "problem2", "mallory")
    path.write_bytes((models / "lambda.h5").read_bytes())
    graded = target.attack_with(submission)
    assert_scored(graded.card, 5)
    assert graded.card.fingerprints is not None
    assert graded.card.fingerprints.artifact == hashlib.sha256(submission.artifact).hexdigest()
    assert submission.artifact == (models / "honest.h5").read_bytes()


def test_a_file_swapped_for_a_link_while_it_is_read_is_never_followed(
    target: Grader, models: Path, tmp_path: Path
) -> None:
    path, other = tmp_path / "mymodel.h5", tmp_path / "other"
    honest = (models / "honest.h5").read_bytes()
    path.write_bytes(honest)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            other.symlink_to("/etc/passwd")
            other.replace(path)
            other.write_bytes(honest)
            other.replace(path)

    swapper = threading.Thread(target=swap)
    with target.beside_an_honest_submission():
        swapper.start()
        try:
            read = [read_submission(path, "problem2", "mallory") for _ in range(300)]
        finally:
            stop.set()
            swapper.join()
    assert all(each.artifact in (honest, b"") for each in read)
    assert all(each.refusal is None or each.refusal.code == "not_a_file" for each in read)
    for each in {each.artifact: each for each in read}.values():
        card = target.attack_with(each).card
        if each.refusal is None:
            assert_scored(card, 5)
        else:
            assert_invalid(card, "A link, pipe or device cannot be submitted")


@pytest.mark.parametrize(
    "name",
    ["model\n\x1b[2JPASSED.h5", "\u202e5h.ledom", "a" * 251 + ".h5", "=HYPERLINK(1).h5", "<script>.h5"],
)
def test_a_file_s_name_decides_nothing_and_is_shown_clean(
    target: Grader, models: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    shutil.copy(models / "honest.h5", path)
    assert_scored(target.attack_with_file(path), 5)
    shown = read_submission(path, "problem2", "mallory").name
    assert shown.isprintable()
    assert len(shown) <= 120


def test_a_path_too_long_for_any_file_is_misuse(target: Grader, tmp_path: Path) -> None:
    said = "cannot be read: File name too long"
    with target.beside_an_honest_submission(), pytest.raises(BadSubmission, match=said):
        read_submission(tmp_path / ("a" * 5000), "problem2", "mallory")


@pytest.mark.parametrize(
    "learner",
    ["../../etc/cron.d/mallory", "/etc/passwd", "..", "a\0b", "x" * 5000, "'; DROP TABLE scores; --"],
)
def test_a_learner_s_name_is_never_a_path(target: Grader, models: Path, tmp_path: Path, learner: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    submission = read_submission(models / "honest.h5", "problem2", learner)
    graded = target.attack_with(submission)
    assert_scored(graded.card, 5)
    with Ledger.open(home / "ledger.db") as ledger:
        record = ledger.record(graded)
        assert ledger.read(record.number).learner == learner.replace("\0", "␀")
        assert ledger.predictions(record.number) is not None
    outside = [path for path in tmp_path.rglob("*") if home not in path.parents and path != home]
    assert not outside
    assert all(
        path.name.startswith(("ledger.db", "predictions")) or path.parent != home for path in home.rglob("*")
    )
