"""What stands in a mentor's folder, without what systems hide there (.DS_Store, .ipynb_checkpoints)."""

from __future__ import annotations

from pathlib import Path

from ..errors import BadData


def visible_folders(root: Path) -> list[Path]:
    """The folders in a folder, by name. Raises BadData where `root` is none itself."""
    if not root.is_dir():
        raise BadData(f"{root} should be a folder with a folder per class in it; it is a file.")
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def visible_files(folder: Path) -> list[Path]:
    """The files in a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def has_predefined_hidden(root: Path) -> bool:
    """Whether the mentor divided the data: `public/` and `hidden/` instead of classes."""
    return (root / "public").is_dir() and (root / "hidden").is_dir()
