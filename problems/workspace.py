"""A learner's folder: starter, statement, public data, and a file that says what it was made from.

`start` never overwrites work: a folder that holds something is left alone, and the error says how to go on.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..errors import BadWorkspace, explained
from ..files.atomic import remove_leftovers, whole_folder
from ..files.reading import NOT_READ, read_file
from ..files.text import Tell, listed, one_line, say_nothing
from .catalogue import find
from .dataset import Dataset
from .problem import Problem

WORKSPACE_FILE = ".tfprep.toml"
_LARGEST = 4096
"""Bytes of that file."""
_SEED = re.compile(r'"SEED", "(\d+)"')
"""How a starter names the seed that holds where the environment names none."""


@dataclass(frozen=True)
class Workspace:
    """A folder made by `tfprep start`."""

    folder: Path
    problem: Problem
    data_source: str
    fingerprint: str
    """Of the data it was made from."""

    @classmethod
    def around(cls, place: Path) -> Workspace | None:
        """The workspace that `place` is, or lies in; None outside of any."""
        place = place.absolute()
        for folder in (place, *place.parents):
            if (folder / WORKSPACE_FILE).is_file():
                return cls.open(folder)
        return None

    @classmethod
    def open(cls, folder: Path) -> Workspace:
        """Read what the folder was made from. Raises BadWorkspace where it cannot be understood."""
        file = folder / WORKSPACE_FILE
        try:
            made_from = tomllib.loads(read_file(file, _LARGEST).decode("utf-8"))
            # The first version wrote "edition".
            data_source = made_from.get("edition") or made_from["data_source"]
            problem = find(str(made_from["problem"]))
            return cls(folder, problem, str(data_source), str(made_from["fingerprint"]))
        except (*NOT_READ, LookupError, RecursionError, TypeError) as error:
            why = one_line(str(error) or type(error).__name__, 200)
            raise BadWorkspace(
                f"{file} cannot be understood ({why}). Run `tfprep start` with --resume to write it anew."
            ) from error


def workspaces_in(folder: Path) -> list[Path]:
    """The workspaces that lie directly in a folder, by name."""
    try:
        return sorted(path.parent for path in folder.glob(f"*/{WORKSPACE_FILE}"))
    except OSError:
        return []


def make_workspace(folder: Path, dataset: Dataset, *, hints: bool = True) -> Workspace:
    """Make a new workspace, without hints for an exam.

    Raises:
        BadWorkspace: the folder holds anything already, or cannot be filled.
    """
    if held := _held(folder):
        raise BadWorkspace(
            f"{folder} already holds {listed(held)}. Nothing was changed. "
            "Add --resume to keep your work and fill in what is missing, "
            "or --reset to move it to a backup and start afresh."
        )
    return resume_workspace(folder, dataset, hints=hints)


def resume_workspace(
    folder: Path, dataset: Dataset, tell: Tell = say_nothing, *, hints: bool = True
) -> Workspace:
    """Fill in what is missing, and renew the data and what was given with it.

    The starter that a learner works in stays, and what they changed of the rest is kept aside; `tell` gets a
    sentence on both.
    """
    from .workspace_files import STARTER, STATEMENT, GivenFiles, text_of

    texts = {name: text_of(dataset, name, hints=hints) for name in (STARTER, STATEMENT)}
    texts[STARTER] = _with_seed(texts[STARTER], folder / STARTER)
    renewed = GivenFiles.of(dataset, texts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        theirs = renewed.changed_since(GivenFiles.read(folder), folder)
        if STARTER in theirs:
            _leave_starter(folder / STARTER, dataset, tell)
            del texts[STARTER]
        _keep_aside(folder, [name for name in theirs if name != STARTER], tell)
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
        # `data/` is replaced whole or not at all.
        remove_leftovers(folder / "data")
        with whole_folder(folder / "data") as fresh:
            shutil.copytree(dataset.public, fresh, dirs_exist_ok=True)
        made_from = {
            "problem": dataset.problem.id,
            "data_source": dataset.data_source,
            "fingerprint": dataset.fingerprint,
        }
        text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in made_from.items())
        (folder / WORKSPACE_FILE).write_text(f"# Written by `tfprep start`.\n{text}", "utf-8")
        renewed.write(folder)
    except OSError as error:
        raise BadWorkspace(
            f"{folder} could not be filled: {explained(error)}. "
            "Free some space or choose another place with --into."
        ) from error
    return Workspace(folder, dataset.problem, dataset.data_source, dataset.fingerprint)


def reset_workspace(folder: Path, dataset: Dataset) -> tuple[Workspace, Path | None]:
    """Start afresh; what was there is moved to the backup folder that is returned."""
    backup = None
    if _held(folder):
        backup = _free_name(folder)
        folder.rename(backup)
    return resume_workspace(folder, dataset), backup


def _with_seed(starter: str, there: Path) -> str:
    """The starter with the seed of the one that is there, or a seed drawn for this workspace.

    With one seed for all, two who write the same code get the same weights, as if one had copied.
    """
    known = _SEED.search(there.read_text("utf-8", "replace")) if there.is_file() else None
    seed = known[1] if known else str(1 + secrets.randbelow(999_999))
    return with_seed(starter, seed)


def with_seed(script: str, seed: int | str) -> str:
    """A script with this seed, where the environment names none."""
    return _SEED.sub(f'"SEED", "{seed}"', script)


def _leave_starter(starter: Path, dataset: Dataset, tell: Tell) -> None:
    from .workspace_files import full_marks

    if full_marks(dataset) not in starter.read_text("utf-8", "replace"):
        tell(f"{starter.name} is your work and stays as it is. Full marks are now for {full_marks(dataset)}.")


def _keep_aside(folder: Path, names: list[str], tell: Tell) -> None:
    """Copies a learner's files before they are replaced."""
    if not names:
        return
    kept = _free_name(folder / "changed")
    for name in names:
        (kept / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / name, kept / name)
    tell(f"What you changed is kept in {kept}: {listed(names)}.")


def _held(folder: Path) -> list[str]:
    if folder.is_file() or folder.is_symlink():
        raise BadWorkspace(f"{folder} is not a folder. Choose another place with --into.")
    return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []


def _free_name(folder: Path) -> Path:
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    wanted = folder.with_name(f"{folder.name}.backup-{stamp}")
    return wanted if not wanted.exists() else wanted.with_name(f"{wanted.name}-{id(folder)}")
