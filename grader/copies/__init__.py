"""What a model does with changed copies of the hidden inputs: how they are mixed in, compared and told."""

from .check import CODES, HIGH, CopiesCheck, CopiesResult
from .mixed_inputs import MixedInputs, mix_further_copies, mix_with_copies
from .predict import SortedPredictions, predict_among_copies

__all__ = [
    "CODES",
    "HIGH",
    "CopiesCheck",
    "CopiesResult",
    "MixedInputs",
    "SortedPredictions",
    "mix_further_copies",
    "mix_with_copies",
    "predict_among_copies",
]
