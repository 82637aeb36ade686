"""The learner that a path names, as a layout reads it; or that it names none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ...classroom.sources.units import Parts


class NamedBy(Enum):
    """Who wrote the part of the path that names a learner."""

    PERSON = "person"
    """A folder that somebody called after a learner."""
    FILE = "file"
    """The name of a file that is in no learner's folder."""
    CLONE = "clone"
    """A repository's name."""
    MOODLE = "moodle"
    CANVAS = "canvas"
    BLACKBOARD = "blackboard"
    BRIGHTSPACE = "brightspace"
    GRADESCOPE = "gradescope"


PLATFORMS = frozenset(NamedBy) - {NamedBy.PERSON, NamedBy.FILE, NamedBy.CLONE}
"""Those that write one entry for each hand-in. Their files have the time of the download."""


OwnerKey = tuple[NamedBy, str, str]


@dataclass(frozen=True)
class NamedOwner:
    """The learner that a path names, and the parts that may name the problem."""

    named_by: NamedBy
    name: str
    number: str = ""
    """The platform's number for this person or group."""
    rest_of_path: Parts = ()
    other_names: tuple[str, ...] = ()
    """What the name may be as well, where the path does not tell where it begins."""
    submitters: tuple[tuple[str, ...], ...] = ()
    """Of each person, where a platform's own list tells who: id, e-mail address and name."""
    attempt: int = 0
    """The platform's count of how often this was handed in before."""
    handed_in: datetime | None = None
    """When, as the platform wrote it; without a time zone where it wrote none."""
    unread_time: str = ""
    """What the platform wrote for that, where it cannot be read."""
    is_late: bool | None = None
    """Whether the platform calls it late; None where it does not say."""
    is_text: bool = False
    """Whether this is what was typed into the platform's page, or its receipt, and no file."""

    @property
    def key(self) -> OwnerKey:
        """What all paths share that name the same one."""
        return self.named_by, self.name, self.number


class NoMatch(Exception):
    """A name fits no learner, or several; or a path names no problem, or several. The message says which.

    Attributes:
        suggestions: ids of those whom it may mean.
    """

    def __init__(self, why: str, suggestions: Iterable[str] = ()) -> None:
        super().__init__(why)
        self.suggestions = tuple(suggestions)
