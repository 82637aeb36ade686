"""Runs inside an old release: every recipe as a model, saved in every format, with what it predicts.

    python write.py RELEASE FOLDER full|each|half

Writes FOLDER/RELEASE/ and a line of its index.jsonl for each file, or for why there is none. What has a line
is not made again.
"""

from __future__ import annotations

import gc
import json
import sys
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import Any, Iterator  # noqa: UP035 - Python 3.8

import numpy as np
import tensorflow as tf
from tensorflow.python import pywrap_tfe

sys.path.insert(1, str(Path(__file__).resolve().parents[1]))
from formats import FORMATS, VERSION, attempt, reason
from inputs import INPUTS
from layer_table import recipes, without_recipe
from recipes import Layers, Recipe, keras
from usages import optimizers, usages

LAYERS: Any = Layers()
FILES = ("h5", "keras") if VERSION >= (2, 12) else ("h5",)
"""Before 2.12 a `.keras` is HDF5 by another name."""
GRAPHS = ("saved_model", "export") if VERSION >= (2, 13) else ("saved_model",)
OPTIMIZERS = ("Adam", "SGD", "RMSprop")


def sequential(recipe: Recipe, tail: list[Any]) -> Any:
    return keras.Sequential([as_input(recipe), recipe.make(LAYERS), *tail])


def deferred(recipe: Recipe, tail: list[Any]) -> Any:
    """A Sequential that is not told its inputs' shape: it learns it when it is called."""
    return keras.Sequential([recipe.make(LAYERS), *tail])


def functional(recipe: Recipe, tail: list[Any]) -> Any:
    x = as_input(recipe)
    return keras.Model(x, through(call(recipe, x), tail))


def nested(recipe: Recipe, tail: list[Any]) -> Any:
    """A functional model around a Sequential, or around another functional one."""
    x = as_input(recipe)
    inner = core(recipe) if recipe.wire else keras.Sequential([as_input(recipe), recipe.make(LAYERS)])
    return keras.Model(x, through(inner(x), tail))


def based(recipe: Recipe, tail: list[Any]) -> Any:
    """A Sequential around a functional model, as around a pretrained base."""
    return keras.Sequential([core(recipe), *tail])


def core(recipe: Recipe) -> Any:
    x = as_input(recipe)
    return keras.Model(x, call(recipe, x))


def call(recipe: Recipe, x: Any) -> Any:
    layer = recipe.make(LAYERS)
    return recipe.wire(LAYERS, layer, x) if recipe.wire else layer(x)


def through(x: Any, layers: list[Any]) -> Any:
    for layer in layers:
        x = layer(x)
    return x


def as_input(recipe: Recipe) -> Any:
    array = INPUTS[recipe.inputs]
    dtype = "string" if array.dtype == object else array.dtype.name
    batch = {"batch_size": len(array)} if recipe.option == "stateful" else {}
    return keras.Input(array.shape[1:], dtype=dtype, **batch)


FORMS = {
    "sequential": sequential,
    "functional": functional,
    "nested": nested,
    "based": based,
    "deferred": deferred,
}


def tail_for(recipe: Recipe) -> list[Any]:
    """A Dense layer to train, where the layer gives numbers of a known width."""
    keras.backend.clear_session()
    given = call(recipe, as_input(recipe))
    dtype = getattr(given.dtype, "name", str(given.dtype))
    fits = len(given.shape) >= 2 and given.shape[-1] is not None and ("float" in dtype)
    return [keras.layers.Dense(2, name="tail")] if fits else []


def forms_of(recipe: Recipe) -> list[str]:
    return [form for form in FORMS if not (recipe.wire and form in ("sequential", "deferred"))]


def plan(recipe: Recipe, release: str, extent: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Which forms of this recipe are saved in which formats.

    "full" is every form in every format. "each" is every recipe at least once, and "half" every layer and
    every second option: in other forms and formats in each release.
    """
    forms = forms_of(recipe)
    turn = zlib.crc32(f"{release} {recipe}".encode())
    first, second = forms[turn % len(forms)], forms[(turn + 1) % len(forms)]
    if extent == "full":
        yield from ((form, (*FILES, *GRAPHS)) for form in forms)
    elif recipe.name[0].isupper() and not recipe.option:
        graphs = () if turn // 8 % 3 else (GRAPHS[turn // 32 % len(GRAPHS)],)
        yield first, ("h5", *graphs)
        yield second, (FILES[-1],)
    elif extent == "each" or turn // 8 % 2:
        yield first, (FILES[turn // 16 % len(FILES)],)


def change_weights(model: Any, random: Any) -> None:
    """No weight stays as layers begin: a bias of zero would hide that it was lost.

    What a Normalization or a Discretization learned stays: in Keras 2 they compute with copies of it.
    """
    for weight in model.weights:
        dtype = getattr(weight, "dtype", "")  # A vocabulary is a weight without one.
        name = getattr(weight, "name", "").rpartition("/")[2].partition(":")[0]
        if "float" in str(getattr(dtype, "name", dtype)) and name not in ("mean", "variance", "summary"):
            value = np.asarray(weight.numpy())
            weight.assign(value + random.uniform(0, 0.5, value.shape).astype(value.dtype))


def forget(model: Any) -> None:
    """Stateful layers begin anew."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            forget(layer)
        elif getattr(layer, "stateful", False):
            (layer.reset_states if hasattr(layer, "reset_states") else layer.reset_state)()


def train(model: Any, x: Any, optimizer: Any) -> None:
    """One step. Keras's own trainer takes longer to begin than everything else that is done for a model."""
    model.compile(optimizer, "mse", run_eagerly=True)
    weights = list(model.trainable_weights)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True)))
    gradients = tape.gradient(loss, [each.value if VERSION >= (2, 16) else each for each in weights])
    steps = [(each, weight) for each, weight in zip(gradients, weights) if each is not None]  # noqa: B905 - Python 3.8
    model.optimizer.apply_gradients(steps)


