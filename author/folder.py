"""Makes a problem's folder, whole or not at all, and makes it known to the home."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadOption, UnknownProblem, explained
from ..files.atomic import whole_folder
from ..home import Home
from ..problems import Problem, find
from ..problems.catalogue import names
from ..problems.folders import check_name, read_folder


@dataclass(frozen=True)
class MadeProblem:
    """A problem's new folder."""

    folder: Path
    problem: Problem
    known: bool
    """Every command of this home finds it by its name."""


def new_place(name: str, into: Path) -> Path:
    """Where a new problem's folder goes.

    Raises:
        BadOption: the name is taken or cannot be one, or something lies there already.
    """
    try:
        check_name(name)
    except UnknownProblem as error:
        raise BadOption(str(error)) from error
    if any(name in known for known in names()):
        with suppress(UnknownProblem):
            raise BadOption(
                f"There is a problem {name!r} already, in {find(name).folder}.", "Take another name."
            )
        raise BadOption(f"There is a problem {name!r} already.", "Take another name.")
    folder = into.absolute() / name
    if folder.exists():
        raise BadOption(f"{folder} is there already. Nothing was changed.", "Take another name, or --into.")
    return folder


def write_folder(folder: Path, texts: Mapping[str, str], home: Home) -> MadeProblem:
    """Write a problem's files into a new folder, and read it as every command does.

    Args:
        folder: as `new_place` gives it.
        texts: of each file, by its name.
        home: gets a link to it, so that its commands find it.

    Raises:
        BadOption: it cannot be written.
        UnknownProblem: what was written is no valid problem.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with whole_folder(folder) as whole:
            for name, text in texts.items():
                (whole / name).write_text(text, "utf-8")
            whole.chmod(0o755)
    except OSError as error:
        raise BadOption(f"{folder} could not be written: {explained(error)}.") from error
    return MadeProblem(folder, read_folder(folder), make_known(folder, home))


def quoted(value: str) -> str:
    """A text as TOML has it."""
    return json.dumps(value, ensure_ascii=False)


def make_known(folder: Path, home: Home) -> bool:
    """Leave a link to a problem's folder in the home. Whether that was possible."""
    link = home.problems / folder.name
    try:
        home.problems.mkdir(exist_ok=True)
        if link.is_symlink() and not link.exists():
            link.unlink()  # of a folder that is gone
        link.symlink_to(folder, target_is_directory=True)
    except OSError:
        return False
    return True
