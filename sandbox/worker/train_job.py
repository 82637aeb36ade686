"""The job that trains: unpacks the public data, runs the script as its author would, sends back its model."""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import sys
import traceback
import zipfile
from pathlib import Path
from typing import Final

from .after_import import after_import
from .devices import name_device
from .reply import Refused, ReplyPipe, is_out_of_memory
from .saved_models import NotedSaves, find_model
from .script_advice import advise

SCRIPT: Final = "script.py"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The same folder packs to the same bytes, whenever it was saved."""


def train(folder: Path, reply: ReplyPipe) -> None:
    """Runs the script in `folder` and replies with the model it saved.

    What it raised after a model was saved whole costs it nothing: its author would have that file.

    Raises:
        Refused: it saved no model, or one that cannot be read ("no_model_saved").
    """
    with zipfile.ZipFile(folder / "public.zip") as archive:
        archive.extractall(folder)
    (folder / "public.zip").unlink()
    saves = NotedSaves()
    after_import("tensorflow", name_device, saves.begin_graphs)
    after_import("keras", lambda: _give_keras_a_home(folder / ".keras"), saves.begin)
    reply.own_code_begins()
    fault = _run_script(folder / SCRIPT)
    try:
        kind, content = _read_model(folder, saves, raised=fault is not None)
    except Refused:
        if fault is None:
            raise
        reply.send({"reply": "raised", "message": fault})
        return
    reply.send({"reply": "trained", "kind": kind, "raised": fault or ""}, content)


def _read_model(folder: Path, saves: NotedSaves, *, raised: bool) -> tuple[str, bytes]:
    """The kind and content of the model that was saved. Raises Refused, whatever the script has left.

    `raised`: the script did not end well, so that only files count which Keras had written to their end.
    """
    try:
        kind, path = find_model(folder, saves.places, only_noted=raised)
        return kind, zip_folder(path) if kind == "saved_model" else path.read_bytes()
    except Refused:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise Refused(
            "no_model_saved",
            f"What the script saved cannot be read ({type(error).__name__}). Its last line should be "
            'model.save("mymodel.h5").',
            found=type(error).__name__,
        ) from error


def _give_keras_a_home(home: Path) -> None:
    """Tells Keras where to keep what it downloads, also one that was imported before the job began."""
    home.mkdir(exist_ok=True)
    with contextlib.suppress(ImportError):
        from keras.src.backend import config

        config._KERAS_DIR = str(home)


def _run_script(script: Path) -> str | None:
    """Runs it as `__main__`; returns what it raised, in one line with its line number, or None."""
    sys.argv = [SCRIPT]
    sys.path.insert(0, str(script.parent))
    os.chdir(script.parent)
    try:
        runpy.run_path(script.name, run_name="__main__")
    except SystemExit as leaving:
        return explain_exit(leaving.code)
    except BaseException as error:
        if is_out_of_memory(error):
            raise
        error = _without_our_frames(error, script.name)
        traceback.print_exception(error)
        return _locate(error, script.name)
    return None


def explain_exit(code: object) -> str | None:
    """What `sys.exit` or `raise SystemExit` was given, printed where Python prints it; None for success."""
    if code is None or code == 0:
        return None
    try:
        text = str(int(code) if isinstance(code, int) else code)
    except Exception:  # noqa: BLE001 - its author's own class, or a number too long to be written
        text = f"<{type(code).__name__}>"
    if isinstance(code, int):
        return f"The script ended with exit status {text}."
    print(text, file=sys.stderr)  # noqa: T201 - as Python does
    return f"The script ended itself: {text[:1500]}"


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
    where = f"{text} (line {line} of the script)" if line else text
    try:
        advice = advise(error, Path.cwd())
    except Exception:  # noqa: BLE001 - an error of its author's own class may not tell its text
        advice = ""
    return f"{where}. {advice}" if advice else where


def zip_folder(folder: Path) -> bytes:
    """A folder's regular files as a zip, the folder's content at its top; the same files, the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                archive.writestr(
                    zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH), path.read_bytes()
                )
    return buffer.getvalue()
