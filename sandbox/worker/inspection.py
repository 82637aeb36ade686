"""Inspects a model file before it is loaded, so that its author gets a clear refusal instead of a crash.

What is inspected: first bytes, declared sizes, links out of the file, Lambda layers, missing models. This
protects nobody: a model file is a program, and the sandbox is what contains it.
"""

from __future__ import annotations

import errno
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any, Final

from ..protocol.contract import SAVED_MODEL_FILE
from ..protocol.file_formats import HDF5, LONGEST_START, ZIP, find_wrong_file
from .keras2_files import visit_datasets
from .keras2_functions import OPERATIONS, is_readable_operation
from .model_config import Config, walk_layers, walk_objects
from .refusals import EXPORT
from .reply import Refused

_BAD_NAMES: Final = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EILSEQ)
"""What the system says where an archive's names are too long, or one is a file and a folder."""
_MOST_MEMBERS: Final = 10_000
_WEIGHT_GROUPS: Final = ("model_weights", "layers", "_layer_checkpoint_dependencies")
_VOCABULARY_LAYERS: Final = ("TextVectorization", "StringLookup", "IntegerLookup")
_LAMBDA: Final = (
    "is a Lambda: it carries program code, which is not run here. Use a layer instead: Rescaling to scale, "
    f"Reshape to add an axis, or do the step inside another layer. {EXPORT}"
)
_OPERATION: Final = (
    "was made by calling a TensorFlow function on a Keras tensor, and this function is not one of those that "
    f"are read: functions of their inputs alone, such as x / 127.5 or tf.concat. {EXPORT}"
)
_AS_KERAS: Final = (
    "Some layers, such as RandomBrightness, cannot be saved as .h5: save the model with "
    'model.save("mymodel.keras").'
)
_FUNCTIONS_OF: Final = tuple(
    f"keras.{name}"
    for name in (
        *("activations", "constraints", "initializers", "losses", "metrics", "nn", "ops", "regularizers"),
        *("quantizers", "random"),
    )
)
"""The modules whose functions a model may name. Others of Keras's read files, fetch them, or save models."""
_SAVE_AGAIN: Final = 'Save the whole model again with model.save("mymodel.h5") and submit that file.'


def inspect_h5(path: Path, memory: int) -> None:
    """Refuses a `.h5` that is not a whole, self-contained Keras model of a size that can be loaded."""
    _expect_magic(path, HDF5, "an HDF5 file")
    import h5py

    try:
        with h5py.File(path, "r") as file:
            _refuse_links(file)
            _refuse_declared(_declared_bytes(file), memory)
            config = _h5_config(file)
    except OSError as error:
        raise _damaged() from error
    _inspect_config(config)
    _refuse_lost_vocabulary(config)


def inspect_keras(path: Path, memory: int) -> None:
    """Refuses a `.keras` archive that is damaged, too large, or holds what cannot be graded."""
    _expect_magic(path, ZIP, "a .keras archive")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _refuse_declared(sum(member.file_size for member in members), memory)
            names = {member.filename.replace("\\", "/"): member for member in members}
            if len(members) > _MOST_MEMBERS or "config.json" not in names:
                raise Refused("not_a_model", f"This archive holds no Keras model. {_SAVE_AGAIN}")
            config = json.loads(archive.read(names["config.json"]))
    except (zipfile.BadZipFile, ValueError, RecursionError, NotImplementedError, EOFError) as error:
        raise _damaged() from error
    _inspect_config(config)


def extract_saved_model(path: Path, folder: Path, memory: int) -> Path:
    """Unpacks a zip of regular files into a new folder and returns it; refuses names that lead out of it."""
    _expect_magic(path, ZIP, "a zip of a SavedModel folder")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _refuse_declared(sum(member.file_size for member in members), memory)
            if len(members) > _MOST_MEMBERS:
                raise Refused("too_large", f"This SavedModel holds {len(members):,} files.")
            for member in members:
                name = PurePosixPath(member.filename)
                if name.is_absolute() or ".." in name.parts or "\\" in member.filename:
                    raise Refused("not_a_model", "This archive holds files that would leave its folder.")
            archive.extractall(folder)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise _damaged() from error
    if not (folder / SAVED_MODEL_FILE).is_file():
        raise Refused("not_a_model", "This folder holds no saved_model.pb: it is not a SavedModel.")
    return folder


def _expect_magic(path: Path, magic: bytes, what: str) -> None:
    with path.open("rb") as file:
        start = file.read(LONGEST_START)
    if start.startswith(magic):
        return
    if not start:
        raise Refused("empty", f"The file is empty. {_SAVE_AGAIN}")
    wrong = find_wrong_file(start)
    if wrong is not None:
        raise Refused(wrong.code, wrong.message)
    raise Refused("not_a_model", f"This is not {what}. {_SAVE_AGAIN}")


