"""Model files of older releases, rewritten in place so that Keras 3 reads them.

rewrite_h5           a `.h5`, where its config needs it
rewrite_archive      a `.keras` archive, where its config needs it, or the places of its weights
vocabulary_by_line   a text layer's vocabulary in a `.keras` archive, of any release
"""

from __future__ import annotations

import inspect
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from .keras2_config import OPERATION, is_keras2, mark_operations, modernise, set_input_width
from .keras2_functions import functions
from .model_config import walk_layers

_OLD_LAYERS: Final = "_layer_checkpoint_dependencies"
"""Where Keras 2.12 to 2.14 stored what later stands under "layers"."""
_LAYERS: Final = "layers"
_CONFIG: Final = "config.json"
_WEIGHTS: Final = "model.weights.h5"
_VOCABULARY: Final = "vocabulary.txt"
_WINDOWS_ENCODING: Final = "cp1252"


def rewrite_h5(path: Path, version: str) -> None:
    """Rewrites the model config stored in a `.h5` file where Keras 3 needs it.

    `version` is the Keras version that the file names, empty where it names none.
    """
    import h5py

    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        changes = (
            modernise(config, version),
            mark_operations(config, operations()),
            set_input_width(config, _h5_statistics(file)),
        )
        if any(changes):
            file.attrs["model_config"] = json.dumps(config)


def own_objects() -> dict[str, Any]:
    """Custom objects for `load_model`: the layers and functions that rewritten configs name."""
    from . import keras2_layers, keras2_option_layers

    return keras2_layers.LAYERS | keras2_option_layers.LAYERS | functions()


def find_classes() -> dict[str, Any]:
    """Custom objects for a `.h5` beyond those: every class that it may name without its module.

    Keras does not find layers and models wrapped in Bidirectional or TimeDistributed, cells, and operations
    by itself.
    """
    import keras

    layers = {name: item for name, item in vars(keras.layers).items() if inspect.isclass(item)}
    models = {"Functional": keras.Model, "Model": keras.Model, "Sequential": keras.Sequential}
    return layers | models | {OPERATION + name: item for name, item in operations().items()}


def operations() -> dict[str, Any]:
    """Keras's operations by class name: what `x * 2` becomes in a functional model of Keras 3."""
    import keras

    # Keras does not export them, and moves the modules that they are in.
    waiting, found = [keras.Operation], dict[str, Any]()
    while waiting:
        new = [cls for cls in waiting.pop().__subclasses__() if not issubclass(cls, keras.Layer)]
        found |= {cls.__name__: cls for cls in new}
        waiting += new
    return found


def _h5_statistics(file: Any) -> dict[str, tuple[int, ...]]:
    """The shape of each Normalization layer's statistics, by its name."""
    shapes: dict[str, tuple[int, ...]] = {}

    def visit(name: str, item: Any) -> None:
        if _weight_name(name) == "mean":
            shapes[name.partition("/")[0]] = item.shape

    visit_datasets(file.get("model_weights", file), visit)
    return shapes


def visit_datasets(group: Any, visit: Callable[[str, Any], None]) -> None:
    """Calls `visit` with the name and the dataset of each in an HDF5 group, however deep."""
    import h5py

    if isinstance(group, h5py.Group):
        group.visititems(lambda name, item: visit(name, item) if isinstance(item, h5py.Dataset) else None)


def _weight_name(name: str) -> str:
    return name.rpartition("/")[2].partition(":")[0]


def rewrite_archive(path: Path, version: str) -> None:
    """Rewrites an archive of Keras 2, one whose names hold backslashes, or whose config needs it.

    Leaves any other alone. `version` is the Keras version that the archive names, empty where it names none.
    """
    old = is_keras2(version)
    with zipfile.ZipFile(path) as archive:
        names = {member.filename: member.filename.replace("\\", "/") for member in archive.infolist()}
        stored = next((name for name, new in names.items() if new == _CONFIG), None)
        if stored is None:
            return
        config = json.loads(archive.read(stored))
        changed = modernise(config, version)
        if not (changed or old or names.keys() != set(names.values())):
            return
        folder = path.with_name("unpacked")
        for member in archive.infolist():
            member.filename = names[member.filename]
            archive.extract(member, folder)
    if old or "\\" in "".join(names):
        split_groups(folder)
    if old:
        move_layers(folder)
        set_input_width(config, _archive_statistics(folder, config))
    (folder / _CONFIG).write_text(json.dumps(config))
    _pack(folder, path)


