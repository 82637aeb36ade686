"""Imports a cohort's submissions, with learner and problem: from folders, zips, repositories, a manifest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ...grader.records.cohort import Learner, Unmatched


@dataclass(frozen=True)
class ImportedFile:
    """One attempt. Several attempts of one learner at one problem come oldest first."""

    learner: str
    """The id, as in `Learner.id`."""
    problem: str
    """The id, as in `Problem.id`."""
    path: Path
    """The file or SavedModel on disk: in the source folder, or unpacked."""
    found_at: str
    """Its path in the source, as it may be shown; of a repository's file, with the commit."""
    handed_in: datetime | None = None
    """When it was handed in, aware of its time zone; None where that is not known."""
    is_late: bool | None = None
    """Whether the platform calls it late; None where it does not say."""


@dataclass(frozen=True)
class Draft:
    """A line for a mentor to correct: a file that could not be placed, and what may be meant."""

    learner: str
    """The id of whom it may be; empty where nobody is like it."""
    problem: str
    """The id of the problem that its path names; empty where it names none, or several."""
    path: str
    """Its path in the source, also within zips."""
    why: str
    to_do: str
    when: datetime | None = None
    """When it was handed in, aware of its time zone; None where its path does not tell."""


@dataclass(frozen=True)
class ImportedSource:
    """Everything that was found in a source."""

    files: tuple[ImportedFile, ...]
    unmatched: tuple[Unmatched, ...]
    roster: tuple[Learner, ...]
    """Everybody in the roster, with or without files; without a roster, everybody found."""
    drafts: tuple[Draft, ...] = ()
    """A line for each file that could not be placed."""
    notes: tuple[str, ...] = ()
    """What a mentor should know about the source, a sentence each."""
    aside: tuple[str, ...] = ()
    """The paths of what corrected lists left aside: of the same learner and problem another file counts."""
