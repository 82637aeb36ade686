"""A submission that is not graded, and the sentence its author is told."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """What is wrong with the submission, in its author's terms. Never quotes a question."""

    def __init__(self, code: str, message: str, expected: str = "", found: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.expected = expected
        self.found = found

    def as_header(self) -> dict[str, Any]:
        """The frame header that carries it."""
        return {
            "reply": "refused",
            "code": self.code,
            "message": self.message[:2000],
            "expected": self.expected[:500],
            "found": self.found[:500],
        }
