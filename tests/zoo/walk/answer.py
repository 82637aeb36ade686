"""Answers the walk's files with tfprep's own worker code, in forks that see a few files each.

Adds a line to FOLDER/RELEASE/answers.jsonl for each file: "equal", "differs" and by how much, "told" where it
differs and the card says why, "refused" with code and sentence, or "broke" where nothing came. A file with a
line is not answered again.
"""

from __future__ import annotations

import gc
import json
import os
import re
import select
import shutil
import signal
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from tfprep.sandbox.protocol.contract import InputForm
from tfprep.sandbox.worker.adapt_inputs import adapt_inputs
from tfprep.sandbox.worker.blame import show_whole_tracebacks
from tfprep.sandbox.worker.fast_path import run_operations_directly, skip_initialisation
from tfprep.sandbox.worker.load import FILE_NAMES, load
from tfprep.sandbox.worker.predict import predict
from tfprep.sandbox.worker.reply import Refused

from .inputs import INPUTS

SAME = 1e-5
SAME_IN_HALF_PRECISION = 1e-2
"""float16 keeps 11 bits, and releases add up in different orders."""
SECONDS = 600
BATCH = 100
"""Files that one fork answers, one after another: a fork for each takes five times as long."""
MEMORY = 2 * 2**30
ADDRESS = re.compile(r"0x[0-9a-f]+|\d{4,}")


def answer(path: Path, inputs: str, predictions: Path) -> dict[str, Any]:
    """What tfprep makes of one model file, against what its writer predicted."""
    with tempfile.TemporaryDirectory() as folder:
        kind = kind_of(path)
        copy = Path(shutil.copy(path, Path(folder) / FILE_NAMES[kind]))
        try:
            found, again, near, notes = ask(copy, kind, INPUTS[inputs], np.load(predictions).shape[1:])
        except Refused as refused:
            return {"result": "refused", "code": refused.code, "sentence": ADDRESS.sub("…", refused.message)}
        except Exception:  # noqa: BLE001 - a fault of ours is what we look for
            return {"result": "broke", "sentence": traceback.format_exc()[-700:]}
    result = compare(found, again, np.load(predictions), near)
    told = result["result"] == "differs" and notes
    return {"result": "told", "sentence": " ".join(notes)} if told else result


def ask(path: Path, kind: str, x: Any, output: tuple[int, ...]) -> tuple[Any, Any, float, tuple[str, ...]]:
    """Its predictions, twice, as a job makes them; how near they must be; the card's notes."""
    with skip_initialisation():
        model = load(path, kind, MEMORY)
    is_text = x.dtype == object
    form = InputForm("x", x.shape[1:], "string" if is_text else x.dtype.name)
    if is_text:
        form = InputForm("x", (), "string")
    adapted = adapt_inputs(model, (form,))
    packed = [str(text) for text in x[:, 0]] if is_text else x
    found, again = (predict(model, adapted, packed, [output]) for _ in range(2))
    is_half = "16" in str(model.dtype) or "float16" in " ".join(model.summary)
    return found, again, SAME_IN_HALF_PRECISION if is_half else SAME, model.notes


def compare(found: Any, again: Any, recorded: Any, near: float) -> dict[str, Any]:
    near = max(near, SAME_IN_HALF_PRECISION if recorded.dtype == np.float16 else SAME)
    recorded = recorded.astype("float64")
    if not np.allclose(found, again, rtol=0, atol=0, equal_nan=True):
        return {"result": "differs", "sentence": "asked twice, it gives two answers"}
    if found.shape != recorded.shape:
        return {"result": "differs", "sentence": f"the shape {found.shape} for {recorded.shape}"}
    near *= max(1.0, float(np.nanmax(np.abs(recorded), initial=0)))
    if np.allclose(found, recorded, rtol=0, atol=near, equal_nan=True):
        return {"result": "equal"}
    distance = float(np.nanmax(np.abs(found.astype("float64") - recorded)))
    return {"result": "differs", "distance": distance, "sentence": "other numbers"}


def kind_of(path: Path) -> str:
    """By its content, as a submission's."""
    if path.name.endswith(".zip"):
        return "saved_model"
    return "h5" if path.read_bytes()[:4] == b"\x89HDF" else "keras"


def in_forks(todo: list[dict[str, Any]], folder: Path) -> Iterator[dict[str, Any]]:
    """A line for each of these entries, as it is known. Forks of this process find TensorFlow imported."""
    while todo:
        batch, todo = todo[:BATCH], todo[BATCH:]
        done = 0
        for line in in_a_fork(batch, folder):
            done += 1
            yield line
        if done < len(batch):
            yield {
                "file": batch[done]["file"],
                "result": "broke",
                "sentence": "the process ended, or took too long",
            }
            todo = batch[done + 1 :] + todo


def in_a_fork(batch: list[dict[str, Any]], folder: Path) -> Iterator[dict[str, Any]]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        child(batch, folder, writer)
    os.close(writer)
    rest = b""
    while select.select([reader], [], [], SECONDS)[0] and (part := os.read(reader, 65536)):
        *lines, rest = (rest + part).split(b"\n")
        yield from map(json.loads, lines)
    os.kill(pid, signal.SIGKILL)
    os.close(reader)
    os.waitpid(pid, 0)


def child(batch: list[dict[str, Any]], folder: Path, writer: int) -> NoReturn:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    show_whole_tracebacks()
    run_operations_directly()
    try:
        for entry in batch:
            found = answer(folder / entry["file"], entry["inputs"], folder / f"{entry['model']}.npy")
            os.write(writer, json.dumps({"file": entry["file"], **found}).encode() + b"\n")
    finally:
        os._exit(0)


def entries(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "index.jsonl").read_text().splitlines()]


def answers(folder: Path) -> dict[str, dict[str, Any]]:
    """By the file's name; the last line of each counts."""
    path = folder / "answers.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return {line["file"]: line for line in map(json.loads, lines)}


def waiting(folder: Path, again: str) -> Iterator[dict[str, Any]]:
    """Files without an answer; with `again` also the "unequal", or all."""
    known = answers(folder)
    for entry in entries(folder):
        result = known.get(entry["file"] or "", {}).get("result")
        repeat = again == "all" or (again == "unequal" and result != "equal")
        if entry["file"] and (result is None or repeat):
            yield entry


def answer_release(folder: Path, again: str = "") -> None:
    import keras  # noqa: F401 - imported before the forks
    import tensorflow as tf  # noqa: F401

    # What is imported is no garbage, and is shared with the forks as long as nobody looks at it.
    gc.freeze()
    todo = list(waiting(folder, again))
    with (folder / "answers.jsonl").open("a") as file:
        for line in in_forks(todo, folder):
            file.write(json.dumps(line) + "\n")
            file.flush()
