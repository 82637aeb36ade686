"""The five problems: what is asked, on which data, and how it is measured."""

from .catalogue import all_problems, find
from .common_mistakes import Augmentation, CommonMistakes, Perturbation
from .dataset import Dataset, Split
from .problem import (
    Band,
    Input,
    Inputs,
    LabelledSet,
    Labels,
    Metric,
    Output,
    OwnFiles,
    Package,
    Problem,
    Splits,
    TensorFlowDataset,
)
from .sources import Sources
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
    "Sources",
    "Split",
    "Splits",
    "TensorFlowDataset",
    "all_problems",
    "find",
]
