"""How a model is saved in each format, whatever the release. Runs inside an old release."""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import tensorflow as tf

VERSION = tuple(int(part) for part in tf.__version__.split(".")[:2])


def save_file(model: Any, file: Path) -> None:
    model.save(str(file))


def save_saved_model(model: Any, file: Path) -> None:
    """A Keras 2 save, or from Keras 3 on, which refuses that, what `tf.saved_model.save` makes."""
    with tempfile.TemporaryDirectory() as folder:
        if VERSION < (2, 16):
            model.save(folder, save_format="tf")
        else:
            tf.saved_model.save(model, folder)
        zip_folder(Path(folder), file)


def save_export(model: Any, file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        model.export(folder)
        zip_folder(Path(folder), file)


def zip_folder(folder: Path, file: Path) -> None:
    """The folder's files, in order and all of one date, so that the same content gives the same bytes."""
    with zipfile.ZipFile(str(file), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for member in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(member.relative_to(folder).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, member.read_bytes(), compresslevel=9)


FORMATS = {
    "h5": (".h5", save_file),
    "keras": (".keras", save_file),
    "saved_model": (".saved_model.zip", save_saved_model),
    "export": (".export.zip", save_export),
}
"""Each format's ending, and what saves it."""


def attempt(save: Any, model: Any, file: Path) -> dict[str, Any]:
    try:
        save(model, file)
    except Exception as error:  # noqa: BLE001 - whatever an old release cannot do is what we came to learn
        if file.exists():
            file.unlink()
        return reason(error)
    return {"bytes": file.stat().st_size}


def reason(error: Exception) -> dict[str, Any]:
    """Why there is no file: the first line of what the release said, without addresses that change."""
    first = re.sub(r" object at 0x[0-9a-f]+", "", str(error).strip().split("\n")[0])
    return {"file": None, "error": f"{type(error).__name__}: {first}"[:300]}
