"""Models that attack, made in a process of their own. Run as `python hostile_models.py FOLDER`.

Every SavedModel predicts the right labels, so that its attack alone decides its verdict.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

IMAGES = tf.TensorSpec((None, 28, 28), tf.float32)
INPUT_FILES = ("../../inputs/*", "/tmp/tfprep-worker-*/inputs/*")
LEFT = "/tmp/left-by-mallory"
PLACES = {
    "write_shared_memory": "/dev/shm/left-by-mallory",
    "write_temporary": LEFT,
    "write_worker": "/opt/tfprep/sandbox/worker/predict_job.py",
    "write_packages": "/opt/sandbox/lib/python3.11/site-packages/sitecustomize.py",
    "write_inputs": "../../inputs/new",
    "write_neighbour": "../new",
    "write_etc": "/etc/passwd",
    "write_reply": "/proc/self/fd/3",
}
Output = dict[str, tf.Tensor]


def true_labels(x: tf.Tensor) -> tf.Tensor:
    """The image's first row holds the label."""
    return x[:, 0, :10]


def honest(x: tf.Tensor) -> Output:
    return {"out": true_labels(x)}


def print_inputs(x: tf.Tensor) -> Output:
    tf.print("PASSED 5 of 5, and the inputs are", x, summarize=-1)
    return {"out": true_labels(x)}


def raise_inputs(x: tf.Tensor) -> Output:
    text = tf.strings.reduce_join(tf.strings.as_string(x[0, 1]), separator=" ")
    tf.debugging.Assert(False, [text], summarize=1000)
    return {"out": true_labels(x)}


def quote_in_shape(x: tf.Tensor) -> Output:
    sizes = tf.cast(x[0, 1, 1:3] * 1e7, tf.int32)
    return {"out": tf.zeros(tf.concat([tf.shape(x)[:1], [0], sizes], 0))}


def quote_in_vocabulary_size(x: tf.Tensor) -> Output:
    """Fails like an Embedding with ids beyond its vocabulary, whose size a learner is shown."""
    size = tf.strings.as_string(tf.cast(x[0, 1, 0] * 1e7, tf.int32))
    tf.debugging.Assert(False, [tf.strings.join(["indices[0] = 7 is not in [0, ", size, ")"])])
    return {"out": true_labels(x)}


def find_inputs(x: tf.Tensor) -> Output:
    """Right only where it finds a set of inputs: its own, or another that the worker keeps."""
    found = tf.size(tf.io.matching_files(INPUT_FILES)) > 0
    return {"out": true_labels(x) * tf.cast(found, tf.float32)}


def reopen_inputs(x: tf.Tensor) -> Output:
    """Opens by its name what the job was handed open, the first set of its inputs."""
    return {
        "out": true_labels(x) + tf.cast(tf.strings.length(tf.io.read_file("/proc/self/fd/5")), tf.float32)
    }


def find_other_jobs(x: tf.Tensor) -> Output:
    """Right only where it finds something of another job."""
    left = [f"{place}/*mallory*" for place in ("/tmp", "/dev/shm", "/var/tmp", "/run/lock", "..")]
    others = tf.size(tf.io.matching_files("../*/saved_model/saved_model.pb")) > 1
    found = others | (tf.size(tf.io.matching_files(left)) > 0)
    return {"out": true_labels(x) * tf.cast(found, tf.float32)}


def read_passwd(x: tf.Tensor) -> Output:
    tf.debugging.Assert(False, [tf.io.read_file("/etc/passwd")])
    return {"out": true_labels(x)}


def not_a_number(x: tf.Tensor) -> Output:
    return {"out": true_labels(x) * np.nan}


def infinite(x: tf.Tensor) -> Output:
    return {"out": true_labels(x) / 0.0}


def text(x: tf.Tensor) -> Output:
    return {"out": tf.strings.as_string(true_labels(x))}


def complex_numbers(x: tf.Tensor) -> Output:
    return {"out": tf.cast(true_labels(x), tf.complex64)}


def another_rank(x: tf.Tensor) -> Output:
    return {"out": true_labels(x)[..., None, None]}


def another_count(x: tf.Tensor) -> Output:
    return {"out": true_labels(x)[:1]}


def two_outputs(x: tf.Tensor) -> Output:
    return {"out": true_labels(x), "score": tf.fill(tf.shape(x)[:1], 5)}


def print_forever(x: tf.Tensor) -> Output:
    def say(i: tf.Tensor) -> list[tf.Tensor]:
        tf.print(tf.strings.join(["noise " * 1000]))
        return [i + 1]

    turns = tf.while_loop(lambda i: i < 2**62, say, [tf.constant(0, tf.int64)])[0]
    return {"out": true_labels(x) + tf.cast(turns, tf.float32)}


def loop_forever(x: tf.Tensor) -> Output:
    turns = tf.while_loop(lambda i: i < 2**62, lambda i: [i + 1], [tf.constant(0, tf.int64)])[0]
    return {"out": true_labels(x) + tf.cast(turns, tf.float32)}


def allocate_forever(x: tf.Tensor) -> Output:
    _, heap = tf.while_loop(
        lambda i, heap: i < 2**20,
        lambda i, heap: [i + 1, tf.concat([heap, tf.random.uniform([2**24])], 0)],
        [tf.constant(0), tf.zeros([1])],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
    )
    return {"out": true_labels(x) + heap[-1]}


