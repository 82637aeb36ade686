"""What a killed run unpacked is removed by the next one; what another run is using is left alone."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tfprep.files.scratch import PREFIX, scratch_folder

USES_ONE = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
from tfprep.files.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "unpacked").mkdir()
    (folder / "unpacked" / "model.h5").write_bytes(b"model")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def user(tmp_path: Path) -> "subprocess.Popen[str]":
    """Another process with a folder of its own."""
    program = USES_ONE.format(paths=sys.path)
    return subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def folder_of(user: "subprocess.Popen[str]") -> Path:
    """Its folder, as if it were an hour old."""
    assert user.stdout is not None
    folder = Path(user.stdout.readline().strip())
    os.utime(folder, (0, 0))
    return folder


def test_it_is_there_while_it_is_used_and_gone_afterwards(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        (folder / "file").write_text("x")
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path, user: "subprocess.Popen[str]") -> None:
    left = folder_of(user)
    user.kill()
    user.communicate()
    assert (left / "unpacked" / "model.h5").exists()
    os.utime(left, (0, 0))
    with scratch_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_what_another_run_uses_is_left_alone(tmp_path: Path, user: "subprocess.Popen[str]") -> None:
    used = folder_of(user)
    with scratch_folder(tmp_path):
        assert (used / "unpacked" / "model.h5").exists()
    user.communicate("")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_made_just_now_may_not_be_locked_yet(tmp_path: Path) -> None:
    new = Path(tempfile.mkdtemp(prefix=PREFIX, dir=tmp_path))
    with scratch_folder(tmp_path):
        assert new.exists()


@pytest.mark.parametrize("name", ["cohort-2026", "cohort", "tfprep", ".tfprep", "unpacked"])
def test_a_mentor_s_own_folders_in_the_home_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "mymodel.h5").write_bytes(b"a year's work")
    os.utime(tmp_path / name, (0, 0))
    with scratch_folder(tmp_path):
        pass
    assert (tmp_path / name / "mymodel.h5").exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")
    os.utime(precious, (0, 0))
    (tmp_path / f"{PREFIX}link").symlink_to(precious)
    with scratch_folder(tmp_path):
        pass
    assert (precious / "file").exists()
