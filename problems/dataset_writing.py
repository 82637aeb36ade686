"""Writing a data set into a folder, and what of its manifest others may have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..files.atomic import sha256
from .dataset import (
    LAYOUT,
    PRIVATE,
    PUBLIC,
    Counts,
    Dataset,
    Provenance,
    Split,
    content_fingerprint,
    read_dataset_manifest,
    write_manifest,
)
from .problem import Band, Inputs, LabelledSet, Problem, Splits


def write_dataset(
    folder: Path, problem: Problem, origin: Provenance, splits: Splits, bands: Sequence[Band] = ()
) -> None:
    """Writes a data set into an empty folder. `bands` are a mentor's own, where there are some."""
    public = folder / PUBLIC
    public.mkdir()
    splits.write_public(public)
    for split in Split:
        labelled: LabelledSet | None = getattr(splits, split)
        if labelled is not None:
            _write_private(folder / "inputs" / split, labelled.inputs)
            values, groups = labelled.labels.values, labelled.labels.groups
            named = {"values": values} if groups is None else {"values": values, "groups": groups}
            _write_private(folder / "labels" / split, named)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): [path.stat().st_size, sha256(path)] for path in paths}
    counts = Counts(
        splits.public_count,
        len(splits.validation.labels.values),
        len(splits.hidden.labels.values),
        splits.duplicates,
    )
    write_manifest(
        folder,
        {
            "layout": LAYOUT,
            "problem": problem.id,
            **asdict(origin),
            "classes": splits.classes,
            "counts": asdict(counts),
            "fingerprint": content_fingerprint(files, splits.classes),
            "files": files,
            "bands": [asdict(band) for band in bands],
        },
    )


def public_manifest(dataset: Dataset, source: str) -> dict[str, Any]:
    """The manifest of what everybody may have: it names no hidden file, and no secret."""
    manifest = read_dataset_manifest(dataset.folder)
    hidden = tuple(f"{folder}/{Split.HIDDEN}/" for folder in PRIVATE)
    files = {name: entry for name, entry in manifest["files"].items() if not name.startswith(hidden)}
    return manifest | {
        "source": source,
        "key_id": "",
        "fingerprint": content_fingerprint(files, dataset.classes),
        "files": files,
        "bands": [asdict(band) for band in dataset.chosen_bands],
    }


def mark_imported(folder: Path, data_source: str, key_id: str) -> None:
    """Gives the data set in a folder another name, as of a home with this secret. Its content stays."""
    write_manifest(folder, read_dataset_manifest(folder) | {"data_source": data_source, "key_id": key_id})


def take_bands(dataset: Dataset, given: Dataset) -> None:
    """Gives a data set the bands of another one with the same content, and says that they came from there."""
    bands = [asdict(band) for band in given.chosen_bands]
    write_manifest(
        dataset.folder, read_dataset_manifest(dataset.folder) | {"source": given.source, "bands": bands}
    )


def _write_private(folder: Path, contents: Inputs) -> None:
    """A file per entry, readable by its owner only."""
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700)
    for name, values in contents.items():
        if isinstance(values, np.ndarray):
            path = folder / f"{name}.npy"
            np.save(path, np.ascontiguousarray(values), allow_pickle=False)
        else:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(list(values), ensure_ascii=False), encoding="utf-8")
        path.chmod(0o600)
