"""What a learner hands in of a mentor's exam: models and notes on the exam session, in one sealed file.

    line      "tfprep hand-in 2"
    sealed    for the mentor's key, so that neither a neighbour nor a platform reads it:
              4 bytes   the length of the notes
              notes     signed by the key of the learner's home
              models    one after the other, as long as the notes say

Nothing in it is believed for being signed: the learner's machine holds that key. The mentor's grader runs the
models; the notes tell when and how they were made, and what they say is compared with everybody else's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from .. import __version__
from ..classroom.exam_totals import BEFORE
from ..classroom.sealing import seal, unseal
from ..classroom.signing import public_key, sign, verify
from ..errors import ExamError, HomeUnavailable, NotGenuine, explained
from ..files.atomic import write_whole
from ..files.text import one_line
from ..grader.records.exam import ClockReading, ExamEnding, ExamSession, counted_submission
from ..grader.submission.submission import Submission
from .config import Count, Digest, ExamConfig, Moment, Name, Seconds, SignedPart, SignedValues, Text
from .earlier_hand_ins import EarlierHandIns, content_of, is_whole, note_hand_in, read_earlier
from .result import Credits

MAGIC: Final = b"tfprep hand-in 2\n"
LIMIT: Final = 256 * 2**20
"""Bytes of a whole hand-in."""
_NOTES_LIMIT: Final = 1 << 20
_LENGTH: Final = 4
_WIDEST: Final = 86_400.0 * 3_650
_OF_A_SEAL: Final = {"written", "written_gap_seconds", "before", "left_out", "version"}
"""What may differ between two hand-ins of one exam session."""


class HandedModel(SignedPart):
    """One model that is handed in."""

    problem: Name
    digest: Digest
    """sha256 of its bytes."""
    size: Annotated[int, Field(ge=0, le=LIMIT)]
    submissions: Count
    """How often a model of this problem was submitted."""
    at: Seconds
    """Of the exam's time, when it was submitted."""
    automatic: bool
    """Nobody submitted it: it lay in the folder when time was up."""
    saved: Moment | None = None
    """Then: when the file system says that it was saved."""


class ExamNotes(SignedValues):
    """What the learner's tfprep noted while the exam ran."""

    what: ClassVar = "exam's notes"
    kind: ClassVar = "exam-sitting"
    format: Literal["tfprep sitting 1"] = "tfprep sitting 1"
    learner: Name
    rules: Annotated[str, Field(max_length=200_000)]
    """The signed text of the mentor's rules."""
    session: Annotated[Digest, Field(alias="sitting")]
    """Tells this exam session from every other one."""
    earlier: Count
    """How many other exam sessions of this exam this home has begun before."""
    started: Moment
    ended: Moment
    written: Moment
    """When the hand-in was made."""
    ending: ExamEnding
    allowed_seconds: Seconds
    spent_seconds: Seconds
    returned: Credits
    gap_seconds: Seconds
    """The most by which the machine's two clocks disagreed."""
    restarts: Count = 0
    """How often the machine was started anew while the exam ran."""
    models: Annotated[tuple[HandedModel, ...], Field(max_length=20)]
    left_out: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    written_gap_seconds: Seconds = 0.0
    """By how much the calendar disagreed with the kernel's when the hand-in was made."""
    before: EarlierHandIns = ()
    """The hand-ins of this exam session that were made before, oldest first."""
    version: Name

    @property
    def content(self) -> str:
        """In hex, the same for the same models of the same exam session, ended at the same moment."""
        models = [(each.problem, each.digest) for each in self.models]
        return content_of(self.session, self.ended, models)

    @property
    def first_written(self) -> datetime:
        """When a hand-in that holds the same was made first: made again, it is no later for that."""
        same = [each.at for each in self.before if each.content == self.content]
        return min([self.written, *same]) if is_whole(self.before) else self.written


@dataclass(frozen=True)
class HandInContent:
    """A hand-in that was opened: what it says, and the models in it."""

    notes: ExamNotes
    machine: str
    """The public key of the home that wrote it, in hex."""
    config: ExamConfig
    mentor: str
    """The public key that signed its rules."""
    models: Mapping[str, bytes] = field(repr=False)
    """By the problem's id; each has the digest that the notes say."""
    facts: Mapping[str, str] = field(repr=False)
    """`facts_of` its notes."""


def keep_model(home: Path, session: int, submission: Submission) -> None:
    """Keep what was submitted, for the hand-in. Raises OSError."""
    folder = _folder(home, session)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(folder / submission.digest, submission.artifact)


def file_name(config: ExamConfig) -> str:
    """What a hand-in is called."""
    plain = "".join(
        each if each.isascii() and (each.isalnum() or each in "-_") else "_" for each in config.learner
    )[:40]
    if plain != config.learner:  # several ids may come to one name
        plain += f"-{hashlib.sha256(config.learner.encode()).hexdigest()[:6]}"
    return f"exam-{config.exam[:8]}-{plain}.tfexam"


