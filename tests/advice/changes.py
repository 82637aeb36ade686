"""What a learner changes who does, word for word, what a finding's advice says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from .attempt import Attempt

_PATIENCE: Final = 5
_EPOCHS: Final = re.compile(r"Train for up to (\d+) epochs")
_RATES: Final = {"sgd": 0.01}
"""Keras's own learning rates, where they are not 0.001."""


def advised(attempt: Attempt, advice: str) -> Attempt | None:
    """The attempt after what the advice says; None where it names nothing that the attempt could change.

    Args:
        attempt: what was trained.
        advice: the sentence that its first finding ends with.
    """
    changed = next((change(attempt) for words, change in _CHANGES if words in advice), attempt)
    if epochs := _EPOCHS.search(advice):
        changed = replace(changed, epochs=int(epochs[1]), patience=2 * _PATIENCE if attempt.validation else 0)
    return None if changed == attempt else changed


def _longer(attempt: Attempt) -> Attempt:
    patience = max(_PATIENCE, attempt.patience, attempt.epochs // 5) if attempt.validation else 0
    return replace(attempt, epochs=3 * attempt.epochs, patience=patience)


def _finer(attempt: Attempt) -> Attempt:
    return replace(_longer(attempt), reduce=True, patience=3 * _PATIENCE)


def _stopped(attempt: Attempt) -> Attempt:
    return replace(attempt, patience=attempt.patience or _PATIENCE)


def _regularised(attempt: Attempt) -> Attempt:
    stopped = _stopped(attempt)
    if attempt.problem == "flowers":
        return replace(stopped, augment="flip rotate shift")
    if attempt.problem == "imdb":
        return replace(stopped, body=f"spatial 0.3, {attempt.body}")
    return replace(stopped, body=f"{attempt.body}, dropout 0.3")


def _narrower(attempt: Attempt) -> Attempt:
    words = [word.split() for word in attempt.body.split(", ")]
    halved = (
        [kind, str(max(8, int(size) // 4)), *rest]
        if kind == "dense"
        else [kind, *([size] if size else []), *rest]
        for kind, size, *rest in ([*word, ""] if len(word) == 1 else word for word in words)
    )
    return replace(attempt, body=", ".join(" ".join(filter(None, word)) for word in halved))


def _tenth(attempt: Attempt) -> Attempt:
    return replace(attempt, rate=(attempt.rate or _RATES.get(attempt.optimizer, 0.001)) / 10)


def _plain_end(attempt: Attempt) -> Attempt:
    return replace(attempt, last=None, loss=None)


_CHANGES: Final[tuple[tuple[str, Callable[[Attempt], Attempt]], ...]] = (
    ("Mask them: Embedding", lambda attempt: replace(attempt, mask=True)),
    ('Pad with padding="post"', lambda attempt: replace(attempt, front=False)),
    ("Give the last layer no activation", lambda attempt: replace(attempt, last=None)),
    ("End the model with activation=", _plain_end),
    ("a Normalization layer, adapted", lambda attempt: replace(attempt, scaling="inside")),
    ("Call the layer's adapt()", lambda attempt: replace(attempt, scaling="inside")),
    ("Train on pixels from 0 to 1", lambda attempt: replace(attempt, scaling="")),
    ("take the Rescaling layer away", lambda attempt: replace(attempt, scaling="")),
    ("train on the target as it is given", lambda attempt: replace(attempt, target="")),
    (
        "Add a hidden layer",
        lambda attempt: replace(attempt, body=", ".join(filter(None, (attempt.body, "dense 64")))),
    ),
    ('Give the hidden layers activation="relu"', lambda attempt: replace(attempt, activation="relu")),
    (
        "Compile the model with Adam",
        lambda attempt: replace(attempt, optimizer="adam", momentum=0.0, rate=None),
    ),
    ("Begin with convolutions", lambda attempt: replace(attempt, body=f"conv 32, pool, {attempt.body}")),
    ("ReduceLROnPlateau", _finer),
    ("lower the learning rate", _tenth),
    ("Lower the learning rate to a tenth", _tenth),
    ("Train for more epochs", _longer),
    ("with slightly more regularisation", _regularised),
    ("It does better on its training data", _regularised),
    ("and add ", _regularised),
    ("Use fewer or narrower layers", _narrower),
)
"""By words that only this advice has; the first that fits."""
