"""What a submitted file is, recognised by its bytes. No model is opened: that happens only in the sandbox.

It runs in a process of its own with limits (`reader_process.py`), and imports the standard library alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from ...errors import NotAModel, UnsafeArchive
from ...files.archives import Bounds, list_zip, read_zip, zip_folder
from ...files.tars import begins_tar, read_gzip, read_tar, start_of_gzip
from ...files.text import listed
from ...sandbox.protocol import file_formats
from ...sandbox.protocol.contract import ArtifactKind
from .candidates import (
    KERAS_ENTRIES,
    KERAS_PARTS,
    SAVED_MODEL_ENTRIES,
    SAVED_MODEL_FILE,
    is_keras_folder,
    is_model_name,
)

_GRAPH_VARIABLES: Final = (b"VarHandleOp", b"VariableV2")
"""Operations of a graph whose values lie in variables/."""
_MOST_TEXT: Final = 2**21
"""Bytes of a text that are decoded: more than the 256 KiB that a script may have, in any encoding."""

_JSON_MARKS: Final = {
    '"nbformat"': "notebook",
    '"weightsManifest"': "tensorflow_js",
    '"class_name"': "architecture_only",
}
"""What a JSON file is by what stands in it; the first counts."""
_BY_NAME: Final = {
    ".onnx": "an ONNX model",
    ".mlmodel": "a Core ML model",
    ".pb": "a TensorFlow graph without its Keras model",
}
"""What has no mark of its own in its first bytes."""
_CONTROLS: Final = re.compile(r"[\0-\x06\x0e-\x19\x1c-\x1f\x7f]")
"""Characters of no text. Of those below a space, texts have white space, and what terminals were sent."""

_HOW: Final = "Save the trained model with model.save('mymodel.h5') and submit that file."
_REFUSALS: Final = {
    "another_format": f"By its name this is {{}}, not a saved Keras model. {file_formats.ORIGINAL}",
    "architecture_only": f"This is a model's description in JSON, without weights. {_HOW}",
    "archive_without_model": f"The archive holds no model. In it: {{}}. {_HOW}",
    "checkpoint": "This is a checkpoint: weights without the model they belong to. Load it into the model, "
    "then save the model with model.save('mymodel.h5').",
    "empty_file": f"The file is empty (0 bytes). {_HOW}",
    "graph_without_variables": f"{SAVED_MODEL_FILE} is there, and its weights are not: {{}} is missing. "
    "Submit the whole folder, with variables/ in it.",
    "folder_without_model": "The folder holds no model: a SavedModel folder has a "
    f"{SAVED_MODEL_FILE} in it. {_HOW}",
    "not_a_model": "The file is neither a saved model (.h5, .keras, SavedModel) nor a training script. "
    f"{_HOW}",
    "notebook": f"This is a notebook. {_HOW} Or download it as a .py script.",
    "part_of_model": f"{SAVED_MODEL_FILE} is one part of a SavedModel. Submit the folder it is in.",
    "several_models": "This holds more than one model: {}. Submit one of them alone.",
    "tensorflow_js": "This describes a TensorFlow.js model, whose weights are other files. "
    f"{file_formats.ORIGINAL}",
    "text_file": f"This is a text file, neither a model nor a training script. {_HOW}",
    "unpacked_keras": "This is a .keras file that was unpacked, and {} is missing. "
    "Submit the .keras file itself.",
    "weights_only": "The file holds weights without the model they belong to. Without new training: build "
    "the model with the code that made it, call model.load_weights on this file, then "
    "model.save('mymodel.h5'), and submit that file.",
    "zip_of_files": "The archive holds {}. Unpack it and submit that file.",
}
"""What its author reads, by the refusal's code."""


@dataclass(frozen=True)
class Recognised:
    """A kind, None for what cannot be graded, and the bytes that the sandbox is given."""

    kind: ArtifactKind | None
    artifact: bytes
    inside: str = ""
    """The name of the one model in an archive that was taken out of it; empty for everything else."""


def recognise(content: bytes, name: str, limit: int) -> Recognised:
    """The kind of a file by its content. `name` only helps to word a refusal; `limit` bounds unpacking.

    Raises:
        NotAModel: with the sentence its author reads.
    """
    if not content:
        raise _refusal("empty_file")
    if content.startswith(file_formats.HDF5):
        return Recognised(ArtifactKind.H5, content)
    try:
        if content.startswith((file_formats.ZIP, file_formats.EMPTY_ZIP)):
            return _recognise_zip(content, Bounds(limit))
        if content.startswith(file_formats.GZIP):
            return _recognise_gzip(content, name, Bounds(limit))
        if begins_tar(content):
            return _recognise_tar(content, Bounds(limit))
    except UnsafeArchive as error:
        raise NotAModel(error.code, error.message) from error
    wrong = file_formats.find_wrong_file(content)
    if wrong is not None:
        raise NotAModel(wrong.code, wrong.message)
    return _recognise_text(content, name)


