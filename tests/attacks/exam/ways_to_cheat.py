"""What a cheat can do: each function is a way to hand in what is not honest.

Who writes a hand-in without tfprep knows its source, their own pack and their own key: tests/exams/forged.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tfprep.classroom.signing import sign
from tfprep.exams.config import ExamConfig
from tfprep.exams.hand_in import MAGIC, ExamNotes

from ...exams.exam_class import ExamClass, model
from ...exams.forged import BEGUN, forge, notes_of, plain_of, sealed_for

FULL = 100.0


OTHER_MENTOR = b"another mentor's private key----"


HONEST = ("carl", "dora", "emil")


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
    """A moment after an honest exam session began."""
    return (BEGUN + timedelta(**after)).isoformat()


def sat_again_at_home(case: Case) -> None:
    """Both exam sessions are real."""
    home_exam = case.spring.home_exam(case.name, case.pack)
    home_exam.start()
    home_exam.submit(model(1, case.name))
    home_exam.hand_in(case.spring.handed_in, f"{case.name} first.tfexam")
    home_exam.machine.wait(60)
    home_exam.folder = home_exam.folder.with_name("again")
    home_exam.start()
    home_exam.submit(case.good)
    home_exam.hand_in(case.spring.handed_in, f"{case.name} second.tfexam")


def sat_again_elsewhere(case: Case) -> None:
    case.forge("elsewhere 1", model(1, case.name))
    case.write(
        forge(case.rules, case.good, case.spring.key, b"y" * 32, started=at(minutes=-30)), "elsewhere 2"
    )


def handed_in_twice(case: Case) -> None:
    """The same exam session, sealed anew, and one of the files copied."""
    for name in ("twice", "twice more"):
        case.forge(name)
    content = (case.spring.handed_in / "twice.tfexam").read_bytes()
    case.write(content, "twice copied")


def hid_the_first_session(case: Case) -> None:
    """Only the second is handed in; its notes count the first."""
    case.forge(earlier=1)


def touched_the_file(case: Case) -> None:
    """Trained on after the end, and `touch -d` sets the file's time back."""
    from tfprep.exams.endings import ExamEndings

    home_exam = case.spring.home_exam(case.name, case.pack)
    home_exam.start()
    home_exam.submit(model(1, case.name))
    home_exam.save(case.good)
    home_exam.machine.wait(60 * 26)
    home_exam.service = ExamEndings(home_exam.ledger, home_exam.home, home_exam.machine.read_clock)
    home_exam.hand_in(case.spring.handed_in, f"{case.name}.tfexam")


def with_notes(**changed: Any) -> Callable[[Case], None]:
    return lambda case: case.forge(**changed)


def with_entry(**changed: Any) -> Callable[[Case], None]:
    """Notes whose entry of the model says something else."""

    def hand_in(case: Case) -> None:
        notes = notes_of(case.rules, case.good, case.machine)
        entry = {**notes["models"][0], **changed}
        case.forge(models=[entry])

    return hand_in


def with_rules(**changed: Any) -> Callable[[Case], None]:
    """Rules that the cheat changed and signed."""

    def hand_in(case: Case) -> None:
        config = case.config.model_copy(update=changed)
        case.forge(rules=config.signed(case.machine))

    return hand_in


def with_mentors_rules(**changed: Any) -> Callable[[Case], None]:
    """Rules that this mentor did sign, for another purpose."""

    def hand_in(case: Case) -> None:
        case.forge(rules=case.config.model_copy(update=changed).signed(case.spring.key))

    return hand_in


def handed_in_as_carl(case: Case) -> None:
    """Carl's rules, under the cheat's own name."""
    carl = next(case.spring.root.glob("packs/*-carl.tfexam")).read_text("ascii")
    case.forge(rules=carl, learner=case.name)


def copied_a_hand_in(case: Case) -> None:
    """Dora's very file."""
    case.forge(content=model(4, "dora"))


def shared_a_model(case: Case) -> None:
    """Two learners, one machine."""
    case.write(forge(case.rules, case.good, case.spring.key, b"shared machine".ljust(32)))


def with_changed_bytes(change: Callable[[bytes], bytes]) -> Callable[[Case], None]:
    return lambda case: case.write(change(forge(case.rules, case.good, case.spring.key, case.machine)))


def with_changed_plain(change: Callable[[bytes], bytes]) -> Callable[[Case], None]:
    """What is sealed is changed, and sealed properly."""

    def hand_in(case: Case) -> None:
        plain = plain_of(notes_of(case.rules, case.good, case.machine), case.good, case.machine)
        case.write(sealed_for(case.spring.key, change(plain)))

    return hand_in


def sealed_for_another(case: Case) -> None:
    case.write(forge(case.rules, case.good, OTHER_MENTOR, case.machine))


def with_two_models(case: Case) -> None:
    notes = notes_of(case.rules, case.good, case.machine)
    case.write(
        sealed_for(
            case.spring.key,
            plain_of({**notes, "models": notes["models"] * 2}, case.good, case.machine) + case.good,
        )
    )


def with_raw_notes(changed: Mapping[str, Any]) -> Callable[[Case], None]:
    """Notes with values that no tfprep writes."""

    def hand_in(case: Case) -> None:
        notes = {**notes_of(case.rules, case.good, case.machine), **changed}
        signed = sign(ExamNotes.kind, notes, case.machine)
        case.write(sealed_for(case.spring.key, len(signed).to_bytes(4) + signed + case.good))

    return hand_in


def with_special_file(make: Callable[[Path], object]) -> Callable[[Case], None]:
    return lambda case: make(case.spring.handed_in / f"{case.name}.tfexam") and None


def make_huge(path: Path) -> None:
    with path.open("wb") as file:
        file.write(MAGIC)
        file.truncate(2**40)


def handed_in_the_pack(case: Case) -> None:
    case.write(case.rules.encode())


def handed_in_an_old_result(case: Case) -> None:
    case.write((Path(__file__).parents[2] / "exams" / "signed_result.json").read_bytes())
