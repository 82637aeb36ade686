"""What a submitted file is, recognised by its bytes. No model is opened: that happens only in the sandbox."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ...errors import NotAModel, UnsafeArchive
from ...files.archives import Bounds, list_zip, pack_folder, read_tar, read_zip
from ...sandbox import ArtifactKind, file_formats

SAVED_MODEL_FILE: Final = file_formats.SAVED_MODEL_FILE
SAVED_MODEL_ENTRIES: Final = frozenset(
    {"saved_model.pb", "keras_metadata.pb", "fingerprint.pb", "variables", "assets", "assets.extra", "debug"}
)
"""What a SavedModel consists of. Whatever else lies in the folder is left out, so it changes no digest."""

_SCRIPT_BYTES: Final = 256 * 2**10
_KERAS_TOP: Final = {"config.json", "metadata.json", "model.weights.h5"}

_HOW: Final = "Save the trained model with model.save('mymodel.h5') and submit that file."
_REFUSALS: Final = {
    "architecture_only": f"This is a model's description in JSON, without weights. {_HOW}",
    "archive_without_model": f"The archive holds no model: no {SAVED_MODEL_FILE} in it. {_HOW}",
    "checkpoint": "This is a checkpoint: weights without the model they belong to. Load it into the model, "
    "then save the model with model.save('mymodel.h5').",
    "empty_file": f"The file is empty (0 bytes). {_HOW}",
    "folder_of_models": "The folder is not a model itself. Submit the file {!r} in it.",
    "folder_without_model": "The folder holds no model: a SavedModel folder has a "
    f"{SAVED_MODEL_FILE} in it. {_HOW}",
    "not_a_model": "The file is neither a saved model (.h5, .keras, SavedModel) nor a training script. "
    f"{_HOW}",
    "notebook": f"This is a notebook. {_HOW} Or download it as a .py script.",
    "part_of_model": f"{SAVED_MODEL_FILE} is one part of a SavedModel. Submit the folder it is in.",
    "script_syntax": "The script is not valid Python: {} (line {}).",
    "script_too_deep": "The script is nested too deeply for Python to read.",
    "script_too_long": "The script is longer than 256 KiB. Submit the training code alone.",
    "several_models": "This holds more than one SavedModel. Submit one of them alone.",
    "text_file": f"This is a text file, neither a model nor a training script. {_HOW}",
    "unpacked_keras": "This is a .keras file that was unpacked. Submit the .keras file itself.",
    "weights_only": f"The file holds weights without the model they belong to. {_HOW}",
    "zip_of_files": "The zip holds {!r}. Unpack it and submit that file.",
}
"""What its author reads, by the refusal's code."""


@dataclass(frozen=True)
class Recognised:
    """A kind, None for what cannot be graded, and the bytes that the sandbox is given."""

    kind: ArtifactKind | None
    artifact: bytes


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
        if content.startswith(file_formats.GZIP) or file_formats.is_tar(content):
            return _saved_model(read_tar(content, Bounds(limit)))
    except UnsafeArchive as error:
        raise NotAModel(error.code, error.message) from error
    wrong = file_formats.find_wrong_file(content)
    if wrong is not None:
        how = f" {_HOW}" if wrong.code == "not_a_model" else ""
        raise NotAModel(wrong.code, wrong.message + how)
    text = _as_text(content)
    if text is None:
        raise _unknown(name)
    _check_script(text, name)
    return Recognised(ArtifactKind.SCRIPT, content)


def recognise_folder(files: Mapping[str, bytes], names: Iterable[str]) -> Recognised:
    """A SavedModel folder, packed; or the sentence that says what the folder is instead.

    Raises:
        NotAModel: where `files` hold no saved_model.pb.
    """
    if SAVED_MODEL_FILE in files:
        return _saved_model(files)
    names = sorted(names)
    models = [name for name in names if name.endswith((".h5", ".keras"))]
    if "config.json" in names and {"metadata.json", "model.weights.h5"}.intersection(names):
        raise _refusal("unpacked_keras")
    if _are_checkpoint(names):
        raise _refusal("checkpoint")
    if models and not all(name.endswith(".weights.h5") for name in models):
        raise _refusal("folder_of_models", models[0])
    raise _refusal("folder_without_model")