def recognise_folder(files: Mapping[str, bytes], names: Iterable[str]) -> Recognised:
    """A SavedModel folder or an unpacked .keras file, packed; or the sentence on what the folder is instead.

    Raises:
        NotAModel: where `files` hold neither.
    """
    if SAVED_MODEL_FILE in files:
        return _saved_model(files, "")
    if is_keras_folder(files):
        return _keras(files, "")
    names = sorted(names)
    if "config.json" in names and KERAS_PARTS.intersection(names) != {"config.json"}:
        raise _refusal("unpacked_keras", "model.weights.h5")
    if _are_checkpoint(names):
        raise _refusal("checkpoint")
    raise _refusal("folder_without_model")


def several_models(names: Iterable[str]) -> NotAModel:
    """The refusal of a folder or an archive that holds these models."""
    return _refusal("several_models", listed(sorted(map(repr, names))))


def _recognise_zip(content: bytes, bounds: Bounds) -> Recognised:
    every = list_zip(content, bounds)
    names = _without_litter(every)
    top = {name for name in names if "/" not in name}
    if "config.json" in top and len(KERAS_PARTS & top) > 1 and len(names) == len(every):
        return Recognised(ArtifactKind.KERAS, content)
    return _recognise_archive(names, lambda: read_zip(content, bounds), bounds)


def _recognise_tar(content: bytes, bounds: Bounds) -> Recognised:
    files = read_tar(content, bounds)
    return _recognise_archive(_without_litter(files), lambda: files, bounds)


def _recognise_gzip(content: bytes, name: str, bounds: Bounds) -> Recognised:
    """A tar.gz, or a file that was compressed alone."""
    start = start_of_gzip(content)
    if begins_tar(start):
        return _recognise_tar(content, bounds)
    if start.startswith(file_formats.GZIP):
        raise _refusal("zip_of_files", "a .gz file")
    return recognise(read_gzip(content, bounds), name.removesuffix(".gz"), bounds.total_bytes)


def _recognise_archive(
    names: tuple[str, ...], read: Callable[[], Mapping[str, bytes]], bounds: Bounds
) -> Recognised:
    """The one model of an archive: a SavedModel, an unpacked .keras file, or a file that is a model."""
    graphs = [name.removesuffix(SAVED_MODEL_FILE) for name in names if _last(name) == SAVED_MODEL_FILE]
    if graphs:
        root = _model_root(graphs)
        beside = [name for name in names if is_model_name(_last(name)) and not name.startswith(root)]
        if beside:
            raise several_models([root, *beside])
        return _saved_model(read(), root)
    folders = {name.removesuffix("model.weights.h5") for name in names if _last(name) == "model.weights.h5"}
    unpacked = [folder for folder in folders if f"{folder}config.json" in names]
    files = [name for name in names if is_model_name(_last(name))]
    if len(unpacked) + len(files) > 1:
        raise several_models([*files, *(folder or "config.json" for folder in unpacked)])
    if unpacked:
        return _keras(read(), unpacked[0])
    if files:
        return _model_inside(files[0], read()[files[0]], bounds)
    others = {name: content for name, content in read().items() if name in names}
    called_otherwise = [name for name in others if _is_model_by_content(name, others[name])]
    if len(called_otherwise) > 1:
        raise several_models(called_otherwise)
    if called_otherwise:
        return _model_inside(called_otherwise[0], others[called_otherwise[0]], bounds)
    raise _no_model(names)


def _is_model_by_content(name: str, content: bytes) -> bool:
    """A model that is called neither .h5 nor .keras; weights alone are none."""
    return content.startswith(file_formats.HDF5) and not name.endswith("weights.h5")


def _no_model(names: tuple[str, ...]) -> NotAModel:
    """What an archive without a whole model holds instead."""
    if any(name.endswith("model.weights.h5") for name in names):
        return _refusal("weights_only")
    if any(name.endswith("data.pkl") for name in names):
        return NotAModel("not_a_model", f"This is a PyTorch file, not a TensorFlow model. {_HOW}")
    if names and all(name.endswith(".npy") for name in names):
        return NotAModel("not_a_model", f"This holds numpy arrays, not a model. {_HOW}")
    if _are_checkpoint(map(_last, names)):
        return _refusal("checkpoint")
    inner = [name for name in names if name.casefold().endswith((".py", ".zip", ".gz", ".tgz", ".tar"))]
    if len(inner) == 1:
        return _refusal("zip_of_files", repr(inner[0]))
    return _refusal("archive_without_model", listed(map(repr, names), 3) or "nothing")


