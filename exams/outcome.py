"""What came of the hand-ins of an exam: what a mentor is shown, and what the gradebook keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..classroom.signing import fingerprint
from ..grader.records.cohort import ExamChoice, ExamTotal
from .certificate import Certificate
from .checks import OpenedHandIn
from .hand_in_files import RefusedFile


@dataclass(frozen=True)
class GradedHandIn:
    """A hand-in, and its certificate."""

    hand_in: OpenedHandIn
    certificate: Certificate | None = None
    """None where it does not count, or cannot be graded now."""
    signed: bytes = field(default=b"", repr=False)
    """The certificate as a file, with the mentor's signature; empty without one."""
    pending: tuple[str, ...] = ()
    """Why it cannot be graded now, a sentence each: the fault is ours."""
    seen: tuple[str, ...] = ()
    """What its models showed that a mentor should know."""
    graded: Mapping[str, Any] = field(default_factory=dict)
    """What was measured, as plain values, by the problem's id: for the next time."""
    known: bool = False
    """Whether all of it was measured an earlier time."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a mentor should know of it. The certificate says less: it names nobody else."""
        return (*self.hand_in.remarks, *self.hand_in.questions, *self.seen)

    @property
    def total(self) -> ExamTotal:
        """For the gradebook."""
        given, hand_in = self.certificate, self.hand_in
        return ExamTotal(
            learner=hand_in.learner,
            exam=hand_in.config.exam,
            total=0.0 if given is None else given.total,
            passed=given is not None and given.passed,
            points={} if given is None else {each.problem: each.points for each in given.problems},
            file=hand_in.file,
            digest=hand_in.identity,
            signer=fingerprint(hand_in.machine),
            remarks=(*hand_in.against, *self.pending),
            notes=self.remarks,
            graded=self.graded,
            started=hand_in.notes.started,
            stands=hand_in.stands,
            models={each.problem: each.digest for each in hand_in.notes.models},
            facts=hand_in.facts,
            certified=given is not None,
        )


@dataclass(frozen=True)
class ExamOutcome:
    """What came of a folder of hand-ins."""

    hand_ins: tuple[GradedHandIn, ...]
    refused: tuple[RefusedFile, ...]
    missing: tuple[str, ...]
    """Ids of learners without a result that counts, here or from another source."""
    spread: tuple[str, ...] = ()
    """How far a score moves with the examples that one is asked, a sentence for each problem."""
    others: tuple[str, ...] = ()
    """Where files lie that are no hand-ins."""
    choices: tuple[ExamChoice, ...] = ()
    """What the mentor lets count from now on."""
    not_applied: tuple[str, ...] = ()
    """What the mentor asked for in vain, a sentence each."""

    @property
    def known(self) -> int:
        """How many hand-ins were graded before, and not again."""
        return sum(each.known for each in self.hand_ins)

    @property
    def certificates(self) -> int:
        """How many there are."""
        return sum(each.certificate is not None for each in self.hand_ins)

    @property
    def passed(self) -> int:
        """How many of them passed."""
        return sum(each.certificate is not None and each.certificate.passed for each in self.hand_ins)

    @property
    def for_a_person(self) -> int:
        """How many files somebody has to look at: they do not count, could not be graded, or have remarks."""
        unsure = sum(each.certificate is None or bool(each.remarks) for each in self.hand_ins)
        return unsure + len(self.refused)

    @property
    def is_complete(self) -> bool:
        """Whether everybody has a result, and every file that was handed in counts."""
        return not (self.missing or self.refused) and self.certificates == len(self.hand_ins)