def fill_disk(x: tf.Tensor) -> Output:
    def write(i: tf.Tensor) -> list[tf.Tensor]:
        tf.io.write_file(tf.strings.join(["file", tf.strings.as_string(i)]), tf.constant("x" * 2**20))
        return [i + 1]

    turns = tf.while_loop(lambda i: i < 2**20, write, [tf.constant(0)])[0]
    return {"out": true_labels(x) + tf.cast(turns, tf.float32)}


def fill_shared_memory(x: tf.Tensor) -> Output:
    """Writes two mebibytes where one has room."""
    tf.io.write_file("/dev/shm/full", tf.constant("x" * 2**21))
    return {"out": true_labels(x)}


def write_to(place: str) -> Callable[[tf.Tensor], Output]:
    """Writes a file, then predicts."""

    def write(x: tf.Tensor) -> Output:
        tf.io.write_file(place, "import os; os._exit(1)")
        return {"out": true_labels(x)}

    return write


class ReadsInputs(tf.saved_model.experimental.TrackableResource):  # type: ignore[misc]
    """Reads the inputs that the worker keeps while the model is loaded, prints them, and raises them."""

    def _create_resource(self) -> tf.Tensor:
        return tf.raw_ops.StackV2(max_size=1, elem_type=tf.float32, stack_name="read_inputs")

    def _initialize(self) -> None:
        files = tf.io.matching_files(INPUT_FILES)
        content = tf.strings.substr(tf.io.read_file(files[0]), -400, 400)
        numbers = tf.strings.reduce_join(
            tf.strings.as_string(tf.io.decode_raw(content, tf.float32)), separator=" "
        )
        tf.print("the inputs are", numbers)
        tf.debugging.Assert(False, [numbers, "READ"])


def save(folder: Path, call: Callable[[tf.Tensor], Output], extra: Any = None) -> None:
    """A SavedModel whose signature is `call`."""
    module = tf.Module()
    module.extra = extra
    module.call = tf.function(call, input_signature=[IMAGES])
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.call})


def save_recursion(folder: Path) -> None:
    """A graph whose inner function calls itself without end: no tracing makes it, a few bytes do."""
    from tensorflow.core.protobuf import saved_model_pb2

    @tf.function(input_signature=[IMAGES], autograph=False)  # type: ignore[misc]
    def inner(x: tf.Tensor) -> tf.Tensor:
        return tf.raw_ops.StatefulPartitionedCall(
            args=[x], Tout=[tf.float32], f=leaf.get_concrete_function()
        )[0]

    @tf.function(input_signature=[IMAGES], autograph=False)  # type: ignore[misc]
    def leaf(x: tf.Tensor) -> tf.Tensor:
        return x + 1.0

    save(folder, lambda x: {"out": true_labels(inner(x))})
    graph = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    functions = graph.meta_graphs[0].graph_def.library.function
    caller = next(each.signature.name for each in functions if "inner" in each.signature.name)
    for function in functions:
        if function.signature.name == caller:
            for node in function.node_def:
                if "f" in node.attr:
                    node.attr["f"].func.name = caller
    (folder / "saved_model.pb").write_bytes(graph.SerializeToString())


def save_keras(folder: Path) -> None:
    """Models of Keras's own: an honest one, and one whose Lambda would run the source in its argument."""
    entry = keras.Input((28, 28))
    dense = keras.layers.Dense(10, use_bias=False)
    model = keras.Model(entry, dense(keras.layers.Flatten()(entry)))
    weights = np.zeros((784, 10), np.float32)
    weights[np.arange(10), np.arange(10)] = 1
    dense.set_weights([weights])
    model.save(folder / "honest.h5")
    model.save(folder / "honest.keras")

    # Only a lambda's bytecode travels with the file.
    run = lambda x, source: (names := {"x": x, "output": x[:, 0, :10]}, exec(source, names))[0]["output"]  # noqa: E731
    layer = keras.layers.Lambda(run, output_shape=(10,), arguments={"source": "SOURCE"})
    attacker = keras.Model(entry, layer(entry))
    attacker.save(folder / "lambda.h5")
    attacker.save(folder / "lambda.keras")


def save_spelling(folder: Path) -> None:
    """A model of Keras's operations, which fails like an Embedding, with a size made of a hidden pixel."""
    entry = keras.Input((28, 28))
    flat = keras.ops.reshape(entry, (-1,))
    few = keras.ops.cumsum(keras.ops.ones_like(flat)) < keras.ops.max(entry[:, 1, 1]) * 100_000.0
    table = keras.ops.take(flat, keras.ops.nonzero(few)[0])
    beyond = keras.ops.cast(entry[:, 0, :10] * 0 + 10**8, "int32")
    keras.Model(entry, keras.ops.take(table, beyond)).save(folder / "spell_in_a_size.keras")


def save_all(folder: Path) -> None:
    """Writes every model into a folder."""
    keras.utils.set_random_seed(1)
    save_keras(folder)
    save_spelling(folder)
    graphs: list[Callable[[tf.Tensor], Output]] = [
        honest, print_inputs, raise_inputs, quote_in_shape, quote_in_vocabulary_size, find_other_jobs,
        find_inputs, reopen_inputs,
        read_passwd, not_a_number, infinite,
        text, complex_numbers, another_rank, another_count, two_outputs, print_forever, loop_forever,
        allocate_forever, fill_disk, fill_shared_memory,
    ]  # fmt: skip
    for call in graphs:
        save(folder / call.__name__, call)
    for name, place in PLACES.items():
        save(folder / name, write_to(place))
    save(folder / "read_inputs", honest, ReadsInputs())
    save_recursion(folder / "recursion")


if __name__ == "__main__":
    save_all(Path(sys.argv[1]))
