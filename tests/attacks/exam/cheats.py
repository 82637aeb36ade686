"""The table of cheats. Each is a learner of the class, called as the case; honest ones sit between them.

Who writes a hand-in without tfprep knows its source, their own pack and their own key: tests/exams/forged.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tfprep.classroom.signing import sign
from tfprep.exams.config import ExamConfig
from tfprep.exams.hand_in import MAGIC, SittingNotes

from ...exams.exam_class import CLOSES, OPENS, ExamClass, model
from ...exams.forged import BEGUN, forge, notes_of, plain_of, sealed_for

FULL = 100.0
OTHER_MENTOR = b"another mentor's private key----"
HONEST = ("carl", "dora", "emil")


@dataclass(frozen=True)
class Cheat:
    """One case."""

    name: str
    did: str
    """What the cheat did."""
    hand_in: Callable[[Case], None]
    sees: str
    """A part of what the mentor reads about it."""
    total: float | None
    """What counts; None where nothing does."""


@dataclass(frozen=True)
class Case:
    """What a cheat has: their pack, a key of their own, and a place to hand in."""

    name: str
    spring: ExamClass
    pack: Path

    @property
    def rules(self) -> str:
        """Their own signed rules."""
        return self.pack.read_text("ascii")

    @property
    def config(self) -> ExamConfig:
        """What these say."""
        return ExamConfig.verified(self.rules)[0]

    @property
    def machine(self) -> bytes:
        """The key of their home."""
        return self.name.encode().ljust(32, b"-")[:32]

    @property
    def good(self) -> bytes:
        """A model that earns full marks, like nobody else's."""
        return model(5, self.name)

    def write(self, content: bytes, name: str = "") -> None:
        """Hands a file in."""
        (self.spring.handed_in / f"{name or self.name}.tfexam").write_bytes(content)

    def forge(self, name: str = "", content: bytes | None = None, rules: str = "", **changed: Any) -> None:
        """Hands in notes that say what they like, with a model."""
        made = self.good if content is None else content
        self.write(forge(rules or self.rules, made, self.spring.key, self.machine, **changed), name)

    def raw(self, notes: bytes) -> None:
        """Hands in notes that are no values of any JSON writer, properly signed and sealed."""
        import base64

        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        kind = b"application/vnd.tfprep.exam-sitting+json"
        covered = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(notes), notes)
        key = Ed25519PrivateKey.from_private_bytes(self.machine)
        envelope = {
            "payload": base64.b64encode(notes).decode(),
            "payloadType": kind.decode(),
            "signatures": [
                {
                    "keyid": key.public_key().public_bytes_raw().hex(),
                    "sig": base64.b64encode(key.sign(covered)).decode(),
                }
            ],
        }
        signed = json.dumps(envelope).encode()
        self.write(sealed_for(self.spring.key, len(signed).to_bytes(4) + signed))


def at(**after: float) -> str:
    """A moment after an honest sitting began."""
    return (BEGUN + timedelta(**after)).isoformat()


def _sat_again_at_home(case: Case) -> None:
    """Both sittings are real."""
    sitting = case.spring.sitting(case.name, case.pack)
    sitting.start()
    sitting.submit(model(1, case.name))
    sitting.hand_in(case.spring.handed_in, f"{case.name} first.tfexam")
    sitting.machine.wait(60)
    sitting.folder = sitting.folder.with_name("again")
    sitting.start()
    sitting.submit(case.good)
    sitting.hand_in(case.spring.handed_in, f"{case.name} second.tfexam")


def _sat_again_elsewhere(case: Case) -> None:
    case.forge("elsewhere 1", model(1, case.name))
    case.write(
        forge(case.rules, case.good, case.spring.key, b"y" * 32, started=at(minutes=-30)), "elsewhere 2"
    )


def _handed_in_twice(case: Case) -> None:
    """The same sitting, sealed anew, and one of the files copied."""
    for name in ("twice", "twice more"):
        case.forge(name)
    content = (case.spring.handed_in / "twice.tfexam").read_bytes()
    case.write(content, "twice copied")


