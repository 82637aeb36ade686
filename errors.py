"""Everything that can go wrong and has a name. The class says whose fault it is, and what follows.

TfprepError              what happened, what to do next, and the exit code
(CodedError               with a code for programs: BadSubmission, and every SubmissionFault)
├── Misuse               2: what was asked for cannot be done; nothing is recorded
│   ├── UnknownProblem       no problem has this name; the nearest one is offered
│   ├── BadData              data is there and cannot be used: damaged, altered, incomplete, too small
│   ├── BadWorkspace         a folder is not a workspace, or holds work that would be overwritten
│   ├── BadSubmission        nothing could be taken as a submission
│   ├── BadCohort            a mentor's file cannot be used: cohort.toml, roster, manifest, folder
│   ├── CohortBusy           another program is grading this cohort
│   ├── NoSuchRecord         no submission, cohort or exam has this number or name
│   ├── NoAttemptsLeft       all attempts at a hidden test set are used
│   ├── ExamError            not possible in an exam now
│   ├── NotGenuine           a signed file was changed, or never signed
│   ├── BadKey               the home's signing key cannot be used
│   ├── BadOption            the value of an option or a variable is none that it can have
│   └── UnsupportedPlatform  this operating system or this Python cannot run tfprep
├── OurFault             3: we could not do it; no submission is at fault, no attempt is used
│   ├── HomeUnavailable      the home cannot be made, written or locked
│   ├── DataUnavailable      data could not be fetched or stored
│   ├── LedgerUnavailable    the ledger could not be opened, read or written
│   └── SandboxUnavailable   a job could not be run
│       ├── WorkerLost       a worker was ready and broke at this job
│       │   └── LostByScript     a script ran there, as the same user: it may have ended it
│       └── FailedAtFile     our own code failed at this file, and works with others; or it had no time
│           └── FailedToRead     the process that reads files ended at it, or exceeded its limits
├── Interrupted          130: a person stopped it; the message says what is recorded
└── SubmissionFault      a submission's own fault: it becomes the verdict INVALID, and ends no command
    ├── UnsafeArchive        an archive with links, too much in it, or damage
    ├── NotAModel            the content is neither a model nor a training script
    └── UnreadablePredictions    predictions of the wrong count, shape or kind, or not finite
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import ClassVar, Final, TypeVar

T = TypeVar("T")
PASSED: Final = 0
NOT_YET: Final = 1
MISUSE: Final = 2
OUR_FAULT: Final = 3
INTERRUPTED: Final = 130


class TfprepError(Exception):
    """What happened, and what the person at the keyboard can do about it.

    Args:
        what: one or more sentences; as far as it was verified, and no further. A missing full stop is added.
        remedy: what to do next; may be empty where `what` says it.
    """

    exit_code: ClassVar[int] = OUR_FAULT

    def __init__(self, what: str, remedy: str = "") -> None:
        stop = "." if remedy and what and what[-1] not in ".!?:" else ""
        super().__init__(f"{what}{stop} {remedy}".strip())
        self.what = what
        self.remedy = remedy


def explained(error: OSError) -> str:
    """What the system says of a file, without the number of the error: "PATH: No space left on device"."""
    reason = reason_of(error)
    return reason if error.filename is None else f"{os.fsdecode(error.filename)}: {reason}"


def reason_of(error: OSError) -> str:
    """The same without the path, for a sentence that names it."""
    return error.strerror or str(error) or type(error).__name__


def best_effort(
    step: Callable[[], T], otherwise: T, what: str, tell: Callable[[str], None], remedy: str = ""
) -> T:
    """What a step gives that nothing recorded depends on. Where it fails, that is told and logged.

    Args:
        otherwise: is given where the step fails.
        what: what is missing then, without a full stop.
        tell: takes the sentence. It holds the reason where that is an error with a name, or one of the
            system: the text of any other may quote data, and stands in the log alone.
        remedy: what to do next.
    """
    try:
        return step()
    except Exception as error:
        logging.getLogger(step.__module__).error(what, exc_info=error)
        known = explained(error) if isinstance(error, OSError) else str(error)
        reason = f": {known.rstrip('.')}" if isinstance(error, OSError | TfprepError) else ""
        tell(f"{what}{reason}. {remedy}".rstrip())
        return otherwise


class CodedError(TfprepError):
    """An error about a submission: a code for programs, and a sentence for its author."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Misuse(TfprepError):
    """What was asked for cannot be done; nothing is recorded."""

    exit_code = MISUSE