def _recognise_zip(content: bytes, bounds: Bounds) -> Recognised:
    names = _without_litter(list_zip(content, bounds))
    top = {name for name in names if "/" not in name}
    if "config.json" in top and len(_KERAS_TOP & top) > 1:
        return Recognised(ArtifactKind.KERAS, content)
    if any(name.rsplit("/", 1)[-1] == SAVED_MODEL_FILE for name in names):
        return _saved_model(read_zip(content, bounds))
    if "model.weights.h5" in top:
        raise _refusal("weights_only")
    if any(name.endswith("data.pkl") for name in names):
        raise NotAModel("not_a_model", f"This is a PyTorch file, not a TensorFlow model. {_HOW}")
    if names and all(name.endswith(".npy") for name in names):
        raise _refusal("weights_only")
    inner = [name for name in names if name.endswith((".h5", ".keras", ".py", ".zip", ".gz"))]
    if inner:
        raise _refusal("zip_of_files", inner[0])
    if _are_checkpoint(name.rsplit("/", 1)[-1] for name in names):
        raise _refusal("checkpoint")
    raise _refusal("archive_without_model")


def _saved_model(files: Mapping[str, bytes]) -> Recognised:
    """SavedModel files from any container, at the top or in the one sub-folder, as the one canonical zip."""
    kept = {name: files[name] for name in _without_litter(files)}
    root = _model_root(kept)
    inside = {name[len(root) :]: content for name, content in kept.items() if name.startswith(root)}
    model = {name: content for name, content in inside.items() if name.split("/")[0] in SAVED_MODEL_ENTRIES}
    if not model[SAVED_MODEL_FILE]:
        raise NotAModel("empty_file", f"The {SAVED_MODEL_FILE} is empty (0 bytes). Save the model again.")
    return Recognised(ArtifactKind.SAVED_MODEL, pack_folder(model))


def _model_root(names: Iterable[str]) -> str:
    """The folder, with its slash, that holds the saved_model.pb nearest the top: "" or "mymodel/"."""
    found = [name.removesuffix(SAVED_MODEL_FILE) for name in names if name.split("/")[-1] == SAVED_MODEL_FILE]
    if not found:
        raise _refusal("archive_without_model")
    depth = min(root.count("/") for root in found)
    nearest = [root for root in found if root.count("/") == depth]
    if len(nearest) > 1:
        raise _refusal("several_models")
    return nearest[0]


def _without_litter(names: Iterable[str]) -> tuple[str, ...]:
    """Without what macOS adds to archives."""
    return tuple(
        name
        for name in names
        if not name.startswith("__MACOSX/") and not name.rsplit("/", 1)[-1].startswith(("._", ".DS_Store"))
    )


def _as_text(content: bytes) -> str | None:
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _check_script(text: str, name: str) -> None:
    """Passes a Python script; any other text gets the sentence that fits it."""
    start = text[:2_000].lstrip()
    if start.startswith("{") and '"nbformat"' in text:
        raise _refusal("notebook")
    if start.startswith("{") and '"class_name"' in text:
        raise _refusal("architecture_only")
    if not re.search(r"^\s*(?:import|from)\s+\w", text, re.MULTILINE):
        raise _refusal("text_file")
    _check_syntax(text, name)


def _check_syntax(text: str, name: str) -> None:
    if len(text) > _SCRIPT_BYTES:
        raise _refusal("script_too_long")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        if not name.endswith(".py"):
            raise _refusal("text_file") from error
        raise _refusal("script_syntax", error.msg, error.lineno) from error
    except (RecursionError, MemoryError, ValueError) as error:
        raise _refusal("script_too_deep") from error


def _unknown(name: str) -> NotAModel:
    if name == SAVED_MODEL_FILE:
        return _refusal("part_of_model")
    if name == "checkpoint" or ".ckpt" in name or ".data-0" in name or name.endswith(".index"):
        return _refusal("checkpoint")
    return _refusal("not_a_model")


def _are_checkpoint(names: Iterable[str]) -> bool:
    return any(name == "checkpoint" or name.endswith((".index", ".ckpt")) for name in names)


def _refusal(code: str, *values: object) -> NotAModel:
    return NotAModel(code, _REFUSALS[code].format(*values) if values else _REFUSALS[code])