def _hid_the_first_sitting(case: Case) -> None:
    """Only the second is handed in; its notes count the first."""
    case.forge(earlier=1)


def _touched(case: Case) -> None:
    """Trained on after the end, and `touch -d` sets the file's time back."""
    from tfprep.exams.endings import ExamEndings

    sitting = case.spring.sitting(case.name, case.pack)
    sitting.start()
    sitting.submit(model(1, case.name))
    sitting.save(case.good)
    sitting.machine.wait(60 * 26)
    sitting.service = ExamEndings(sitting.ledger, sitting.home, sitting.machine.read_clock)
    sitting.hand_in(case.spring.handed_in, f"{case.name}.tfexam")


def _with(**changed: Any) -> Callable[[Case], None]:
    return lambda case: case.forge(**changed)


def _entry(**changed: Any) -> Callable[[Case], None]:
    """Notes whose entry of the model says something else."""

    def hand_in(case: Case) -> None:
        notes = notes_of(case.rules, case.good, case.machine)
        entry = {**notes["models"][0], **changed}
        case.forge(models=[entry])

    return hand_in


def _rules(**changed: Any) -> Callable[[Case], None]:
    """Rules that the cheat changed and signed."""

    def hand_in(case: Case) -> None:
        config = case.config.model_copy(update=changed)
        case.forge(rules=config.signed(case.machine))

    return hand_in


def _mentors(**changed: Any) -> Callable[[Case], None]:
    """Rules that this mentor did sign, for another purpose."""

    def hand_in(case: Case) -> None:
        case.forge(rules=case.config.model_copy(update=changed).signed(case.spring.key))

    return hand_in


def _as_carl(case: Case) -> None:
    """Carl's rules, under the cheat's own name."""
    carl = next(case.spring.root.glob("packs/*-carl.tfexam")).read_text("ascii")
    case.forge(rules=carl, learner=case.name)


def _copied(case: Case) -> None:
    """Dora's very file."""
    case.forge(content=model(4, "dora"))


def _shared(case: Case) -> None:
    """Two learners, one machine."""
    case.write(forge(case.rules, case.good, case.spring.key, b"shared machine".ljust(32)))


def _scratched(change: Callable[[bytes], bytes]) -> Callable[[Case], None]:
    return lambda case: case.write(change(forge(case.rules, case.good, case.spring.key, case.machine)))


def _plain(change: Callable[[bytes], bytes]) -> Callable[[Case], None]:
    """What is sealed is changed, and sealed properly."""

    def hand_in(case: Case) -> None:
        plain = plain_of(notes_of(case.rules, case.good, case.machine), case.good, case.machine)
        case.write(sealed_for(case.spring.key, change(plain)))

    return hand_in


def _for_another(case: Case) -> None:
    case.write(forge(case.rules, case.good, OTHER_MENTOR, case.machine))


def _two_models(case: Case) -> None:
    notes = notes_of(case.rules, case.good, case.machine)
    case.write(
        sealed_for(
            case.spring.key,
            plain_of({**notes, "models": notes["models"] * 2}, case.good, case.machine) + case.good,
        )
    )


def _notes(changed: Mapping[str, Any]) -> Callable[[Case], None]:
    """Notes with values that no tfprep writes."""

    def hand_in(case: Case) -> None:
        notes = {**notes_of(case.rules, case.good, case.machine), **changed}
        signed = sign(SittingNotes.kind, notes, case.machine)
        case.write(sealed_for(case.spring.key, len(signed).to_bytes(4) + signed + case.good))

    return hand_in


def _special(make: Callable[[Path], object]) -> Callable[[Case], None]:
    return lambda case: make(case.spring.handed_in / f"{case.name}.tfexam") and None


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.write(MAGIC)
        file.truncate(2**40)


def _pack_as_hand_in(case: Case) -> None:
    case.write(case.rules.encode())


def _old_result(case: Case) -> None:
    case.write((Path(__file__).parents[2] / "exams" / "signed_result.json").read_bytes())


