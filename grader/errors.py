"""What can go wrong around grading that is no score, light enough to import anywhere.

BadSubmission       nothing could be taken as a submission: misuse, nothing is recorded
NoSuchRecord        a number that no submission has: misuse
LedgerUnavailable   the ledger cannot be used: our fault, no attempt is used
"""


class BadSubmission(Exception):
    """Nothing could be taken as a submission. The message says what to do; no attempt is recorded."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NoSuchRecord(LookupError):
    """No submission has this number."""


class LedgerUnavailable(Exception):
    """The ledger cannot be opened, read or written. `remedy` says what to do about it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
