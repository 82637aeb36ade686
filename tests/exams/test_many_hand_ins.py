"""A class of 180 hands in, with 20 hostile files among them: every honest result counts."""

from __future__ import annotations

import os
from pathlib import Path

from tfprep.exams.config import ExamConfig

from .exam_class import ExamClass, model, total_of
from .forged import forge, rules_for

HONEST, HOSTILE = 180, 20


def score_of(number: int) -> int:
    """Most get full marks: models below are asked further inputs, to explain their scores."""
    return 5 if number % 12 else number // 12 % 5


def test_two_hundred_hand_ins_with_twenty_hostile_ones_are_graded(tmp_path: Path, blank: Path) -> None:
    learners = tuple(f"s{number:03d}" for number in range(HONEST))
    spring = ExamClass(tmp_path, blank, learners)
    packs = spring.pack()
    assert sum(path.stat().st_size for path in packs.values()) < 1_000_000
    for number, (learner, pack) in enumerate(packs.items()):
        content = model(score_of(number), learner)
        file = spring.handed_in / f"group {number % 7}" / f"{learner}.tfexam"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(forge(pack.read_text(), content, spring.key, learner.encode().ljust(32)))
    good = (spring.handed_in / "group 0" / "s000.tfexam").read_bytes()
    for number in range(HOSTILE):
        file = spring.handed_in / "group 3" / f"hostile {number}.tfexam"
        kind = number % 5
        if kind == 0:
            file.write_bytes(good[: 40 * number + 1])
        elif kind == 1:
            file.write_bytes(os.urandom(2_000))
        elif kind == 2:
            file.symlink_to("/dev/zero")
        elif kind == 3:
            file.write_bytes(forge(rules_for("s000", b"another".ljust(32)), b"x", spring.key, os.urandom(32)))
        else:
            file.write_bytes(
                forge(packs["s001"].read_text(), b"x", spring.key, sitting="f" * 64, ended="never")
            )
    done = spring.grade()
    earned = [20.0 * score_of(number) for number in range(HONEST)]
    assert [total_of(done, learner) for learner in learners] == earned
    assert done.missing == ()
    assert len(done.refused) + sum(bool(each.hand_in.against) for each in done.hand_ins) == HOSTILE
    assert ExamConfig.verified(packs["s000"].read_text())[0].learner == "s000"
