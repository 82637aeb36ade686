"""A summary of a model with one line for each layer: "Dense · (n, 128) · 100,480 parameters".

A line has three parts, which a page shows in columns. The summary is made when the model is loaded, before it
has seen a hidden input; the names in it are its author's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

MOST_LINES: Final = 60
_SEPARATOR: Final = " · "
_LONGEST: Final = 80
"""Characters of one part."""


def list_layers(layers: Sequence[Any]) -> tuple[str, ...]:
    """A Keras model's layers: class, output shape, number of parameters."""
    lines = []
    for layer in layers:
        parameters = int(layer.count_params()) if layer.built else 0
        lines.append(_line(_kind(layer), _output_shape(layer), parameters))
    return _bounded(lines)


def list_variables(variables: Iterable[Any]) -> tuple[str, ...]:
    """A SavedModel's variables by layer: a graph has no layers, but its variables keep their names."""
    groups: dict[str, list[tuple[str, tuple[int | None, ...]]]] = {}
    for variable in variables:
        owner, _, name = str(variable.name).partition(":")[0].rpartition("/")
        shape = (None,) if variable.shape.rank is None else tuple(variable.shape.as_list())
        groups.setdefault(owner or "variables", []).append((name, shape))
    lines = []
    for owner, held in groups.items():
        # For example "kernel (784, 128), bias (128)".
        shown = ", ".join(f"{name} {_shown(shape)}" for name, shape in held)
        lines.append(_line(owner, shown, sum(_count(shape) for _, shape in held)))
    return _bounded(lines)


def _count(shape: Sequence[int | None]) -> int:
    """How many numbers; 0 where it is not known."""
    sizes = [size for size in shape if size is not None]
    return math.prod(sizes) if len(sizes) == len(shape) else 0


def _kind(layer: Any) -> str:
    """For example "Dense", "Bidirectional(LSTM)", or "Functional (24 layers)" for a model inside a model."""
    kind = type(layer).__name__
    wrapped = getattr(layer, "forward_layer", None) or getattr(layer, "layer", None)
    if wrapped is not None:
        return f"{kind}({type(wrapped).__name__})"
    inner = getattr(layer, "layers", None)
    return f"{kind} ({len(inner)} layers)" if isinstance(inner, list) and inner else kind


def _output_shape(layer: Any) -> str:
    outputs = getattr(layer, "outputs", None)
    try:
        output = outputs[0] if isinstance(outputs, list) and len(outputs) == 1 else layer.output
    except (AttributeError, ValueError):
        # Called more than once, or never: it has no single output.
        return "-"
    shape = getattr(output, "shape", None)
    return "-" if shape is None else _shown(("n", *shape[1:]))


def _shown(shape: Sequence[Any]) -> str:
    return "(" + ", ".join("any" if size is None else str(size) for size in shape) + ")"


def _line(*parts: str | int) -> str:
    *texts, count = parts
    shown = [_short(str(text).replace("·", ".")) for text in texts]
    return _SEPARATOR.join([*shown, f"{count:,} parameter{'' if count == 1 else 's'}"])


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _bounded(lines: Sequence[str]) -> tuple[str, ...]:
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    return (*lines[: MOST_LINES - 1], f"and {len(lines) - MOST_LINES + 1} more")
