"""What came of the hand-ins of an exam: what a mentor is shown, and what the gradebook keeps."""

from __future__ import annotations

from dataclasses import dataclass

from ..classroom.signing import fingerprint
from ..grader.records.cohort import ExamTotal
from .certificate import Certificate
from .checks import OpenedHandIn
from .opening import Refused


@dataclass(frozen=True)
class Examined:
    """A hand-in, and its certificate."""

    hand_in: OpenedHandIn
    certificate: Certificate | None = None
    """None where it does not count, or cannot be graded now."""
    pending: tuple[str, ...] = ()
    """Why it cannot be graded now, a sentence each: the fault is ours."""
    seen: tuple[str, ...] = ()
    """What its models showed that a mentor should know."""

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
        )


@dataclass(frozen=True)
class Examination:
    """What came of a folder of hand-ins."""

    examined: tuple[Examined, ...]
    refused: tuple[Refused, ...]
    missing: tuple[str, ...]
    """Ids of learners without a result that counts."""
    spread: tuple[str, ...] = ()
    """How far a score moves with the examples that one is asked, a sentence for each problem."""