def make_hand_in(
    session: ExamSession, earlier: int, home: Path, key: bytes, reading: ClockReading
) -> tuple[bytes, tuple[str, ...]]:
    """The sealed file of an exam that has ended. The home notes that it was made.

    A kept model is compared with the ledger's digest of it: one that was changed or removed is left out.

    Args:
        session: the exam.
        earlier: how many exam sessions of the same exam this home has begun before.
        home: where the submitted models are kept.
        key: the home's private signing key.
        reading: the machine's clocks.

    Returns:
        Its bytes, and a sentence for each model that was left out.

    Raises:
        ExamError: the exam is running, or all models are too large together.
    """
    config, _ = ExamConfig.verified(session.plan.config)
    now = reading.when
    models, contents, left_out = [], [], []
    for category in session.plan.categories:
        entries = session.submissions_of(category.problem)
        counted = counted_submission(entries)
        if counted is None:
            continue
        content = _kept(home, session.number, counted.digest)
        if isinstance(content, str):
            left_out.append(
                f"{category.folder}: the model that was submitted {content}. It is not handed in."
            )
            continue
        contents.append(content)
        models.append(
            HandedModel(
                problem=category.problem,
                digest=counted.digest,
                size=len(content),
                submissions=len(entries),
                at=counted.at.total_seconds(),
                automatic=counted.automatic,
                saved=None if counted.saved is None else datetime.fromtimestamp(counted.saved, now.tzinfo),
            )
        )
    notes = _notes(session, tuple(models), earlier, key, now)
    before = read_earlier(_folder(home, session.number))
    off = min(abs(reading.off).total_seconds(), _WIDEST)
    left = (*notes.left_out, *left_out)
    notes = notes.model_copy(update={"before": before, "left_out": left, "written_gap_seconds": off})
    signed = sign(ExamNotes.kind, notes.to_values(), key)
    plain = b"".join([len(signed).to_bytes(_LENGTH), signed, *contents])
    if len(plain) > LIMIT - 1024:
        raise ExamError(
            f"The models have {len(plain) / 2**20:.0f} MiB together. A hand-in takes {LIMIT // 2**20} MiB.",
            "Ask your mentor how to hand them in.",
        )
    try:
        note_hand_in(_folder(home, session.number), notes.content, now)
    except OSError as error:
        raise HomeUnavailable(f"The hand-in cannot be noted: {explained(error)}.") from error
    return MAGIC + seal(plain, config.hand_in_key, MAGIC), tuple(left_out)


def read_hand_in(content: bytes, key: bytes) -> HandInContent:
    """Opens what `make_hand_in` made. Nothing in it is run.

    Args:
        content: the file's bytes.
        key: the mentor's private signing key.

    Raises:
        NotGenuine: it is no hand-in, is for somebody else, or was changed; the message says which.
    """
    if not content.startswith(MAGIC):
        raise NotGenuine("This is not a hand-in of an exam.")
    plain = memoryview(unseal(content[len(MAGIC) :], key, MAGIC))
    length = int.from_bytes(plain[:_LENGTH])
    if len(plain) < _LENGTH or length > min(_NOTES_LIMIT, len(plain) - _LENGTH):
        raise NotGenuine("The declared length of its notes is wrong.")
    signed = verify(ExamNotes.kind, bytes(plain[_LENGTH : _LENGTH + length]))
    notes = ExamNotes.read(signed.content)
    config, mentor = ExamConfig.verified(notes.rules)
    models = _models(notes, plain[_LENGTH + length :])
    return HandInContent(notes, signed.key, config, mentor, models, facts_of(notes, signed.content))


def facts_of(notes: ExamNotes, signed: bytes) -> dict[str, str]:
    """Of all that stays the same, however often an exam session is sealed, a digest each.

    They are of the text that was signed: another version of tfprep reads the same in it. With what the
    hand-in holds (`content`), and which ones it tells of (`BEFORE`).
    """
    values = json.loads(signed)
    facts = {name: value for name, value in values.items() if name not in {*_OF_A_SEAL, "models"}}
    for model in values["models"]:
        named = {f"{name} of {model['problem']}": value for name, value in model.items() if name != "problem"}
        facts |= named
    digests = {
        one_line(name, 100): hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
        for name, value in facts.items()
    }
    told = dict.fromkeys(each.content for each in notes.before if is_whole(notes.before))
    return digests | {"content": notes.content, BEFORE: " ".join(told)}


def _models(notes: ExamNotes, content: memoryview) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    if sum(each.size for each in notes.models) != len(content):
        raise NotGenuine("The models in it are not as long as its notes say.")
    for each in notes.models:
        found[each.problem], content = bytes(content[: each.size]), content[each.size :]
        if hashlib.sha256(found[each.problem]).hexdigest() != each.digest:
            raise NotGenuine("A model in it is not the one that its notes name.")
    if len(found) != len(notes.models):
        raise NotGenuine("It holds two models of one problem.")
    return found


def _notes(
    session: ExamSession, models: tuple[HandedModel, ...], earlier: int, key: bytes, now: datetime
) -> ExamNotes:
    if session.ended is None or session.ending is None:
        raise ExamError("This exam is still running. `tfprep exam finish` ends it.")
    named = f"{public_key(key)} {session.number} {session.started.isoformat()}"
    return ExamNotes(
        learner=session.learner,
        rules=session.plan.config,
        session=hashlib.sha256(named.encode()).hexdigest(),
        earlier=earlier,
        started=session.started,
        ended=session.ended,
        written=now,
        ending=session.ending,
        allowed_seconds=session.clock.allowed.total_seconds(),
        spent_seconds=max(0.0, min(session.clock.spent, session.clock.allowed).total_seconds()),
        returned=session.returned,
        gap_seconds=session.clock.gap.total_seconds(),
        restarts=session.clock.restarts,
        models=models,
        left_out=tuple(json.loads(session.result or "{}").get("left_out", ())),
        version=__version__,
    )


def _folder(home: Path, session: int) -> Path:
    return home / "exams" / str(session)


def _kept(home: Path, session: int, digest: str) -> bytes | str:
    """The model of this digest, or what has become of it."""
    try:
        content = (_folder(home, session) / digest).read_bytes()
    except OSError as error:
        return f"cannot be read from your home any more ({explained(error)})"
    if hashlib.sha256(content).hexdigest() != digest:
        return "was changed in your home afterwards"
    return content
