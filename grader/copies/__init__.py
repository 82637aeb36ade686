"""What a model does with changed copies of the hidden inputs: how they are asked, compared and told."""

from .asked import AskedInputs, ask, ask_more
from .check import CODES, HIGH, Answers, CopiesCheck, CopiesResult, predict_among_copies

__all__ = [
    "CODES",
    "HIGH",
    "Answers",
    "AskedInputs",
    "CopiesCheck",
    "CopiesResult",
    "ask",
    "ask_more",
    "predict_among_copies",
]
