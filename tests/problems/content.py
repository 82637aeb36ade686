"""What a workspace's files and a data set's inputs really hold, decoded to comparable bytes.

Written without the code under test: files are told by their kind, inputs by their shape.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from tfprep.problems import Dataset, Split


def hidden_content(dataset: Dataset) -> dict[str, list[bytes]]:
    """Every hidden input, by form."""
    return {
        form: [_canonical(each) for each in inputs] for form, inputs in dataset.inputs(Split.HIDDEN).items()
    }


def public_content(dataset: Dataset) -> dict[str, set[bytes]]:
    """Everything in the public files that could be an input, by form."""
    return {
        form.name: {_canonical(thing) for thing in _things(dataset.public, form.shape, form.dtype)}
        for form in dataset.problem.inputs
    }


def _canonical(thing: NDArray[np.generic] | str) -> bytes:
    """Numbers as float32; texts in small letters, without line breaks, spaces as one."""
    if isinstance(thing, str):
        return " ".join(thing.lower().replace("<br />", " ").split()).encode()
    return np.ascontiguousarray(thing, dtype=np.float32).tobytes()


def _things(folder: Path, shape: tuple[int, ...], dtype: str) -> Iterator[NDArray[np.generic] | str]:
    texts = [row["text"] for file in folder.rglob("*.csv") for row in _rows(file) if "text" in row]
    if dtype == "string":
        yield from texts
    elif dtype == "int32":
        vocabulary = (folder / "vocabulary.txt").read_text().splitlines()
        numbers = {word: number for number, word in enumerate(vocabulary)}
        yield from (_ids(text, numbers, shape[0]) for text in texts)
    else:
        yield from _pictures(folder)
        yield from _numbers(folder, shape)


def _ids(text: str, numbers: dict[str, int], length: int) -> NDArray[np.int32]:
    words = re.findall(r"[a-z0-9']+", text.lower().replace("<br />", " "))[:length]
    ids = [numbers.get(word, 1) for word in words]
    return np.array(ids + [0] * (length - len(ids)), dtype=np.int32)


def _pictures(folder: Path) -> Iterator[NDArray[np.float32]]:
    for file in folder.rglob("*.png"):
        yield np.asarray(Image.open(file)).astype(np.float32) / np.float32(255)
    for file in folder.rglob("*.npz"):
        with np.load(file) as arrays:
            for name in arrays.files:
                if arrays[name].ndim > 1:
                    yield from arrays[name].astype(np.float32) / np.float32(255)


def _numbers(folder: Path, shape: tuple[int, ...]) -> Iterator[NDArray[np.float32]]:
    """Rows of tables for inputs of one axis, stretches of rows for inputs of two."""
    for file in folder.rglob("*.csv"):
        table = np.array([list(row.values()) for row in _rows(file)], dtype=np.float32)[:, : shape[-1]]
        yield from (
            table if len(shape) == 1 else sliding_window_view(table, shape[0], axis=0).transpose(0, 2, 1)
        )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