CHEATS = (
    Cheat("again", "sat the exam again on one machine", _sat_again_at_home, "Only the first counts", 20.0),
    Cheat("twice", "handed in one sitting three times", _handed_in_twice, "", FULL),
    Cheat("two", "sat it on two machines", _sat_again_elsewhere, "They are of different machines", None),
    Cheat(
        "hid", "hid a first sitting", _hid_the_first_sitting, "had begun the same exam 1 time before", FULL
    ),
    Cheat("touch", "trained 26 hours and set the file's time back", _touched, "", 20.0),
    Cheat(
        "late",
        "handed in after the window",
        _with(written=(CLOSES + timedelta(hours=7)).isoformat()),
        "Handed in 7 h 00 min after the window closed",
        FULL,
    ),
    Cheat(
        "early",
        "began before the window",
        _with(started=(OPENS - timedelta(hours=3)).isoformat()),
        "and the window opened",
        None,
    ),
    Cheat(
        "after",
        "began after the window",
        _with(started=at(hours=5), ended=at(hours=6), written=at(hours=6)),
        "and the window closed",
        None,
    ),
    Cheat(
        "over",
        "ended after the window",
        _with(ended=at(hours=5), written=at(hours=5)),
        "and the window closed",
        None,
    ),
    Cheat(
        "long",
        "allowed themselves ten hours",
        _with(allowed_seconds=36_000.0),
        "It allowed 10 h 00 min",
        None,
    ),
    Cheat("slow", "submitted when time was up", _entry(at=9_000.0), "submitted after the time was up", None),
    Cheat(
        "future",
        "set the clock ahead",
        _with(ended="2026-03-02T12:00:00Z", written="2026-03-02T12:00:00Z"),
        "which has not come yet",
        None,
    ),
    Cheat("ended", "ended before they began", _with(ended=at(minutes=-1)), "contradict each other", None),
    Cheat(
        "paused",
        "paused the machine for three hours",
        _with(gap_seconds=10_800.0),
        "disagreed by up to 3 h 00 min",
        FULL,
    ),
    Cheat(
        "frozen",
        "let the exam's clock stand still",
        _with(ended=at(hours=3), written=at(hours=3)),
        "It took 3 h 00 min by the calendar",
        FULL,
    ),
    Cheat(
        "credit",
        "gave themselves twenty minutes back",
        _with(returned=[{"seconds": 1_200.0, "why": "x", "until": 1.0}]),
        "20 min were given back for 1 fault of ours. The first: x",
        FULL,
    ),
    Cheat(
        "credits",
        "gave time back nine thousand times",
        _with(returned=[{"seconds": 0.2, "why": "y" * 10, "until": None}] * 9_000),
        "30 min were given back for 9,000 faults",
        FULL,
    ),
    Cheat(
        "generous",
        "gave themselves an hour of two back",
        _with(returned=[{"seconds": 3_600.0, "why": "x", "until": 1.0}]),
        "It gave 1 h 00 min back, and tfprep gives at most 30 min",
        None,
    ),
    Cheat(
        "filed",
        "let the model be taken by file time",
        _entry(automatic=True, saved=at(minutes=39)),
        "nobody submitted this model",
        FULL,
    ),
    Cheat(
        "quit",
        "abandoned the exam and handed it in",
        _with(ending="abandoned"),
        "The exam was abandoned",
        FULL,
    ),
    Cheat(
        "stretch", "wrote rules with more minutes", _rules(minutes=9_000.0), "not by this home's key", None
    ),
    Cheat("bands", "wrote easier bands", _rules(share=0.1), "not by this home's key", None),
    Cheat(
        "moved",
        "came from another class of this mentor",
        _mentors(learner="nobody"),
        "nobody is not in the roster",
        None,
    ),
    Cheat(
        "window",
        "had rules of another exam of this mentor",
        _mentors(exam="fedcba9876543210"),
        "not what this exam was packed with",
        None,
    ),
    Cheat("carls", "handed in under somebody's rules", _as_carl, "its rules were made for carl", None),
    Cheat("copy", "handed in a neighbour's model", _copied, "dora handed in the same file", 80.0),
    Cheat("share1", "shared a machine", _shared, "One machine (key", FULL),
    Cheat("share2", "shared a machine", _shared, "One machine (key", FULL),
    Cheat(
        "flip",
        "changed a byte",
        _scratched(lambda file: file[:-1] + bytes([file[-1] ^ 1])),
        "sealed for another key",
        None,
    ),
    Cheat("cut", "cut the file off", _scratched(lambda file: file[:100]), "sealed for another key", None),
    Cheat("empty", "handed in nothing at all", _scratched(lambda file: b""), "no hand-in of an exam", None),
    Cheat("other", "handed in for another mentor", _for_another, "sealed for another key", None),
    Cheat(
        "length", "gave the notes no end", _plain(lambda plain: b"\xff" * 4 + plain[4:]), "have no end", None
    ),
    Cheat(
        "more",
        "hid a file behind the model",
        _plain(lambda plain: plain + b"more"),
        "not as long as its notes say",
        None,
    ),
    Cheat(
        "swap",
        "put in another model than the notes say",
        _plain(lambda plain: plain[:-1] + b"x"),
        "not the one that its notes name",
        None,
    ),
    Cheat("double", "put in two models of one problem", _two_models, "two models of one problem", None),
    Cheat(
        "path",
        "called a problem ../../evil",
        _entry(problem="../../evil"),
        "which the exam does not ask",
        None,
    ),
    Cheat("sizes", "gave a size below zero", _entry(size=-1), "models.0.size", None),
    Cheat("naive", "left the time zone out", _notes({"started": "2026-03-01T12:00:00"}), "started", None),
    Cheat("years", "ended in the year 9999", _notes({"ended": "9999-12-31T23:59:59+00:00"}), "ended", None),
    Cheat("first", "began in the year 1", _notes({"started": "0001-01-01T00:00:00+14:00"}), "started", None),
    Cheat("forever", "took 1e300 seconds", _notes({"spent_seconds": 1e300}), "spent_seconds", None),
    Cheat("words", "wrote words for numbers", _notes({"earlier": "many"}), "earlier", None),
    Cheat("extra", "wrote their own score into the notes", _notes({"score": 5}), "score", None),
    Cheat("deep", "nested 100,000 lists", lambda case: case.raw(b"[" * 100_000), "cannot read it", None),
    Cheat(
        "bytes",
        "wrote notes that are no text",
        lambda case: case.raw(b"\xff\xfe\x00"),
        "cannot read it",
        None,
    ),
    Cheat(
        "names",
        "called themselves by markup",
        _with(learner="<script>\x1b[2J"),
        "its rules were made for names",
        None,
    ),
    Cheat(
        "flood",
        "wrote 20 long sentences for the mentor",
        _with(left_out=["z" * 19_000] * 20),
        "Its machine says: zzz",
        FULL,
    ),
    Cheat("huge", "handed in a terabyte", _special(_huge), "larger than any hand-in", None),
    Cheat(
        "zero",
        "linked to /dev/zero",
        _special(lambda path: path.symlink_to("/dev/zero")),
        "a link, or no file",
        None,
    ),
    Cheat("pipe", "handed in a pipe", _special(os.mkfifo), "a link, or no file", None),
    Cheat("pack", "handed in the pack", _pack_as_hand_in, "no hand-in of an exam", None),
    Cheat("old", "handed in a result of an earlier tfprep", _old_result, "no hand-in of an exam", None),
    Cheat("text", "handed in a text as a model", lambda case: case.forge(content=b"not a model"), "", 0.0),
    Cheat(
        "script",
        "handed in a script",
        lambda case: case.forge(content=b"import os\nmodel = 5\n" * 9),
        "",
        0.0,
    ),
    Cheat(
        "pickle", "handed in a pickle", lambda case: case.forge(content=b"\x80\x04cposix\nsystem\n."), "", 0.0
    ),
)