def _refuse_links(file: Any) -> None:
    import h5py

    def look(group: Any) -> None:
        for name in group:
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise _leaves_the_file(name)
            if isinstance(link, h5py.SoftLink):
                continue
            item = group[name]
            if isinstance(item, h5py.Group):
                look(item)
            elif isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
                raise _leaves_the_file(name)

    try:
        look(file)
    except RecursionError as error:
        raise _damaged() from error


def _declared_bytes(file: Any) -> int:
    sizes: list[int] = []
    visit_datasets(file, lambda _, item: sizes.append(item.size * item.dtype.itemsize))
    return sum(sizes)


def _refuse_declared(declared: int, memory: int) -> None:
    if declared > memory:
        raise Refused(
            "too_large",
            f"This file declares {declared / 2**30:.3g} GiB of content, and a model may use "
            f"{memory / 2**30:.3g} GiB. Use fewer or smaller layers.",
        )


def _h5_config(file: Any) -> Config:
    stored = file.attrs.get("model_config")
    if stored is None:
        if "layer_names" in file.attrs or any(name in file for name in _WEIGHT_GROUPS):
            raise Refused(
                "weights_only",
                "This file holds weights without the model they belong to (save_weights). Without new "
                "training: build the model with the code that made it, call model.load_weights on this file, "
                'then model.save("mymodel.h5"), and submit that file.',
            )
        if not file.attrs and not len(file):
            raise Refused("not_a_model", f"This .h5 file holds nothing: saving it failed. {_AS_KERAS}")
        raise Refused("not_a_model", f"This HDF5 file holds no Keras model. {_SAVE_AGAIN}")
    try:
        config = json.loads(stored)
    except (ValueError, RecursionError, TypeError) as error:
        raise _damaged() from error
    if not isinstance(config, dict):
        raise _damaged()
    return config


def _inspect_config(config: Config) -> None:
    for layer in walk_layers(config):
        name = str(layer["config"].get("name", layer["class_name"]))[:100]
        if layer["class_name"] == "Lambda":
            raise Refused("lambda_layer", f"The layer {name!r} {_LAMBDA}", found="Lambda")
        if layer["class_name"] in OPERATIONS and not is_readable_operation(layer):
            raise Refused("tfoplambda", f"The layer {name!r} {_OPERATION}", found=layer["class_name"])
    _refuse_other_callables(config)


def _refuse_other_callables(config: Config) -> None:
    """Refuses what stands for a layer or a function, and is none of Keras's building blocks.

    Keras itself resolves every name that it exports, but for a list of bad ones. Here good ones are listed.
    """
    for node in walk_objects(config):
        module, name = node["module"], node["class_name"]
        if module != "keras" and not module.startswith("keras."):
            continue
        is_function = name == "function"
        name = str(node.get("config")) if is_function else name
        found = _exported(module, name)
        if is_function:
            allowed = module.startswith(_FUNCTIONS_OF) and not isinstance(found, type)
        else:
            # What is not exported, Keras takes only where it is a class that Keras saves.
            allowed = found is None or (isinstance(found, type) and hasattr(found, "from_config"))
        if not allowed:
            what = f"{module}.{name}"[:100]
            raise Refused(
                "custom_layer",
                f"The model names {what!r}, which is not a layer, an activation or another part of a model, "
                f"so it is not used. {_SAVE_AGAIN}",
                found=what,
            )


def _exported(module: str, name: str) -> Any:
    """What Keras exports under this name; None for nothing."""
    import keras

    found: Any = keras
    for part in (*module.split(".")[1:], name):
        found = vars(found).get(part) if isinstance(found, ModuleType) else None
    return found


def _refuse_lost_vocabulary(config: Config) -> None:
    """Refuses a layer that learned its vocabulary with adapt(): a `.h5` stores only one that was given."""
    for layer in walk_layers(config):
        if layer["class_name"] in _VOCABULARY_LAYERS and layer["config"].get("vocabulary") is None:
            name = str(layer["config"].get("name"))[:100]
            raise Refused(
                "vocabulary_lost",
                f"The layer {name!r} learned its vocabulary with adapt(), and an .h5 file does not keep it. "
                'Save the model as .keras: model.save("mymodel.keras").',
                found=layer["class_name"],
            )


def _leaves_the_file(name: str) -> Refused:
    return Refused(
        "external_link",
        f"A part of this file ({str(name)[:100]!r}) is only a link to another file, which is not read. "
        f"{_SAVE_AGAIN}",
    )


@contextmanager
def damage_refused() -> Iterator[None]:
    """Refuses a file in which zip or HDF5 meets damage, wherever our own code reads it."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RecursionError) as error:
        raise _damaged() from error
    except OSError as error:
        # What HDF5 itself finds has no number. What the system reports is not the file's, but for its names.
        if error.errno is not None and error.errno not in _BAD_NAMES:
            raise
        raise _damaged() from error


def _damaged() -> Refused:
    return Refused(
        "truncated",
        f"The file is damaged or was cut short, perhaps in a download that did not finish. {_SAVE_AGAIN}",
    )