class UnknownProblem(Misuse, LookupError):
    """No problem has the name that was given."""


class BadData(Misuse):
    """Data is there, and it is not what it should be."""


class BadWorkspace(Misuse):
    """A folder is not a workspace, or holds work that would be overwritten."""


class BadSubmission(CodedError, Misuse):
    """Nothing could be taken as a submission; no attempt is recorded."""


class BadCohort(Misuse):
    """A mentor's file cannot be used: `cohort.toml`, the roster, the folder. The message names it."""


class CohortBusy(Misuse):
    """Another program is grading this cohort, or its exam, right now. `holder` tells which one."""

    def __init__(self, cohort: str, holder: str = "") -> None:
        whose = f" It is {holder}." if holder else ""
        super().__init__(
            f"Another program is grading the cohort {cohort!r} right now.{whose}",
            "Wait until it has finished, then run the same command again: what it has graded is not graded "
            "again.",
        )


class NoSuchRecord(Misuse, LookupError):
    """No submission, cohort or exam has this number or name."""


class NoAttemptsLeft(Misuse):
    """All attempts at a hidden test set are used; the message says what is possible without one."""


class ExamError(Misuse):
    """What was asked for is not possible in an exam now; the message says why, and what is."""


class NotGenuine(Misuse):
    """A file is not what its signer signed, or was never signed; the message says which."""


class BadKey(Misuse):
    """The home's signing key cannot be used; the message says what to do."""


class BadOption(Misuse):
    """The value of an option, or of a variable of the environment, is none that it can have."""


class UnsupportedPlatform(Misuse):
    """This operating system, processor or version of Python cannot run tfprep."""


class OurFault(TfprepError):
    """We could not do it: no submission is at fault, and no attempt is used."""

    exit_code = OUR_FAULT


class HomeUnavailable(OurFault):
    """The home cannot be made, written or locked: a path, a right or a file system, nobody's model."""


class DataUnavailable(OurFault):
    """The data cannot be had here and now: a network, an index or a disk, nobody's model."""


class LedgerUnavailable(OurFault):
    """The ledger cannot be opened, read or written."""


class SandboxUnavailable(OurFault):
    """We could not run the job: there is no outcome, no score and no attempt used."""


class WorkerLost(SandboxUnavailable):
    """A worker was ready and broke at this job, perhaps by its doing: another one may well serve the next."""


class LostByScript(WorkerLost):
    """A worker broke while a script ran in it that could have ended it: nothing is won by that."""


class Interrupted(TfprepError):
    """A person stopped it. The message says what is recorded, as far as that is known."""

    exit_code = INTERRUPTED


class FailedAtFile(SandboxUnavailable):
    """Our own code failed at this file, while the same worker answers a model that is known to be good.

    Or a batch could not give it its time, for the machine was busy.

    Whether the file or our code is wrong, a person has to find out: there is no score, and none is denied.
    """


class FailedToRead(FailedAtFile):
    """The process that reads files ended at this one, or exceeded its limits: nothing is won by that."""


class SubmissionFault(CodedError):
    """A submission's own fault, which becomes the verdict INVALID."""


class UnsafeArchive(SubmissionFault):
    """An archive that holds links, too much, or damage."""


class NotAModel(SubmissionFault):
    """The content is neither a model nor a training script."""


class UnreadablePredictions(SubmissionFault):
    """Predictions that cannot be scored."""
