"""What a learner submits: found, read once as bytes, recognised by content and known by its digest.

BadSubmission       there is nothing to grade yet: a missing path, two candidates. Misuse: nothing is
                    recorded.
Submission.refusal  something was submitted that cannot be graded: an INVALID submission, recorded with
                    this reason.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ...errors import BadSubmission, NotAModel, UnsafeArchive
from ...files.reading import FolderContent, NotRegular, TooLarge, read_file, read_folder
from ...files.text import one_line
from ...problems import Dataset, DataStore, Problem, find
from ...problems.workspace import Workspace
from ...sandbox import ArtifactKind, Refusal
from .recognition import SAVED_MODEL_ENTRIES, SAVED_MODEL_FILE, Recognised, recognise, recognise_folder

SIZE_LIMIT: Final = 512 * 2**20
CANDIDATES: Final = (
    "mymodel.h5",
    "mymodel.keras",
    "mymodel",
    "mymodel.zip",
    "mymodel.tar.gz",
    "mymodel.tgz",
)
_SAME_AGE: Final = 1.0
"""Seconds. Some file systems and every copy round times, so a smaller difference means nothing."""


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
class Work:
    """A file or folder to grade, and the data it is graded on."""

    problem: Problem
    dataset: Dataset
    artifact: Path
    workspace: Path | None = None
    """The folder that `tfprep start` made, if the artifact lies in one."""


def find_work(
    path: Path | None,
    problem: str | None,
    data_source: str | None,
    store: DataStore,
    tell: Callable[[str], None],
) -> Work:
    """Find the problem, the data and the file: as named, else those of the workspace.

    Args:
        path: a file or folder; without it, the newest saved model of the workspace is taken.
        problem: a problem's number or name; without it, the problem of the workspace around `path`, else of
            the one around the current folder.
        data_source: without it, the one that the workspace was made from.
        store: where the data is kept, or fetched to.
        tell: gets a sentence where the data is fetched, or is not what the workspace was made from.

    Raises:
        BadSubmission: outside a workspace where no problem is named, or where there is nothing to pick.
        UnknownProblem, DataUnavailable, BadData: the problem or its data cannot be had.
    """
    here = Path.cwd()
    workspace = Workspace.around(path or here) or Workspace.around(here)
    chosen = _choose_problem(problem, workspace, here)
    dataset = store.load(chosen, data_source or _data_source_of(workspace, chosen), tell)
    if workspace and workspace.problem is chosen and workspace.fingerprint != dataset.fingerprint:
        tell(
            "This workspace was made from other data than it is graded on. "
            f"`tfprep start {chosen.number} --into {workspace.folder} --resume` renews its data."
        )
    artifact = _choose_artifact(path, workspace, here)
    around = Workspace.around(artifact)
    return Work(chosen, dataset, artifact, around.folder if around else None)


def read_submission(path: Path, problem: str, learner: str, limit: int = SIZE_LIMIT) -> Submission:
    """Reads and recognises the file or folder at `path`, at most `limit` bytes of it.

    Raises:
        BadSubmission: where the path does not exist or may not be read.
    """
    content: bytes | FolderContent = b""
    recognised, refusal = Recognised(None, b""), None
    try:
        content = _read(path, limit)
        if isinstance(content, FolderContent):
            recognised = recognise_folder(content.files, content.names)
        else:
            recognised = recognise(content, path.name, limit)
        content = recognised.artifact
    except NotAModel as error:
        refusal = Refusal(error.code, error.message)
    return Submission(
        problem=problem,
        learner=learner,
        name=one_line(path.name or str(path)),
        kind=recognised.kind,
        artifact=recognised.artifact,
        digest=_digest(content),
        size=_size(content),
        refusal=refusal,
    )


def pick_submission(workspace: Path) -> Path:
    """The newest of the saved models in a workspace: mymodel.h5, mymodel.keras, a folder mymodel, …

    Raises:
        BadSubmission: where there is none, or where two are of the same age.
    """
    try:
        present = {entry.name for entry in workspace.iterdir()}
    except OSError as error:
        raise _unreadable(workspace, error) from error
    candidates = sorted(
        ((_age(workspace / name), name) for name in CANDIDATES if name in present), reverse=True
    )
    if not candidates:
        raise BadSubmission("no_submission", _nothing_saved(present))
    newest = candidates[0]
    rivals = [name for when, name in candidates if newest[0] - when <= _SAME_AGE]
    if len(rivals) > 1:
        listed = " and ".join(rivals)
        raise BadSubmission(
            "ambiguous", f"{listed} are of the same age. Say which one: `tfprep submit {rivals[0]}`."
        )
    return workspace / newest[1]


def last_saved(workspace: Path, until: float) -> Path | None:
    """The newest saved model of a workspace that is no younger than `until`, a POSIX time in seconds.

    Of two of the same age, the one whose name a starter gives comes first. None where there is none.
    """
    aged = [
        (_age(workspace / name), -rank, workspace / name)
        for rank, name in enumerate(CANDIDATES)
        if os.path.lexists(workspace / name)
    ]
    in_time = [candidate for candidate in aged if candidate[0] <= until]
    return max(in_time)[2] if in_time else None


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


def _data_source_of(workspace: Workspace | None, problem: Problem) -> str:
    return workspace.data_source if workspace and workspace.problem is problem else "auto"


def _choose_artifact(path: Path | None, workspace: Workspace | None, here: Path) -> Path:
    if path is None:
        return pick_submission(workspace.folder if workspace else here)
    if workspace and path.absolute() == workspace.folder:
        return pick_submission(path)
    return path


def _read(path: Path, limit: int) -> bytes | FolderContent:
    try:
        mode = os.lstat(path).st_mode
        return _read_folder(path, limit) if stat.S_ISDIR(mode) else read_file(path, limit)
    except NotRegular as error:
        raise NotAModel(
            "not_a_file",
            "A link, pipe or device cannot be submitted. Submit the file or folder itself, without links.",
        ) from error
    except TooLarge as error:
        raise NotAModel(
            "too_large",
            f"This is larger than the {limit // 2**20:,} MiB a submission may have, or has too many files.",
        ) from error
    except UnsafeArchive as error:
        raise NotAModel(error.code, error.message) from error
    except FileNotFoundError as error:
        raise BadSubmission(
            "missing",
            f"There is no {one_line(path.name or str(path))!r} here. "
            "Train and save the model first, or give its path.",
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _read_folder(folder: Path, limit: int) -> FolderContent:
    """The SavedModel in `folder`, or in the only one of its sub-folders that has one."""
    content = read_folder(folder, SAVED_MODEL_ENTRIES, limit)
    if SAVED_MODEL_FILE in content.files:
        return content
    below = [name for name in content.names if os.path.lexists(folder / name / SAVED_MODEL_FILE)]
    if len(below) > 1:
        raise NotAModel("several_models", "This holds more than one SavedModel. Submit one of them alone.")
    return read_folder(folder / below[0], SAVED_MODEL_ENTRIES, limit) if below else content


def _digest(content: bytes | FolderContent) -> str:
    if isinstance(content, FolderContent):
        content = "\0".join(content.names).encode(errors="replace")
    return hashlib.sha256(content).hexdigest()


def _size(content: bytes | FolderContent) -> int:
    return sum(map(len, content.files.values())) if isinstance(content, FolderContent) else len(content)


def _age(path: Path) -> float:
    """When a candidate was last saved: of a folder, when its saved_model.pb was."""
    inner = path / SAVED_MODEL_FILE
    return os.lstat(inner if os.path.lexists(inner) else path).st_mtime


def _nothing_saved(present: set[str]) -> str:
    others = sorted(name for name in present if name.endswith((".h5", ".keras")))
    if others:
        return f"There is no mymodel.h5 here, but {others[0]!r}. To submit it: `tfprep submit {others[0]}`."
    return "There is no saved model here. Run the starter to the end: it saves mymodel.h5. Or give a path."


def _unreadable(path: Path, error: Exception) -> BadSubmission:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return BadSubmission("unreadable", f"{one_line(path.name or str(path))!r} cannot be read: {why}.")
