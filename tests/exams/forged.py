"""Hand-ins that are written without tfprep: by somebody who knows its source and holds their own key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tfprep.classroom.sealing import seal, sealing_key
from tfprep.classroom.signing import public_key, sign
from tfprep.exams.config import BandOfProblem, ExamConfig, ExamProblem
from tfprep.exams.hand_in import MAGIC, ExamNotes

BEGUN = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""When an honest exam session of the tests begins."""


def rules_for(learner: str, mentor: bytes, **changed: Any) -> str:
    """Signed rules of an exam of one problem, whoever `mentor` is."""
    config = ExamConfig(
        exam="0123456789abcdef",
        cohort="spring",
        learner=learner,
        minutes=120.0,
        share=0.7,
        problems=(
            ExamProblem(
                problem="problem1",
                source="own:0123456789ab",
                data="a" * 64,
                hidden="b" * 64,
                weight=10.0,
                bands=(BandOfProblem(score=5, at_most=1.0),),
                scoring="c" * 64,
            ),
        ),
        hand_in_key=sealing_key(mentor),
    )
    return config.model_copy(update=changed).signed(mentor)


def notes_of(rules: str, model: bytes, machine: bytes, **changed: Any) -> dict[str, Any]:
    """What the notes of an honest session of 40 minutes say; `changed` are values that it would not write."""
    config, _ = ExamConfig.verified(rules)
    entry = {
        "problem": "problem1",
        "digest": hashlib.sha256(model).hexdigest(),
        "size": len(model),
        "submissions": 1,
        "at": 2400.0,
        "automatic": False,
        "saved": None,
    }
    return {
        "format": "tfprep sitting 1",
        "learner": config.learner,
        "rules": rules,
        "sitting": hashlib.sha256(public_key(machine).encode()).hexdigest(),
        "earlier": 0,
        "started": BEGUN.isoformat(),
        "ended": (BEGUN + timedelta(minutes=40)).isoformat(),
        "written": (BEGUN + timedelta(minutes=41)).isoformat(),
        "ending": "finished",
        "allowed_seconds": 7200.0,
        "spent_seconds": 2400.0,
        "returned": [],
        "gap_seconds": 0.0,
        "models": [entry],
        "left_out": [],
        "version": "0",
    } | changed


def plain_of(notes: Mapping[str, Any], model: bytes, machine: bytes) -> bytes:
    """What is sealed: signed notes and the model."""
    signed = sign(ExamNotes.kind, notes, machine)
    return len(signed).to_bytes(4) + signed + model


def sealed_for(mentor: bytes, plain: bytes) -> bytes:
    """The file as it is handed in."""
    return MAGIC + seal(plain, sealing_key(mentor), MAGIC)


def forge(rules: str, model: bytes, mentor: bytes, machine: bytes = b"x" * 32, **changed: Any) -> bytes:
    """A whole hand-in for a mentor, with notes that say what their writer likes."""
    return sealed_for(mentor, plain_of(notes_of(rules, model, machine, **changed), model, machine))
