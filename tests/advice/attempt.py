"""An ordinary attempt at a problem, in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LOGITS: Final = "from_logits"


@dataclass(frozen=True)
class Attempt:
    """What a learner writes into the starter's two gaps."""

    problem: str
    """Its name: "regression"."""
    name: str
    """What is told of it; unique within the problem."""
    body: str = ""
    """The layers between scaling and output, in their order: "conv 32, pool, flatten, dense 64"."""
    scaling: str = ""
    """"inside" (an adapted Normalization), "outside" the model, "batch" normalisation, "twice" (again by
    255), "255" (pixels never scaled), "unadapted"; else the inputs as they come."""
    mask: bool = False
    """Embedding(mask_zero=True)."""
    front: bool = False
    """Reviews padded in front, as pad_sequences does unless told."""
    augment: str = ""
    """Of pictures: "flip", "rotate", "zoom", "shift", as many as there are."""
    activation: str = "relu"
    last: str | None = None
    """The last activation; the problem's own where None."""
    target: str = ""
    """"standardised" or "logarithm" of a number."""
    optimizer: str = "adam"
    momentum: float = 0.0
    rate: float | None = None
    """Keras's own where None."""
    loss: str | None = None
    """The problem's own where None."""
    l2: float = 0.0
    epochs: int = 10
    batch: int = 32
    patience: int = 0
    """Of EarlyStopping with restore_best_weights; 0 without it."""
    reduce: bool = False
    """ReduceLROnPlateau."""
    log: bool = True
    """The starter's CSVLogger is used."""
    validation: bool = True
    """The validation data is given to fit."""
    seed: int = 0
