"""Where a training script saved its model: in its folder, below it, or wherever Keras was told to."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ..protocol import file_formats
from ..protocol.contract import SAVED_MODEL_FILE
from .reply import Refused

_USUAL: Final = "mymodel"
_MOST_PLACES: Final = 50
_MOST_FOLDERS: Final = 2_000
_DEEPEST: Final = 6
_SAVE: Final = 'End it with model.save("mymodel.h5").'


class NotedSaves:
    """Notes where models were saved and exported to, to the end, once it has begun."""

    def __init__(self) -> None:
        self.places: list[Path] = []

    def begin(self) -> None:
        """Notes from now on what Keras saves. Imports Keras."""
        import keras

        for name in ("save", "export"):
            setattr(keras.Model, name, self._noting(getattr(keras.Model, name)))

    def begin_graphs(self) -> None:
        """Notes from now on what TensorFlow saves. Imports TensorFlow."""
        import tensorflow as tf

        tf.saved_model.save = self._noting(tf.saved_model.save)

    def _noting(self, save: Any) -> Any:
        @functools.wraps(save)
        def note(model: Any, *arguments: Any, **named: Any) -> Any:
            given = [*arguments, *(named[key] for key in ("filepath", "export_dir") if key in named), None][0]
            place = Path.cwd() / given if isinstance(given, str | os.PathLike) else None
            # Until it is done, what stands there is half a model.
            self.places = [each for each in self.places if each != place]
            done = save(model, *arguments, **named)
            if place is not None and len(self.places) < _MOST_PLACES:
                self.places.append(place)
            return done

        return note


def find_model(folder: Path, noted: Iterable[Path] = (), *, only_noted: bool = False) -> tuple[str, Path]:
    """The kind and place of the model that was saved: by its usual name, or the only one there is.

    Says in the script's log where it was found, if that is not the usual place.

    Args:
        folder: the job's, where the script began.
        noted: where else Keras saved a model.
        only_noted: whatever else lies in the folder is left alone.

    Raises:
        Refused: there is none, or several and none has the usual name.
    """
    folder = folder.resolve()
    places = noted if only_noted else (*_models_in(folder), *noted)
    found = {path.resolve(): kind for path in places if (kind := kind_of(path))}
    named = [path for path in found if path.name.casefold().split(".")[0] == _USUAL]
    usual = [path for path in named if path.parent == folder]
    if usual:
        path = max(usual, key=lambda path: path.stat().st_mtime_ns)
        return found[path], path
    some = named or list(found)
    if len(some) == 1:
        print(f"The model is taken from {_shown(some[0], folder)}.", flush=True)  # noqa: T201
        return found[some[0]], some[0]
    message = f"The script ended without saving a model. {_SAVE}"
    names = ", ".join(sorted(_shown(path, folder) for path in found)[:5])
    if found:
        which = "several are" if named else "none is"
        message = f"The script saved several models ({names}), and {which} called {_USUAL}. {_SAVE}"
    expected = "mymodel.h5 or mymodel.keras"
    raise Refused("no_model_saved", message, expected=expected, found=names or "no model file")


def kind_of(path: Path) -> str:
    """The kind of model at a path: "h5", "keras" or "saved_model"; "" where there is none, or a link."""
    if path.is_symlink():
        return ""
    if path.is_dir():
        return "saved_model" if (path / SAVED_MODEL_FILE).is_file() else ""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        start = file.read(8)
    if start == file_formats.HDF5 and not path.name.endswith(".weights.h5"):
        return "h5"
    return "keras" if start.startswith(file_formats.ZIP) and path.suffix.casefold() == ".keras" else ""


def _models_in(folder: Path) -> Iterator[Path]:
    """The files and SavedModels in a folder and below, without the host's own `data/` and hidden folders."""
    for above, folders, files in islice(os.walk(folder), _MOST_FOLDERS):
        place = Path(above)
        depth = len(place.relative_to(folder).parts)
        models = [name for name in folders if (place / name / SAVED_MODEL_FILE).is_file()]
        yield from (place / name for name in (*models, *files))
        folders[:] = [
            name
            for name in folders
            if depth < _DEEPEST
            and name not in models
            and not name.startswith(".")
            and (depth or name != "data")
        ]


def _shown(path: Path, folder: Path) -> str:
    """A place as its author wrote it."""
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)[:200]
