"""The five problems: what is asked, on which data, and how it is measured."""

from ..files.secrets import read_or_make_random_bytes, read_or_make_secret
from .catalogue import all_problems, find
from .common_mistakes import Baseline, Clues, Paraphrase, Variant
from .dataset import Counts, Dataset, Part
from .problem import (
    CLASSES,
    Answers,
    Band,
    Edition,
    Exam,
    Input,
    Metric,
    Output,
    OwnFiles,
    Package,
    Parts,
    Problem,
    Questions,
    TensorFlowDataset,
)
from .sources import Sources
from .store import DataStore

__all__ = [
    "CLASSES",
    "Answers",
    "Band",
    "Baseline",
    "Clues",
    "Counts",
    "DataStore",
    "Dataset",
    "Edition",
    "Exam",
    "Input",
    "Metric",
    "Output",
    "OwnFiles",
    "Package",
    "Paraphrase",
    "Part",
    "Parts",
    "Problem",
    "Questions",
    "Sources",
    "TensorFlowDataset",
    "Variant",
    "all_problems",
    "find",
    "read_or_make_random_bytes",
    "read_or_make_secret",
]