def make(recipe: Recipe, form: str, name: str, optimizer: str | None) -> tuple[Any, Any]:
    seed = zlib.crc32(name.encode())
    tf.random.set_seed(seed)
    np.random.seed(seed)
    tail = tail_for(recipe)
    keras.backend.clear_session()
    model = FORMS[form](recipe, [keras.layers.Dense(2, name="tail") for _ in tail])
    array = INPUTS[recipe.inputs]
    x = tf.constant(array)
    model(x, training=False)
    change_weights(model, np.random.RandomState(seed))
    if optimizer and tail:
        train(model, x, getattr(keras.optimizers, optimizer)())
    forget(model)
    predictions = np.asarray(model(x, training=False))
    forget(model)
    return model, predictions.astype(str) if predictions.dtype == object else predictions


def name_of(recipe: Recipe, form: str, optimizer: str | None) -> str:
    return f"{recipe}.{form}.{optimizer or 'untrained'}"


def write(recipe: Recipe, form: str, formats: Any, folder: Path) -> Iterator[dict[str, Any]]:
    optimizer = optimizer_for(recipe, folder.name, form)
    name = name_of(recipe, form, optimizer)
    about = {
        "release": folder.name, "writer": writer(), "case": str(recipe), "family": recipe.name, "form": form,
        "optimizer": optimizer, "inputs": recipe.inputs, "model": name,
    }  # fmt: skip
    try:
        model, predictions = make(recipe, form, name, optimizer)
        np.save(str(folder / f"{name}.npy"), predictions)
    except Exception as error:  # noqa: BLE001 - not every release can build everything
        for format_name in formats:
            yield {**about, "format": format_name, **reason(error)}
        return
    for format_name in formats:
        ending, save = FORMATS[format_name]
        file = folder / f"{name}{ending}"
        yield {**about, "format": format_name, "file": file.name, **attempt(save, model, file)}


def writer() -> str:
    number = getattr(keras, "__version__", None) or version("keras")
    return f"Keras {number}, TensorFlow {tf.__version__}"


def work(release: str, extent: str) -> Iterator[tuple[Recipe, list[str], Any]]:
    """Each recipe, the formats, and the forms: the first that the release can build is saved."""
    for recipe in [*recipes(), *usages()]:
        for form, formats in plan(recipe, release, extent):
            others = [] if extent == "full" else [each for each in forms_of(recipe) if each != form]
            yield recipe, [form, *others], formats
    for name in optimizers():
        yield (
            Recipe("optimizer", name, "vector", lambda k: k.Dense(4), None),
            ["functional"],
            (*FILES, *GRAPHS),
        )


def optimizer_for(recipe: Recipe, release: str, form: str) -> str | None:
    if recipe.name == "optimizer":
        return recipe.option
    turn = zlib.crc32(f"{release} {recipe} {form}".encode())
    return OPTIMIZERS[turn % 3] if turn % 2 else None


def keep_kernels() -> None:
    """A new session or seed forgets every operation that was made ready, and takes a third longer by it."""
    pywrap_tfe.TFE_ContextClearCaches = lambda context: None


def main(release: str, target: str, extent: str) -> None:
    keep_kernels()
    folder = Path(target) / release
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "index.jsonl"
    lines = [json.loads(line) for line in index.read_text().splitlines()] if index.exists() else []
    tried: dict[str, dict[str, bool]] = {}
    for line in lines:
        tried.setdefault(line["model"], {})[line["format"]] = bool(line["file"])
    # By chance, so that a walk that was stopped has something of everything.
    todo = sorted(work(release, extent), key=lambda one: zlib.crc32(f"{one[0]} {one[1][0]}".encode()))
    # Keras collects garbage for each model: it need not look at all of TensorFlow each time.
    gc.freeze()
    with index.open("a") as file:
        for recipe, forms, formats in todo:
            for form in forms:
                name = name_of(recipe, form, optimizer_for(recipe, release, form))
                known = tried.setdefault(name, {})
                missing = [each for each in formats if each not in known]
                if missing and any(known.values()):
                    continue  # Built once more, it would have other weights than those files.
                for entry in list(write(recipe, form, missing, folder)) if missing else ():
                    known[entry["format"]] = bool(entry["file"])
                    file.write(json.dumps(entry) + "\n")
                file.flush()
                if any(known[each] for each in formats):
                    break
    (folder / "no_recipe.json").write_text(json.dumps(without_recipe()))


if __name__ == "__main__":
    main(*sys.argv[1:])
