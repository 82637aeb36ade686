"""What can go wrong with a problem's name or its data. Each says what happened and what to do next.

ProblemsError
├── UnknownProblem     no problem is called so; the nearest name is offered
├── DataUnavailable    the data could not be fetched: a network, an index or a disk, nobody's model
└── BadData            the data is there and cannot be used: damaged, altered, incomplete or too small
"""

from __future__ import annotations


class ProblemsError(Exception):
    """`what` happened, and the `remedy`: what the person at the keyboard can do about it.

    As text it is both; whoever wants them apart asks for them.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what} {remedy}".strip())
        self.what = what
        self.remedy = remedy


class UnknownProblem(ProblemsError, LookupError):
    """No problem goes by the name that was given."""


class DataUnavailable(ProblemsError):
    """The data cannot be had here and now."""


class BadData(ProblemsError):
    """The data is there, and it is not what it should be."""
