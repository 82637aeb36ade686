"""The five problems: what is asked, on which data, and how it is measured."""

from .catalogue import all_problems, find
from .dataset import Dataset, Split
from .problem import (
    Augmentation,
    Band,
    CommonMistakes,
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
    Splits,
    TensorFlowDataset,
)
from .store import DataStore

__all__ = [
    "Augmentation",
    "Band",
    "CommonMistakes",
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
    "Split",
    "Splits",
    "TensorFlowDataset",
    "all_problems",
    "find",
]
