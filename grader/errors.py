"""What can go wrong around grading that is no score, light enough to import anywhere.

BadSubmission       nothing could be taken as a submission: misuse, nothing is recorded
BadCohort           a mentor's own file cannot be used: misuse, nothing is recorded
NoSuchRecord        a number that no submission has: misuse
CohortBusy          somebody else is grading this cohort: misuse, nothing is recorded
LedgerUnavailable   the ledger cannot be used: our fault, no attempt is used
ExamError           not possible in an exam now: misuse
NotGenuine          a signed file was changed, or never signed
BadKey              the home's signing key cannot be used: misuse
"""


class BadSubmission(Exception):
    """Nothing could be taken as a submission. The message says what to do; no attempt is recorded."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NoSuchRecord(LookupError):
    """No submission has this number."""


class CohortBusy(Exception):
    """Another program is grading this cohort right now."""

    def __init__(self, cohort: str) -> None:
        super().__init__(
            f"Another program is grading the cohort {cohort!r} right now. Wait until it has finished: "
            "what it has graded is not graded again."
        )


class LedgerUnavailable(Exception):
    """The ledger cannot be opened, read or written. `remedy` says what to do about it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class BadCohort(Exception):
    """A mentor's file cannot be used: `cohort.toml`, the roster, the folder. The message names it."""


class ExamError(Exception):
    """What was asked is not possible in an exam now; the message says why, and what is."""


class NotGenuine(Exception):
    """A file is not what its signer signed, or was never signed; the message says which."""


class BadKey(Exception):
    """The home's signing key cannot be used; the message says what to do."""
