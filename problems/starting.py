"""The making of a workspace: for whatever a learner names, on the data that is there or fetched for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import BadWorkspace
from ..files.text import Tell
from .catalogue import find
from .dataset import Dataset
from .problem import Problem
from .store import DataStore
from .workspace import Workspace, make_workspace, reset_workspace, resume_workspace


@dataclass(frozen=True)
class WorkspaceRequest:
    """What workspace somebody wants."""

    name: str
    """A problem's number or name, or the path of a mentor's zip."""
    into: Path | None = None
    """The folder to make; named like the problem where it is left out."""
    data_source: str | None = None
    existing: Literal["refuse", "resume", "reset"] = "refuse"
    """What to do where the folder holds work: leave it alone, fill in what is missing, or move it away."""


@dataclass(frozen=True)
class Started:
    """A workspace that was made or renewed."""

    folder: Path
    dataset: Dataset
    backup: Path | None = None
    """Where earlier work was moved to."""


def start(request: WorkspaceRequest, store: DataStore, tell: Tell) -> Started:
    """Make a workspace with a problem's starter, statement and public data.

    Args:
        request: which problem and data, where, and what becomes of work that is there.
        store: has the data, or fetches it.
        tell: gets a sentence on what takes time or was chosen.

    Raises:
        UnknownProblem, BadData, DataUnavailable: the problem or its data cannot be had.
        BadWorkspace: the folder cannot be made, holds work and nothing was said about it, or would lie in
            another workspace and nobody named it.
    """
    problem, data_source, folder = _workspace_plan(request)
    if folder.resolve() == problem.folder.resolve():
        raise BadWorkspace(
            f"{folder} is the problem itself. Nothing was changed. Name another folder with --into."
        )
    if request.into is None and (outer := Workspace.around(Path.cwd())) is not None:
        raise BadWorkspace(
            f"You are in the workspace {outer.folder}, and {folder} would be made inside it. Nothing was "
            f"made. Go to {outer.folder.parent} first, or name another folder with --into."
        )
    dataset = store.load(problem, data_source, tell=tell)
    if request.existing == "reset":
        _, backup = reset_workspace(folder, dataset)
        return Started(folder, dataset, backup)
    if request.existing == "resume":
        resume_workspace(folder, dataset, tell)
    else:
        make_workspace(folder, dataset)
    return Started(folder, dataset)


def _workspace_plan(request: WorkspaceRequest) -> tuple[Problem, str, Path]:
    """The problem, the data source and the folder of a new workspace."""
    if request.name.casefold().endswith(".zip"):
        from .data_pack import problem_of

        problem, data_source = problem_of(Path(request.name)), request.data_source or request.name
    else:
        problem, data_source = find(request.name), request.data_source or ""
    folder = request.into or Path(problem.folder.name)
    kept = Workspace.around(folder) if request.existing == "resume" else None
    return problem, data_source or (kept.data_source if kept else "auto"), folder
