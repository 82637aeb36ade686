"""Imports a cohort's submissions from a folder, a zip or a manifest, with learner and problem of each."""

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
    """Its path in the source, as it may be shown."""
    handed_in: datetime | None = None
    """When it was handed in, aware of its time zone; None where that is not known."""


@dataclass(frozen=True)
class ImportedSource:
    """Everything that was found in a source."""

    files: tuple[ImportedFile, ...]
    unmatched: tuple[Unmatched, ...]
    roster: tuple[Learner, ...]
    """Everybody in the roster, with or without files; without a roster, everybody found."""
