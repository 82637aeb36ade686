"""A SavedModel: unpacked, loaded, and called through its serving signature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ..protocol.contract import SAVED_MODEL_FILE
from . import inspection
from .blame import raised_by_us
from .layer_summary import list_variables
from .loaded_model import RESET, Model, only_shape, refuse_several_outputs, saved_by, several_inputs
from .nondeterminism import assigns_variables, find_random_operations, reachable_nodes
from .refusals import innermost
from .reply import Refused, is_out_of_memory

SIGNATURES: Final = ("serving_default", "serve")
_INDEX: Final = Path("variables", "variables.index")
"""Where a SavedModel keeps which weights it has; without any, too."""

_CUT: Final = (
    "The graph in this SavedModel makes whole numbers of the inputs of a Discretization layer. Keras 3.6 "
    "to 3.9 write it so where the layer stands in a model inside the model. Its predictions may differ from "
    'those you saw before. Save the model with model.save("mymodel.keras").'
)


def load_saved_model(path: Path, memory: int) -> Model:
    """A SavedModel, packed as a zip.

    Raises:
        Refused: TensorFlow cannot load it, or it has no signature with one input.
    """
    with inspection.damage_refused():
        folder = inspection.extract_saved_model(path, path.with_name("saved_model"), memory)
    if not (folder / _INDEX).is_file():
        raise Refused(
            "no_weights",
            "This SavedModel has no weights: the folder variables, or variables.index in it, is missing. "
            "Submit the whole folder, with saved_model.pb and variables.",
            found="no variables/variables.index",
        )
    drop_optimizer_slots(folder)
    loaded, signatures = _load(folder)
    signature = _choose_signature(signatures)
    inputs = signature.structured_input_signature[1]
    if len(inputs) != 1:
        raise several_inputs(len(inputs))
    ((name, spec),) = inputs.items()
    refuse_several_outputs(signature.structured_outputs)
    # The vocabulary of a text layer is among the variables as None.
    variables = [one for one in getattr(loaded, "variables", None) or signature.variables if one is not None]
    random = find_random_operations(signature)
    reset = _resetter(signature)

    def call(batch: Any, keep_alive: Any = loaded) -> Any:
        # Without the loaded object the signature's variables would be deleted.
        if reset is not None:
            reset()
        return signature(**{name: batch})

    return Model(
        shape=None if spec.shape.rank is None else tuple(spec.shape.as_list()),
        dtype=spec.dtype.name,
        call=call,
        parameters=sum(one.shape.num_elements() or 0 for one in variables),
        outputs=only_shape(signature.structured_outputs),
        summary=list_variables(variables),
        saved_by=saved_by("TensorFlow", getattr(loaded, "tensorflow_version", "")),
        notes=(
            *random,
            *((RESET,) if reset is not None and not random else ()),
            *((_CUT,) if _cuts_before_bins(signature) else ()),
        ),
        weights=lambda: [one.numpy() for one in variables],
    )


def drop_optimizer_slots(folder: Path) -> None:
    """Leaves out what optimizers keep for each weight, such as Adam's momenta: it serves training alone.

    Every trained SavedModel of TensorFlow 2.0 to 2.10 has it, and later ones with a legacy optimizer. Today's
    TensorFlow loads such an optimizer as an object without methods, and then calls its `add_slot`.
    """
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    file = folder / SAVED_MODEL_FILE
    saved = SavedModel()
    try:
        saved.ParseFromString(file.read_bytes())
    except Exception as error:  # protobuf's own, whose types are in none of our dependencies
        raise Refused(
            "truncated", "The file saved_model.pb is damaged or was cut short. Save the model again."
        ) from error
    nodes = [
        node for graph in saved.meta_graphs for node in graph.object_graph_def.nodes if node.slot_variables
    ]
    for node in nodes:
        node.ClearField("slot_variables")
    if nodes:
        file.write_bytes(saved.SerializeToString())


def _load(folder: Path) -> tuple[Any, dict[str, Any]]:
    import tensorflow as tf

    try:
        loaded = tf.saved_model.load(str(folder))
        return loaded, dict(loaded.signatures)
    except Exception as error:
        if is_out_of_memory(error) or isinstance(error, RecursionError) or raised_by_us(error):
            raise
        # The host keeps the type of error alone: a graph may write what it likes into the text.
        raise Refused(
            "load_raised",
            f"TensorFlow cannot load this SavedModel: {type(error).__name__}: {innermost(error)}",
        ) from error


def _cuts_before_bins(signature: Any) -> bool:
    """Whether numbers with fractions lose them on their way into bins."""
    import tensorflow as tf

    nodes = list(reachable_nodes(signature.graph.as_graph_def()))
    cast = {
        node.name
        for node in nodes
        if node.op == "Cast"
        and tf.as_dtype(node.attr["SrcT"].type).is_floating
        and tf.as_dtype(node.attr["DstT"].type).is_integer
    }
    return any(node.input[0].partition(":")[0] in cast for node in nodes if node.op == "Bucketize")


def _resetter(signature: Any) -> Callable[[], None] | None:
    """Gives every variable that a call may change the value it was saved with; None where none may change."""
    if not assigns_variables(signature):
        return None
    saved = [(one, one.read_value()) for one in signature.variables if not one.trainable]

    def reset() -> None:
        for variable, value in saved:
            variable.assign(value)

    return reset


def _choose_signature(signatures: dict[str, Any]) -> Any:
    named = next((signatures[name] for name in SIGNATURES if name in signatures), None)
    if named is not None:
        return named
    if len(signatures) == 1:
        return next(iter(signatures.values()))
    if signatures:
        code = "several_signatures"
        message = (
            "This SavedModel has several signatures and none is called serving_default. Save it with "
            "model.export(...) or name the one to use serving_default."
        )
    else:
        code = "no_signature"
        message = (
            "This SavedModel has no serving signature, so it cannot be called. Save it with "
            "model.export(...) in Keras 3, or model.save(...) in Keras 2."
        )
    found = ", ".join(sorted(signatures)) or "none"
    raise Refused(code, message, expected="serving_default", found=found)
