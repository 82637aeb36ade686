"""Folders and files that nobody hands in: they are not listed, not counted, and folders are not entered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ...grader.submission.candidates import SAVED_MODEL_FILE
from .units import Parts, PathKind, path_kind

ENVIRONMENT_MARKS: Final = frozenset({"pyvenv.cfg", "conda-meta"})
"""What stands in a Python environment's own folder, whatever that is called (PEP 405, conda)."""
_FOLDERS: Final = frozenset(
    {
        *("__macosx", "__pycache__", "node_modules", "bower_components", "site-packages", "dist-packages"),
        *("cache", "caches", "$recycle.bin", "system volume information", "lost+found"),
    }
)
_OUTPUT_FOLDERS: Final = frozenset(
    {
        *("logs", "log", "tb_logs", "tensorboard", "lightning_logs", "wandb", "mlruns", "checkpoints"),
        *("checkpoint", "ckpts", "training_checkpoints", "model_checkpoints"),
    }
)
"""What a training writes beside the model that is handed in."""
_PROGRAMS: Final = frozenset(
    {
        *(".git", ".github", ".gitlab", ".svn", ".hg", ".bzr", ".cache", ".ipynb", ".ipython"),
        *(
            ".jupyter",
            ".trash",
            ".trashes",
            ".recycle",
            ".venv",
            ".env",
            ".virtualenv",
            ".virtualenvs",
            ".conda",
        ),
        *(".mamba", ".keras", ".kaggle", ".config", ".local", ".npm", ".idea", ".vs", ".vscode", ".history"),
        *(".settings", ".spyder", ".spyproject", ".pytest", ".mypy", ".ruff", ".tox", ".nox", ".eggs"),
        *(".spotlight", ".fseventsd", ".documentrevisions", ".temporaryitems", ".appledouble", ".snapshot"),
        *(".tmp", ".temp", ".dropbox", ".sync", ".stfolder", ".docker", ".devcontainer", ".ssh", ".gnupg"),
        *(".mozilla", ".nv", ".tfprep", ".tensorboard", ".wandb", ".dvc"),
    }
)
"""What programs call their folders, up to their first other character: `.Trash-1000`, `.pytest_cache`."""
_FILES: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini", ".tfprep.toml"})


def is_unwanted_folder(name: str) -> bool:
    """Whether a folder of this name holds nobody's work. Those that begin with a dot are programs' own."""
    low = name.casefold()
    return (low.startswith(".") and low.strip(".") != "") or low in _FOLDERS or low in _OUTPUT_FOLDERS


def may_be_somebodys(name: str) -> bool:
    """Whether a folder that is not entered for its dot may be called after a person: it is no known one."""
    if name.startswith("._") or not (name.startswith(".") and is_unwanted_folder(name)):
        return False
    word = re.match(r"\.[a-z]*", name.casefold())
    return word is None or word[0] not in _PROGRAMS


def is_model_of_somebody(parts: Parts) -> bool:
    """Whether a path leads to a model, past no folder that is a program's."""
    is_model = path_kind(parts[-1]) is PathKind.MODEL or parts[-1] == SAVED_MODEL_FILE
    return is_model and not any(map(is_unwanted_folder, parts[:-1]))


def is_output_folder(name: str) -> bool:
    """Whether a training may have written a model into a folder of this name."""
    return name.casefold() in _OUTPUT_FOLDERS


def is_unwanted_file(name: str) -> bool:
    """Whether an operating system, an editor or tfprep itself made this file."""
    low = name.casefold()
    return low in _FILES or low.startswith(("._", "~$"))


def without_unwanted(paths: Iterable[Parts]) -> list[Parts]:
    """The paths of a zip without those of unwanted files, and of files in unwanted folders."""
    files = list(paths)
    environments = {parts[:-1] for parts in files if parts[-1] in ENVIRONMENT_MARKS and len(parts) > 1} | {
        parts[:cut]
        for parts in files
        for cut, part in enumerate(parts[:-1])
        if part in ENVIRONMENT_MARKS and cut
    }
    return [
        parts
        for parts in files
        if not is_unwanted_file(parts[-1])
        and not any(map(is_unwanted_folder, parts[:-1]))
        and not (environments and any(parts[:cut] in environments for cut in range(1, len(parts))))
    ]