def split_groups(folder: Path) -> None:
    """On Windows, Keras 2 called the group of a layer's weights "layers\\dense" for "layers/dense"."""
    import h5py

    if (folder / _WEIGHTS).is_file():
        with h5py.File(folder / _WEIGHTS, "r+") as file:
            for name in sorted(name for name in file if "\\" in name):
                if name.replace("\\", "/") not in file:
                    file.move(name, name.replace("\\", "/"))


def move_layers(folder: Path) -> None:
    """Moves layers' weights and assets of Keras 2.13 and 2.14, and numbers them without gaps."""
    import h5py

    if (folder / _WEIGHTS).is_file():
        with h5py.File(folder / _WEIGHTS, "r+") as file:
            _move_groups(file, folder / "assets")


def renumber(names: Iterable[str]) -> list[tuple[str, str]]:
    """(old, new) name of each layer: dense, dense_2, dense_4 become dense, dense_1, dense_2."""
    count: dict[str, int] = {}
    moves = []
    for base, _, name in sorted(_split_number(name) for name in names):
        place = count.get(base, 0)
        count[base] = place + 1
        moves.append((name, f"{base}_{place}" if place else base))
    return moves


def _split_number(name: str) -> tuple[str, int, str]:
    found = re.fullmatch(r"(.+?)_(\d+)", name)
    return (found[1], int(found[2]), name) if found else (name, 0, name)


def _move_groups(group: Any, assets: Path) -> None:
    """A layer's assets (a vocabulary, say) stand in a folder that is called as the group of its weights."""
    import h5py

    for name in list(group):
        if isinstance(group[name], h5py.Group):
            _move_groups(group[name], assets / name)
    if _OLD_LAYERS in group and _LAYERS not in group and isinstance(group[_OLD_LAYERS], h5py.Group):
        moves = renumber(group[_OLD_LAYERS])
        group.move(_OLD_LAYERS, _LAYERS)
        if (assets / _OLD_LAYERS).is_dir():
            (assets / _OLD_LAYERS).rename(assets / _LAYERS)
        for old, new in moves:
            if old != new:
                group[_LAYERS].move(old, new)
            if old != new and (assets / _LAYERS / old).is_dir():
                (assets / _LAYERS / old).rename(assets / _LAYERS / new)


def _archive_statistics(folder: Path, config: Any) -> dict[str, tuple[int, ...]]:
    """The same for a model's only Normalization; empty where it has several."""
    import h5py

    names = [
        str(node["config"].get("name"))
        for node in walk_layers(config)
        if node["class_name"] == "Normalization"
    ]
    if len(names) != 1 or not (folder / _WEIGHTS).is_file():
        return {}
    with h5py.File(folder / _WEIGHTS, "r") as file:
        mean = file.get(f"{_LAYERS}/normalization/vars/0")
        return {names[0]: mean.shape} if isinstance(mean, h5py.Dataset) else {}


def _pack(folder: Path, path: Path) -> None:
    packed = path.with_name("packed.keras")
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    packed.replace(path)


@contextmanager
def vocabulary_by_line() -> Iterator[None]:
    """Lets Keras read a vocabulary file with one word per line, as Keras wrote it.

    Keras 3 splits the file at ten characters, U+0085 and U+2028 among them, which real reviews hold inside
    words: such a word becomes two, and all words after it get the wrong ids.
    """
    import keras

    original = keras.layers.StringLookup.load_assets
    keras.layers.StringLookup.load_assets = _load_assets
    try:
        yield
    finally:
        keras.layers.StringLookup.load_assets = original


def split_words(content: bytes) -> list[str]:
    """The words of a vocabulary file, in their order.

    Keras writes it in the encoding of the machine, which on Windows may be another than UTF-8, and with the
    machine's line ends.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode(_WINDOWS_ENCODING, errors="replace")
    words = text.split("\n")
    while words and words[-1] in {"", "\r"}:
        words.pop()
    if len(words) > 1 and all(word.endswith("\r") for word in words[:-1]):
        words = [word.removesuffix("\r") for word in words]
    return words


def _load_assets(layer: Any, folder: str) -> None:
    if layer.input_vocabulary is not None:
        return  # The words were given to the layer, and stand in its config.
    words = split_words((Path(folder) / _VOCABULARY).read_bytes())
    if layer.output_mode == "tf_idf":
        layer.set_vocabulary(words, idf_weights=layer.idf_weights_const.numpy())
    else:
        layer.set_vocabulary(words)
