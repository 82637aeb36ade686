"""Whether a SavedModel predicts otherwise when it predicts again.

It may remember earlier inputs, in variables that a call changes. It may draw random numbers, because
random layers were left switched on.

`export()` of some releases leaves RandomFlip and similar layers as they are in training. Where the random
state is saved with the model, its predictions are the same each time, and it is graded. Where it is not, one
model would get many scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from .reply import Refused

_RANDOM_OPERATIONS: Final = re.compile(
    r"Random|Multinomial|TruncatedNormal|^Stateful(?:Uniform|Standard)|^RngReadAndSkip"
)
_UNSEEDED: Final = "NonDeterministicInts"
_SAVE_AGAIN: Final = 'Save the model itself with model.save("mymodel.keras"), where they are switched off.'


def find_random_operations(signature: Any) -> tuple[str, ...]:
    """Sentences for the score card of a signature that draws random numbers; empty where it draws none.

    Raises:
        Refused: its random state is not saved with it ("random_predictions").
    """
    nodes = list(reachable_nodes(signature.graph.as_graph_def()))
    random = [node for node in nodes if node.op == _UNSEEDED or _RANDOM_OPERATIONS.search(node.op)]
    if not random:
        return ()
    if any(_is_unseeded(node) for node in random):
        raise Refused(
            "random_predictions",
            "The SavedModel draws random numbers when it predicts, so its predictions for the same inputs "
            f"differ each time. Layers such as RandomFlip or Dropout were left switched on. {_SAVE_AGAIN}",
            found="random numbers",
        )
    return (
        "Layers such as RandomFlip were left switched on when the model was exported: it changes its inputs "
        f"at random before it predicts. {_SAVE_AGAIN}",
    )


def assigns_variables(signature: Any) -> bool:
    """Whether a call may change a variable, as a stateful recurrent layer does."""
    return any(node.op.startswith("Assign") for node in reachable_nodes(signature.graph.as_graph_def()))


def reachable_nodes(graph: Any) -> Iterator[Any]:
    """Every node of a graph and of the functions it calls, directly or through others."""
    library = {function.signature.name: function for function in graph.library.function}
    waiting, seen = [graph.node], set()
    while waiting:
        for node in waiting.pop():
            yield node
            for name in _called_functions(node):
                if name in library and name not in seen:
                    seen.add(name)
                    waiting.append(library[name].node_def)


def _called_functions(node: Any) -> Iterator[str]:
    yield node.op
    for value in node.attr.values():
        yield value.func.name
        yield from (function.name for function in value.list.func)


def _is_unseeded(node: Any) -> bool:
    """With two seeds of 0, TensorFlow takes one from the clock."""
    seeds = [node.attr[name].i for name in ("seed", "seed2") if name in node.attr]
    return node.op == _UNSEEDED or (bool(seeds) and not any(seeds))
