"""Whether a SavedModel draws random numbers when it is asked: random layers that were left switched on.

`export()` of some releases keeps RandomFlip and its like as they are in training. Where the draws begin from
a state that is saved with the model, its answers are the same each time, and it is asked. Where they begin
anew each time, one model would have many scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from .refused import Refused

_DRAWING: Final = re.compile(
    r"Random|Multinomial|TruncatedNormal|^Stateful(?:Uniform|Standard)|^RngReadAndSkip"
)
_ANEW: Final = "NonDeterministicInts"
_SAVE_AGAIN: Final = 'Save the model itself with model.save("mymodel.keras"), where they are switched off.'


def find_random_operations(signature: Any) -> tuple[str, ...]:
    """What the card should say of a signature that draws random numbers; nothing where it does not.

    Raises:
        Refused: its draws begin anew each time ("random_answers").
    """
    nodes = list(_reached(signature.graph.as_graph_def()))
    drawing = [node for node in nodes if node.op == _ANEW or _DRAWING.search(node.op)]
    if not drawing:
        return ()
    if any(_begins_anew(node) for node in drawing):
        raise Refused(
            "random_answers",
            "The SavedModel draws random numbers when it is asked, so that the same question gets another "
            f"answer each time. Layers such as RandomFlip or Dropout were left switched on. {_SAVE_AGAIN}",
            found="random numbers",
        )
    return (
        "Layers such as RandomFlip were left switched on when the model was exported: it answers to "
        f"questions that it changes at random. {_SAVE_AGAIN}",
    )


def _reached(graph: Any) -> Iterator[Any]:
    """Every node of a graph and of the functions it calls, directly or through others."""
    library = {function.signature.name: function for function in graph.library.function}
    waiting, seen = [graph.node], set()
    while waiting:
        for node in waiting.pop():
            yield node
            for name in _called(node):
                if name in library and name not in seen:
                    seen.add(name)
                    waiting.append(library[name].node_def)


def _called(node: Any) -> Iterator[str]:
    yield node.op
    for value in node.attr.values():
        yield value.func.name
        yield from (function.name for function in value.list.func)


def _begins_anew(node: Any) -> bool:
    """Two seeds of 0 tell TensorFlow to take one from the clock."""
    seeds = [node.attr[name].i for name in ("seed", "seed2") if name in node.attr]
    return node.op == _ANEW or (bool(seeds) and not any(seeds))
