"""What a learner wants graded: which problem, on which data, and which file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...errors import BadSubmission
from ...problems import Dataset, DataStore, Problem, find
from ...problems.workspace import Workspace
from ...sandbox import ArtifactKind
from ..grade import Graded
from .curves import Curves, read_curves, read_printed
from .submission import pick_submission


@dataclass(frozen=True)
class Work:
    """A file or folder to grade, and what it is graded on."""

    problem: Problem
    dataset: Dataset
    artifact: Path
    workspace: Path | None = None
    """The folder that `tfprep start` made, if the artifact lies in one."""

    def curves(self, graded: Graded) -> Curves | None:
        """How the model was trained: what its script printed, or the newest log in its workspace."""
        if graded.submission.kind is ArtifactKind.SCRIPT:
            return read_printed(graded.card.log)
        return None if self.workspace is None else read_curves(self.workspace)


def find_work(
    path: Path | None,
    problem: str | None,
    data_source: str | None,
    store: DataStore,
    tell: Callable[[str], None],
) -> Work:
    """What `path` is, or what lies in the workspace: the one around `path`, else around the current folder.

    Raises:
        BadSubmission: outside a workspace where no problem is named, or where there is nothing to pick.
        UnknownProblem, DataUnavailable, BadData: as the catalogue and the store do.
    """
    here = Path.cwd()
    workspace = Workspace.around(path or here) or Workspace.around(here)
    chosen = _choose_problem(problem, workspace, here)
    dataset = store.load(chosen, data_source or _edition_of(workspace, chosen), tell)
    if workspace and workspace.problem is chosen and workspace.fingerprint != dataset.fingerprint:
        tell(
            "This workspace was made from other data than it is graded on. "
            f"`tfprep start {chosen.number} --into {workspace.folder} --resume` renews its data."
        )
    artifact = _choose_artifact(path, workspace, here)
    around = Workspace.around(artifact)
    return Work(chosen, dataset, artifact, around.folder if around else None)


def _choose_problem(name: str | None, workspace: Workspace | None, here: Path) -> Problem:
    if name is not None:
        return find(name)
    if workspace is None:
        raise BadSubmission(
            "no_problem",
            f"{here} is not in a workspace, so it does not say which problem this is for. "
            "Add --problem NAME, or go to a folder that `tfprep start` made.",
        )
    return workspace.problem


def _edition_of(workspace: Workspace | None, problem: Problem) -> str:
    return workspace.data_source if workspace and workspace.problem is problem else "auto"


def _choose_artifact(path: Path | None, workspace: Workspace | None, here: Path) -> Path:
    if path is None:
        return pick_submission(workspace.folder if workspace else here)
    if workspace and path.absolute() == workspace.folder:
        return pick_submission(path)
    return path
