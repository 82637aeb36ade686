"""What a learner submits: found, read once as bytes, recognised by content and known by its digest.

BadSubmission       there is nothing to grade yet: a missing path, two candidates. Misuse: nothing is
                    recorded.
Submission.refusal  something was submitted that cannot be graded: an INVALID submission, recorded with
                    this reason.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from ...errors import BadSubmission
from ...files.text import joined, one_line
from ...problems import Dataset, DataStore, Problem, find
from ...problems.workspace import Workspace, workspaces_in
from ...sandbox import ArtifactKind, Refusal
from .candidates import command_for, last_saved, pick_submission
from .reader import READER

__all__ = [
    "SIZE_LIMIT",
    "LoadedArtifact",
    "LocatedArtifact",
    "Submission",
    "last_saved",
    "locate_artifact",
    "pick_submission",
    "read_submission",
    "require_model",
]

SIZE_LIMIT: Final = 512 * 2**20


@dataclass(frozen=True)
class Submission:
    """One submitted file or folder. `kind` is None exactly where `refusal` tells why it cannot be graded."""

    problem: str
    """The problem's id: "problem2"."""
    learner: str
    name: str
    """What the file was called, cleaned to be shown; decides nothing."""
    kind: ArtifactKind | None
    artifact: bytes = field(repr=False)
    """As the sandbox is given it: a SavedModel from any container is the same canonical zip."""
    digest: str
    """sha256 of the artifact, or of what was read of it, in hex."""
    size: int
    refusal: Refusal | None = None


@dataclass(frozen=True)
class LoadedArtifact:
    """A file or folder to grade, and the data it is graded on."""

    problem: Problem
    dataset: Dataset
    artifact: Path
    workspace: Path | None = None
    """The folder that `tfprep start` made, if the artifact lies in one."""


@dataclass(frozen=True)
class LocatedArtifact:
    """A file or folder to grade, before any data is fetched for it."""

    problem: Problem
    artifact: Path
    data_source: str
    around: Workspace | None
    """The workspace that was looked at: around the path that was named, else around the current folder."""

    def load(self, store: DataStore, tell: Callable[[str], None]) -> LoadedArtifact:
        """Find its data, and fetch it where it is not there.

        `tell` gets a sentence where it is fetched, or is not what the workspace was made from.

        Raises:
            DataUnavailable, BadData: it cannot be had.
        """
        dataset = store.load(self.problem, self.data_source, tell)
        around = self.around
        if around and around.problem is self.problem and around.fingerprint != dataset.fingerprint:
            tell(
                "This workspace was made from other data than it is graded on. "
                f"`tfprep start {self.problem.number} --into {around.folder} --resume` renews its data."
            )
        held = Workspace.around(self.artifact)
        return LoadedArtifact(self.problem, dataset, self.artifact, held.folder if held else None)


def locate_artifact(
    path: Path | None, problem: str | None, data_source: str | None, tell: Callable[[str], None]
) -> LocatedArtifact:
    """Find the problem and the file: as named, else those of the workspace.

    Args:
        path: a file or folder; without it, the newest saved model of the workspace is taken.
        problem: a problem's number or name; without it, the problem of the workspace around `path`, else of
            the one around the current folder.
        data_source: without it, the one that the workspace was made from.
        tell: gets a sentence where another file could have been meant.

    Raises:
        BadSubmission: outside a workspace where no problem is named, or where there is nothing to pick.
        UnknownProblem: no problem has this name.
    """
    here = Path.cwd()
    workspace = Workspace.around(path or here) or Workspace.around(here)
    chosen = _choose_problem(problem, workspace, here)
    artifact = path if path is not None else (workspace.folder if workspace else here)
    if path is None or (workspace and path.absolute() == workspace.folder):
        command = "tfprep submit" if problem is None else f"tfprep submit --problem {chosen.number}"
        artifact = pick_submission(artifact, tell, partial(command_for, command=command, here=here))
    else:
        _require(path)
    return LocatedArtifact(chosen, artifact, data_source or _data_source_of(workspace, chosen), workspace)


def read_submission(path: Path, problem: str, learner: str, limit: int = SIZE_LIMIT) -> Submission:
    """Reads and recognises a file or folder, at most `limit` bytes of it, in a process with limits.

    Raises:
        BadSubmission: where the path does not exist or may not be read.
        FailedToRead: the file exceeded a limit, or ended the process that read it.
    """
    _require(path)
    try:
        found = READER.read(path, limit)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    return Submission(
        problem=problem,
        learner=learner,
        name=one_line("/".join(filter(None, (path.name or str(path), found.inside)))),
        kind=found.kind,
        artifact=found.artifact,
        digest=found.digest,
        size=found.size,
        refusal=None if found.refusal is None else Refusal(*found.refusal),
    )


def require_model(submission: Submission, so: str = "") -> None:
    """See that it can be graded. Raises BadSubmission for what is neither a model nor a script.

    Args:
        submission: what was read.
        so: what follows, such as ", so no attempt was used".
    """
    if (refusal := submission.refusal) is not None:
        raise BadSubmission(refusal.code, f"{submission.name!r} cannot be graded{so}. {refusal.message}")


def _choose_problem(name: str | None, workspace: Workspace | None, here: Path) -> Problem:
    if name is not None:
        return find(name)
    if workspace is None:
        raise BadSubmission(
            "no_problem",
            f"{here} is not in a workspace, so it does not say which problem this is for. "
            f"Add --problem NAME, or go to {_where_to_go(here)}.",
        )
    return workspace.problem


def _where_to_go(here: Path) -> str:
    below = [one_line(each.name) for each in workspaces_in(here)]
    if not below:
        return "a folder that `tfprep start` made"
    return joined(below, "or")


def _data_source_of(workspace: Workspace | None, problem: Problem) -> str:
    return workspace.data_source if workspace and workspace.problem is problem else "auto"


def _require(path: Path) -> None:
    """See that there is something at a path. Raises BadSubmission."""
    try:
        os.lstat(path)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _missing(path: Path) -> BadSubmission:
    """Where nothing lies at a path, with the file that bears the name in other letters if there is one."""
    alike = [each for each in _entries(path.parent) if each.name.casefold() == path.name.casefold()]
    way_out = "Train and save the model first, or give its path."
    if alike and alike[0].name.isprintable():
        way_out = f"There is {alike[0].name!r}: {command_for(alike[0], here=Path.cwd())}."
    return BadSubmission("missing", f"There is no {one_line(path.name or str(path))!r} here. {way_out}")


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _unreadable(path: Path, error: Exception) -> BadSubmission:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return BadSubmission("unreadable", f"{one_line(path.name or str(path))!r} cannot be read: {why}.")
