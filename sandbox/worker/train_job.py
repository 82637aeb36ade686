"""The job that trains: unpacks the public data, runs the script as its author would, sends back its model."""

from __future__ import annotations

import io
import os
import runpy
import sys
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..protocol import file_formats
from .devices import name_device
from .reply import Refused, ReplyPipe, is_out_of_memory

SCRIPT: Final = "script.py"
_NAMES: Final = ("mymodel.keras", "mymodel.h5", "mymodel")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The same folder packs to the same bytes, whenever it was saved."""


def train(folder: Path, reply: ReplyPipe) -> None:
    """Runs the script in `folder` and replies with the model it saved.

    Raises:
        Refused: it saved no model ("no_model_saved").
    """
    with zipfile.ZipFile(folder / "public.zip") as archive:
        archive.extractall(folder)
    (folder / "public.zip").unlink()
    before = set(_all_entries(folder))
    device = name_device()
    fault = _run_script(folder / SCRIPT)
    if fault is not None:
        reply.send({"reply": "raised", "message": fault})
        return
    kind, path = find_model(folder, before)
    content = pack_folder(path) if kind == "saved_model" else path.read_bytes()
    reply.send({"reply": "trained", "kind": kind, "facts": {"device": device}}, content)


def _run_script(script: Path) -> str | None:
    """Runs it as `__main__`; returns what it raised, in one line with its line number, or None."""
    sys.argv = [SCRIPT]
    sys.path.insert(0, str(script.parent))
    os.chdir(script.parent)
    try:
        runpy.run_path(script.name, run_name="__main__")
    except SystemExit as leaving:
        return None if leaving.code in (None, 0) else f"The script ended with exit status {leaving.code}."
    except BaseException as error:
        if is_out_of_memory(error):
            raise
        error = _without_our_frames(error, script.name)
        traceback.print_exception(error)
        return _locate(error, script.name)
    return None


def _without_our_frames(error: BaseException, script: str) -> BaseException:
    """The error as its author would see it: the traceback begins in the script."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != script:
        trace = trace.tb_next
    return error.with_traceback(trace)


def _locate(error: BaseException, script: str) -> str:
    text = traceback.format_exception_only(error)[-1].strip()[:1500]
    frames = traceback.extract_tb(error.__traceback__)
    line = next((frame.lineno for frame in reversed(frames) if frame.filename == script), None)
    if isinstance(error, SyntaxError):
        line = error.lineno
    return f"{text} (line {line} of the script)" if line else text


def find_model(folder: Path, before: set[Path]) -> tuple[str, Path]:
    """The kind and place of the model that was saved: by its usual name, or the only one there is.

    Raises:
        Refused: there is none, or several and none has the usual name.
    """
    usual = [folder / name for name in _NAMES if kind_of(folder / name)]
    if usual:
        path = max(usual, key=lambda path: path.stat().st_mtime_ns)
        return kind_of(path), path
    others = [path for path in _all_entries(folder) if path not in before and kind_of(path)]
    if len(others) == 1:
        return kind_of(others[0]), others[0]
    message = 'The script ended without saving a model. Its last line should be model.save("mymodel.h5").'
    if others:
        message = (
            "The script saved several models and none is called mymodel. End it with "
            'model.save("mymodel.h5").'
        )
    names = ", ".join(sorted(path.name for path in others)[:5])
    expected = "mymodel.h5 or mymodel.keras"
    raise Refused("no_model_saved", message, expected=expected, found=names or "no model file")


def kind_of(path: Path) -> str:
    """The kind of model at a path: "h5", "keras" or "saved_model"; "" where there is none, or a link."""
    if path.is_symlink():
        return ""
    if path.is_dir():
        return "saved_model" if (path / file_formats.SAVED_MODEL_FILE).is_file() else ""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        start = file.read(8)
    if start == file_formats.HDF5 and not path.name.endswith(".weights.h5"):
        return "h5"
    return "keras" if start.startswith(file_formats.ZIP) and path.suffix == ".keras" else ""


def pack_folder(folder: Path) -> bytes:
    """A folder's regular files as a zip, the folder's content at its top; the same files, the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                archive.writestr(
                    zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH), path.read_bytes()
                )
    return buffer.getvalue()


def _all_entries(folder: Path) -> Iterator[Path]:
    """What lies in the job's directory and one level below; `data/` is the host's own."""
    for path in folder.iterdir():
        yield path
        if path.is_dir() and not path.is_symlink() and path.name != "data":
            yield from path.iterdir()
