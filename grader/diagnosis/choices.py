"""Checks of choices that hold a model back, by its file: scaling, layers, activations, optimizer."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...sandbox import Ending
from ...sandbox.protocol.contract import NEVER_ADAPTED
from ..scoring.card import FULL_MARKS
from ..scoring.score import Score
from .finding import Array, Evidence, GradedRun, finding, rounded
from .training import longer, overfitting

_OWN_RATES: Final = {
    **dict.fromkeys(("Adam", "AdamW", "Adamax", "Nadam", "RMSprop"), 0.001),
    **dict.fromkeys(("SGD", "Adadelta", "Adagrad"), 0.01),
}
"""What Keras takes unless told; of Adadelta and Adagrad it takes too little, as its documentation says."""
_SLOW: Final = ("SGD", "Adadelta", "Adagrad")
_FAR: Final = 5
"""So many times as large or small as Keras's own is another order of learning rate."""
_FAR_OFF: Final = 50
"""Without a log of some epochs, which says that it was trained at all, so many times are too large."""
_SOME_EPOCHS: Final = 5
_POOR: Final = 3
_LARGE: Final = 5.0
"""Inputs whose size in a column is more than this slow a training that does not scale them."""
_SCALES: Final = ("Normalization", "BatchNormalization", "LayerNormalization", "Rescaling", NEVER_ADAPTED)
_PLAIN: Final = (*_SCALES, "Flatten", "Reshape", "Dropout", "Dense", "Activation", "ReLU", "Softmax")
"""Layers of a model that is read whole: no other layer hides a scaling or a convolution."""
_OTHERS: Final = ("Conv1D", "MaxPooling1D", "GlobalAveragePooling1D", "GlobalMaxPooling1D", "Cropping1D")
_RECURRENT: Final = ("LSTM", "GRU", "SimpleRNN", "Bidirectional")
_LEARNS: Final = ("Dense", "Conv1D", *_RECURRENT)
_SATURATES: Final = ("sigmoid", "tanh")
SCALE: Final = "Begin the model with a Normalization layer, adapted on the training inputs, and train again."
_ADAM: Final = (
    'Compile the model with Adam and its own learning rate, 0.001 (optimizer="adam"), and train again.'
)
_SAMPLE: Final = 500


@finding(Ending.COMPLETED)
def rescaled_already(run: GradedRun) -> Evidence | None:
    """Your model rescales its inputs, but they are from 0 to 1 already."""
    scored, inputs = run.imperfect_score, _numbers(run)
    if scored is None or scored.score > _POOR or inputs is None or inputs.min() < 0 or inputs.max() > 1:
        return None
    if "Rescaling" not in run.outcome.facts.layers:
        return None
    return Evidence(
        f"It has a Rescaling layer; the largest input is {rounded(float(inputs.max()))}.",
        "If it divides by 255, take the Rescaling layer away: the inputs were divided before.",
    )


@finding(Ending.COMPLETED)
def no_hidden_layer(run: GradedRun) -> Evidence | None:
    """Your model has no hidden layer: it can only add up its inputs."""
    layers = run.outcome.facts.layers
    if run.imperfect_score is None or layers.count("Dense") != 1 or not set(layers) <= set(_PLAIN):
        return None
    return Evidence(
        "Its only layer that learns is the output.",
        'Add a hidden layer before the output, for example Dense(64, activation="relu").',
    )


@finding(Ending.COMPLETED)
def inputs_not_scaled(run: GradedRun) -> Evidence | None:
    """Your model takes columns of very different size as they are: nothing scales them."""
    if run.imperfect_score is None or not takes_them_unscaled(run):
        return None
    return Evidence(
        f"The inputs are up to {_largest(run):,.0f} in size, and no layer scales them.",
        f"{SCALE} {longer(run)}".strip(),
    )


def takes_them_unscaled(run: GradedRun) -> bool:
    """Whether the inputs are large, and the model's first layers leave them so."""
    layers = run.outcome.facts.layers
    if not layers or not set(layers) <= {*_PLAIN, *_OTHERS, *_RECURRENT}:
        return False
    first = next((each for each in layers if each in (*_SCALES, *_LEARNS)), "")
    return first in _LEARNS and _largest(run) > _LARGE


