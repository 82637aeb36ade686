"""A `.keras` archive of an older Keras, or written on Windows, rewritten so that today's Keras reads it."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from .keras2_config import modernise, tell_width, walk_layers

_OLD_HOME: Final = "_layer_checkpoint_dependencies"
"""Where Keras 2.12 to 2.14 kept what later stands under "layers"."""
_HOME: Final = "layers"
_WEIGHTS: Final = "model.weights.h5"


def rewrite_archive(path: Path, version: str) -> None:
    """Puts an archive of Keras 2, or one whose inner paths carry backslashes, into today's form."""
    with zipfile.ZipFile(path) as archive:
        straight = not any("\\" in name for name in archive.namelist())
        if straight and not version.startswith("2."):
            return
        folder = path.with_name("unpacked")
        for member in archive.infolist():
            member.filename = member.filename.replace("\\", "/")
            archive.extract(member, folder)
    if version.startswith("2."):
        move_layers(folder)
        _rewrite_config(folder)
    _pack(folder, path)


def move_layers(folder: Path) -> None:
    """Weights and assets of Keras 2.13 and 2.14 stand in another place and are numbered with gaps."""
    import h5py

    assets = folder / "assets" / _OLD_HOME
    if assets.is_dir():
        for old, new in renumber(entry.name for entry in assets.iterdir()):
            (assets / old).rename(assets / new)
        assets.rename(assets.with_name(_HOME))
    if (folder / _WEIGHTS).is_file():
        with h5py.File(folder / _WEIGHTS, "r+") as file:
            _move_groups(file)


def renumber(names: Iterable[str]) -> list[tuple[str, str]]:
    """Old and new name of each layer: dense, dense_2, dense_4 become dense, dense_1, dense_2."""
    count: dict[str, int] = {}
    moves = []
    for base, _, name in sorted(_split(name) for name in names):
        place = count.get(base, 0)
        count[base] = place + 1
        moves.append((name, f"{base}_{place}" if place else base))
    return moves


def _split(name: str) -> tuple[str, int, str]:
    found = re.fullmatch(r"(.+?)_(\d+)", name)
    return (found[1], int(found[2]), name) if found else (name, 0, name)


def _move_groups(group: Any) -> None:
    import h5py

    for name in list(group):
        if isinstance(group[name], h5py.Group):
            _move_groups(group[name])
    if _OLD_HOME in group:
        group.move(_OLD_HOME, _HOME)
        for old, new in renumber(group[_HOME]):
            if old != new:
                group[_HOME].move(old, new)


def _rewrite_config(folder: Path) -> None:
    file = folder / "config.json"
    config = json.loads(file.read_text())
    modernise(config)
    name_normalization(config)
    tell_width(config, _widths(folder, config))
    file.write_text(json.dumps(config))


def name_normalization(config: Any) -> None:
    """Keras 2.13 and 2.14 do not say where a layer stands; Keras 3 then loses an empty `axis`."""
    for layer in walk_layers(config):
        if layer["class_name"] == "Normalization" and "module" not in layer:
            layer.update(module="keras.layers", registered_name=None)


def _widths(folder: Path, config: Any) -> dict[str, int]:
    """The number of features of the first Normalization, the only one that may not know it."""
    import h5py

    names = [
        node["config"].get("name", "")
        for node in walk_layers(config)
        if node["class_name"] == "Normalization"
    ]
    if len(names) != 1 or not (folder / _WEIGHTS).is_file():
        return {}
    with h5py.File(folder / _WEIGHTS, "r") as file:
        mean = file.get(f"{_HOME}/normalization/vars/0")
        return {names[0]: mean.shape[0]} if mean is not None and mean.ndim == 1 else {}


def _pack(folder: Path, path: Path) -> None:
    packed = path.with_name("packed.keras")
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    packed.replace(path)
