"""A learner's zip that is made to fill the mentor's disk, or to hide the neighbours' hand-ins."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from tfprep.exams import opening
from tfprep.exams.hand_in import MAGIC
from tfprep.exams.hand_in_files import HandInFile, fairly, find_hand_ins

from ...exams.exam_class import ExamClass, total_of
from ...exams.exam_setup import make_blank

MIB = 2**20


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def write(path: Path, files: dict[str, bytes]) -> Path:
    path.write_bytes(zipped(files))
    return path


RANDOM = random.Random(1)
BOMB = {f"{each}.tfexam": MAGIC + RANDOM.randbytes(MIB // 16) + bytes(4 * MIB) for each in range(8)}
"""Of a sixtieth of its size when it is packed."""


@pytest.mark.parametrize(
    "content",
    [zipped(BOMB), zipped(BOMB, zipfile.ZIP_STORED)],
    ids=["packed tightly", "packed tightly by the zip around it"],
)
def test_no_more_stays_on_the_disk_than_was_uploaded(content: bytes, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    source = write(tmp_path / "class.zip", {"eve/mine.zip": content, "ada.tfexam": MAGIC + b"sealed"})
    found = find_hand_ins(source, scratch)
    assert [each.name for each in found.files] == ["ada.tfexam"]
    assert len(found.refused) == len(BOMB)
    assert all("packed tighter than any sealed file can be" in each.why for each in found.refused)
    assert sum(each.stat().st_size for each in scratch.rglob("*") if each.is_file()) < source.stat().st_size


def test_files_take_turns_however_many_one_learner_has() -> None:
    crowd = [f"Exam.zip/Eve/my exam.zip/{each % 7}/{each}" for each in range(60)]
    names = [*crowd, "Exam.zip/Ada/a.tfexam", "Exam.zip/Bob/b.tfexam", "Exam.zip/Bob/c.tfexam"]
    turns = [each.name for each in fairly([HandInFile(Path(), name) for name in names])]
    assert set(turns) == set(names)
    assert {"Exam.zip/Ada/a.tfexam", "Exam.zip/Bob/b.tfexam", "Exam.zip/Bob/c.tfexam"} <= set(turns[:6])


def test_the_neighbours_behind_a_crowd_are_graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_FILES", 10)
    spring = ExamClass(tmp_path, make_blank(tmp_path))
    packs = spring.pack()
    crowd = {f"{each}.tfexam": MAGIC + b"%040d" % each for each in range(30)}
    own = spring.sit("ada", packs["ada"], 4)
    assert own.session is not None
    (file,) = spring.handed_in.iterdir()
    source = {"Aaron/mine.zip": zipped(crowd), "Zoe/exam.tfexam": file.read_bytes()}
    done = spring.grade(folder=write(tmp_path / "class.zip", source))
    assert total_of(done, "ada") == 80.0
    assert done.refused[-1].why == "21 more files were not read."