def _model_inside(name: str, content: bytes, bounds: Bounds) -> Recognised:
    """A model file out of an archive. Nothing is unpacked a second time: a .keras file goes on as it is."""
    if content.startswith(file_formats.HDF5):
        return Recognised(ArtifactKind.H5, content, _last(name))
    if content.startswith(file_formats.ZIP) and is_keras_folder(list_zip(content, bounds)):
        return Recognised(ArtifactKind.KERAS, content, _last(name))
    if not content.startswith((file_formats.ZIP, file_formats.GZIP)):
        recognise(content, _last(name), bounds.total_bytes)  # Refuses what is no model, and says why.
    raise _refusal("zip_of_files", repr(name))


def _keras(files: Mapping[str, bytes], root: str) -> Recognised:
    """The parts of an unpacked .keras file, packed as Keras packs them."""
    inside = {name[len(root) :]: content for name, content in files.items() if name.startswith(root)}
    parts = {name: content for name, content in inside.items() if name.split("/")[0] in KERAS_ENTRIES}
    return Recognised(ArtifactKind.KERAS, zip_folder(parts))


def _saved_model(files: Mapping[str, bytes], root: str) -> Recognised:
    """The SavedModel files below `root` in any container, as the one canonical zip."""
    names = [name for name in _without_litter(files) if name.startswith(root)]
    inside = {name[len(root) :]: files[name] for name in names}
    model = {name: content for name, content in inside.items() if name.split("/")[0] in SAVED_MODEL_ENTRIES}
    if not model[SAVED_MODEL_FILE]:
        raise NotAModel("empty_file", f"The {SAVED_MODEL_FILE} is empty (0 bytes). Save the model again.")
    _require_variables(model)
    return Recognised(ArtifactKind.SAVED_MODEL, zip_folder(model))


def _require_variables(model: Mapping[str, bytes]) -> None:
    """A graph with variables is of no use without their values."""
    if not any(operation in model[SAVED_MODEL_FILE] for operation in _GRAPH_VARIABLES):
        return
    if "variables/variables.index" not in model:
        raise _refusal("graph_without_variables", "variables/variables.index")
    if not any(name.startswith("variables/variables.data-") for name in model):
        raise _refusal("graph_without_variables", "variables/variables.data-00000-of-00001")


def _model_root(graphs: Iterable[str]) -> str:
    """Of the folders, with a slash, that hold a saved_model.pb, the one nearest the top: "" or "mymodel/"."""
    found = list(graphs)
    depth = min(root.count("/") for root in found)
    nearest = [root for root in found if root.count("/") == depth]
    if len(nearest) > 1:
        raise several_models(nearest)
    return nearest[0]


def _without_litter(names: Iterable[str]) -> tuple[str, ...]:
    """Without what macOS adds to archives."""
    return tuple(
        name
        for name in names
        if not name.startswith("__MACOSX/") and not _last(name).startswith(("._", ".DS_Store"))
    )


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _recognise_text(content: bytes, name: str) -> Recognised:
    """A training script; any other text gets the sentence that fits it."""
    from .script_text import NotAScript, decode_script, read_script  # most of what is handed in is a model

    beginning = _beginning(content)
    text = decode_script(beginning)
    if text is not None and text[:2_000].lstrip().startswith("{"):
        for mark, code in _JSON_MARKS.items():
            if mark in text or mark.encode() in content:
                raise _refusal(code)
    try:
        # A beginning is longer than any script may be.
        script = read_script(beginning, is_named_so=name.casefold().endswith(".py"))
    except NotAScript as error:
        raise NotAModel(error.code, error.message) from error
    if script is not None:
        return Recognised(ArtifactKind.SCRIPT, script)
    raise _unknown(name, is_text=text is not None and not _CONTROLS.search(text))


def _beginning(content: bytes) -> bytes:
    """A text's first bytes, not cut within a character of UTF-8; the whole text where it is not long."""
    if len(content) <= _MOST_TEXT:
        return content
    cut = _MOST_TEXT
    while cut > _MOST_TEXT - 3 and content[cut] & 0xC0 == 0x80:
        cut -= 1
    return content[:cut]


def _unknown(name: str, *, is_text: bool) -> NotAModel:
    """What is said of a file whose bytes do not tell what it is: its name may."""
    if name == SAVED_MODEL_FILE:
        return _refusal("part_of_model")
    if name == "checkpoint" or ".ckpt" in name or ".data-0" in name or name.endswith(".index"):
        return _refusal("checkpoint")
    if is_text:
        return _refusal("text_file")
    what = _BY_NAME.get(PurePosixPath(name).suffix.casefold())
    return _refusal("another_format", what) if what else _refusal("not_a_model")


def _are_checkpoint(names: Iterable[str]) -> bool:
    return any(name == "checkpoint" or name.endswith((".index", ".ckpt")) for name in names)


def _refusal(code: str, *values: object) -> NotAModel:
    return NotAModel(code, _REFUSALS[code].format(*values) if values else _REFUSALS[code])
