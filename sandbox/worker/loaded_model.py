"""A loaded model, whatever it was saved as, and how to say what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .reply import Refused
from .training_settings import TrainingSettings

RESET: Final = (
    "The model is stateful: it remembers one batch when it sees the next. Its state was reset before each "
    "batch, so that the same inputs get the same predictions."
)


@dataclass(frozen=True)
class Model:
    """A loaded model, whatever it was saved as."""

    shape: tuple[int | None, ...] | None
    """Of its one input, the batch axis first; None where the model does not declare it."""
    dtype: str
    """A numpy name, or "string"."""
    call: Callable[[Any], Any]
    """From a batch of inputs (a tensor) to its output (a tensor, or a structure of them)."""
    parameters: int
    outputs: tuple[int | None, ...] | None = None
    """The shape of its one output as the file declares it; None where it does not."""
    row_counts: tuple[int, ...] = ()
    """How many ids each of its Embedding layers declares."""
    layers: tuple[str, ...] = ()
    """Class names."""
    summary: tuple[str, ...] = ()
    """A line for each layer, for people."""
    saved_by: str = ""
    notes: tuple[str, ...] = ()
    """Each a sentence for the score card."""
    weights: Callable[[], Sequence[Any]] = tuple
    """Reads its arrays."""
    settings: TrainingSettings = field(default_factory=TrainingSettings)
    """How its file says that it was compiled."""


def only_shape(outputs: Any) -> tuple[int | None, ...] | None:
    """The shape of the only output in a list or dict of specifications; None where there are several."""
    specs = list(outputs.values() if isinstance(outputs, dict) else outputs)
    if len(specs) != 1 or getattr(specs[0].shape, "rank", 0) is None:
        return None
    return tuple(specs[0].shape)


def refuse_several_outputs(outputs: Any) -> None:
    """Refuses a list or dict of specifications that holds more than one output."""
    if len(outputs) > 1:
        raise Refused(
            "output_shape",
            f"The model has {len(outputs)} outputs, and one is expected. Build a model with one output. "
            "To take the first, without new training: keras.Model(model.inputs, model.outputs[0]).",
            expected="1 output",
            found=f"{len(outputs)} outputs",
        )


def saved_by(product: str, version: str) -> str:
    return f"{product} {version}" if version else ""


def several_inputs(count: int) -> Refused:
    return Refused(
        "input_shape",
        f"The model takes {count} inputs, and one is expected. Build a model with a single input.",
        expected="1 input",
        found=f"{count} inputs",
    )
