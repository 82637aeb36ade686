"""What a problem knows about the mistakes people make with it, for whoever explains a score.

A problem without clues is graded and explained all the same, only less surely.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Perturbation:
    """The same questions put otherwise: a model that answers them better so was trained on such ones."""

    code: str
    """Of the finding: "forgot_to_rescale". Several variants may show the same mistake."""
    form: str
    """The input form that is changed."""
    change: Callable[[Array], Array] = field(compare=False)
    """(n, *shape) to (n, *shape), of the same dtype."""
    what: str
    """What the learner did, in one sentence beginning with "Your"."""
    try_next: str
    layer: str = ""
    """Asked only of a model with a layer of this class; of any model where empty."""


@dataclass(frozen=True)
class Baseline:
    """What can be answered without having learned anything."""

    code: str
    predict: Callable[[Mapping[str, Array | Sequence[str]]], Array] = field(compare=False)
    """From the questions by form to answers in the form that the metric takes."""
    what: str
    try_next: str


@dataclass(frozen=True)
class Augmentation:
    """The same questions, changed so little that the right answers stay."""

    form: str
    """The input form that is changed."""
    change: Callable[[Any], Any] = field(compare=False)
    """(n, *shape) to (n, *shape), of the same dtype; n strings to n strings where the form is text."""
    what: str
    """For people, behind "the questions": "moved by a pixel"."""


@dataclass(frozen=True)
class CommonMistakes:
    """Everything a problem knows about its mistakes, and about its questions."""

    perturbations: Sequence[Perturbation] = ()
    """The likeliest first; only the first few are asked."""
    baselines: Sequence[Baseline] = ()
    ample_parameters: int | None = None
    """More than a good model needs by far; None where nobody has looked."""
    augmentations: Sequence[Augmentation] = ()
    """Without any, nobody is asked whether the questions were learned by heart."""
