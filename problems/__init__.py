"""The problems: what is asked, on which data, and how it is measured."""

from .catalogue import all_problems, draw_exam, draw_problem, find, usual_problems
from .dataset import Dataset, Split
from .problem import (
    Band,
    Category,
    CommonMistakes,
    Copies,
    Input,
    Inputs,
    LabelledSet,
    Labels,
    Metric,
    Output,
    OwnFiles,
    Package,
    Perturbation,
    Problem,
    Published,
    Rerendering,
    Splits,
    TensorFlowDataset,
)
from .store import DataStore

__all__ = [
    "Band",
    "Category",
    "CommonMistakes",
    "Copies",
    "DataStore",
    "Dataset",
    "Input",
    "Inputs",
    "LabelledSet",
    "Labels",
    "Metric",
    "Output",
    "OwnFiles",
    "Package",
    "Perturbation",
    "Problem",
    "Published",
    "Rerendering",
    "Split",
    "Splits",
    "TensorFlowDataset",
    "all_problems",
    "draw_exam",
    "draw_problem",
    "find",
    "usual_problems",
]
