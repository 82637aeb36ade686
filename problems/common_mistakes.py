"""What a problem knows about the mistakes people make with it, for whoever explains a score.

A problem without any is graded and explained all the same, only less surely.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Perturbation:
    """The same inputs, changed: a model that predicts better on them was trained on inputs like that."""

    code: str
    """Of the finding: "forgot_to_rescale". Several perturbations may show the same mistake."""
    form: str
    """The input form that is changed."""
    change: Callable[[Array], Array] = field(compare=False)
    """(n, *shape) to (n, *shape), of the same dtype."""
    what: str
    """What the learner did, in one sentence beginning with "Your"."""
    try_next: str
    layer: str = ""
    """Tried only on a model with a layer of this class; on any model where empty."""


@dataclass(frozen=True)
class Baseline:
    """What can be predicted without having learned anything."""

    code: str
    predict: Callable[[Mapping[str, Array | Sequence[str]]], Array] = field(compare=False)
    """From the inputs by form to predictions in the form that the metric takes."""
    what: str
    try_next: str


@dataclass(frozen=True)
class Augmentation:
    """The same inputs, changed so little that the labels stay right."""

    form: str
    """The input form that is changed."""
    change: Callable[[Any], Any] = field(compare=False)
    """(n, *shape) to (n, *shape), of the same dtype; n strings to n strings where the form is text."""
    what: str
    """For people, behind "the inputs": "moved by a pixel"."""


@dataclass(frozen=True)
class CommonMistakes:
    """Everything a problem knows about its mistakes, and about its inputs."""

    perturbations: Sequence[Perturbation] = ()
    """The likeliest first; only the first few are tried."""
    baselines: Sequence[Baseline] = ()
    ample_parameters: int | None = None
    """More than a good model needs by far; None where nobody has looked."""
    augmentations: Sequence[Augmentation] = ()
    """Without any, no model is checked for having memorised the inputs."""