@finding(Ending.COMPLETED)
def learning_rate_too_large(run: GradedRun) -> Evidence | None:
    """Your learning rate is far larger than the optimizer's own, and the model did not learn well."""
    scored, facts = run.imperfect_score, run.outcome.facts
    rate, own = _rate(run), _OWN_RATES.get(facts.optimizer)
    trained = run.trend is not None and run.trend.epochs >= _SOME_EPOCHS
    far = _FAR if trained else _FAR_OFF
    if scored is None or scored.score > _POOR or own is None or rate is None or rate < far * own:
        return None
    return Evidence(f"It was trained by {facts.optimizer} with a learning rate of {rate:g}.", _ADAM)


@finding(Ending.COMPLETED)
def learns_slowly(run: GradedRun) -> Evidence | None:
    """Your optimizer took small steps: the model learned little, on its training data too."""
    scored, facts = _underfitted(run), run.outcome.facts
    rate, own = _rate(run), _OWN_RATES.get(facts.optimizer)
    if scored is None or own is None or rate is None:
        return None
    # Where a callback lowered the rate, the one in the file is the last.
    lowered = run.trend is not None and {"lr", "learning_rate"} & set(run.trend.last)
    if facts.optimizer not in _SLOW and (lowered or rate * _FAR > own):
        return None
    return Evidence(f"It was trained by {facts.optimizer} with a learning rate of {rate:g}.", _ADAM)


@finding(Ending.COMPLETED)
def saturating_layers(run: GradedRun) -> Evidence | None:
    """Your hidden layers end in a sigmoid or tanh, through which a model of several layers learns slowly."""
    scored, facts = _underfitted(run), run.outcome.facts
    if scored is None or set(facts.layers) & set(_RECURRENT):
        return None
    inner = [each for each in facts.activations[:-1] if each in _SATURATES]
    if not inner:
        return None
    return Evidence(
        f"{len(inner)} of its layers: {', '.join(dict.fromkeys(inner))}.",
        'Give the hidden layers activation="relu", and train again.',
    )


@finding(Ending.COMPLETED)
def no_convolution(run: GradedRun) -> Evidence | None:
    """Your model has no convolution: it learns each pixel by itself, and not what stands beside it."""
    scored, inputs, layers = run.imperfect_score, _numbers(run), run.outcome.facts.layers
    if scored is None or scored.score < 2 or not layers or not set(layers) <= set(_PLAIN):
        return None
    if not run.dataset.classes or inputs is None or inputs.ndim < 3:
        return None
    # Who learned the training data by heart needs less first, not more.
    if scored.score <= _POOR and overfitting.evidence(run):
        return None
    return Evidence(
        "Its layers take the picture as one row of numbers.",
        'Begin with convolutions: Conv2D(32, 3, activation="relu") and MaxPooling2D before the Flatten.',
    )


def _underfitted(run: GradedRun) -> Score | None:
    """The score of a poor model that is short of full marks on its training data too; else None."""
    scored, training = run.imperfect_score, run.probes.training
    if scored is None or scored.score > _POOR or training is None or training.score >= FULL_MARKS:
        return None
    return scored


def _rate(run: GradedRun) -> float | None:
    """The learning rate in the file; None where it keeps none, or a schedule."""
    try:
        return float(run.outcome.facts.learning_rate)
    except ValueError:
        return None


def _numbers(run: GradedRun) -> Array | None:
    """A sample of the inputs that the model took; None where they are no numbers but texts or words."""
    inputs = run.dataset.inputs(run.split).get(run.outcome.facts.form)
    if not isinstance(inputs, np.ndarray) or inputs.dtype.kind != "f":
        return None
    return np.asarray(inputs[:_SAMPLE])


def _largest(run: GradedRun) -> float:
    """The size of the largest column: the root of its mean square. 0 where the inputs are no numbers."""
    inputs = _numbers(run)
    if inputs is None or not len(inputs):
        return 0.0
    return float(np.sqrt((inputs.astype(np.float64) ** 2).reshape(-1, inputs.shape[-1]).mean(axis=0)).max())
