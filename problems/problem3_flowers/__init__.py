"""Problem 3: which flower is in the photograph?"""

from ..metrics import accuracy, most_likely
from ..problem import (
    CLASSES,
    Band,
    Category,
    DataSource,
    Output,
    Package,
    Problem,
    TensorFlowDataset,
)
from .common_mistakes import common_mistakes
from .data import FLOWERS, split_package

FIVE_KINDS = (
    Band(5, at_least=0.67),
    Band(4, at_least=0.61),
    Band(3, at_least=0.54),
    Band(2, at_least=0.45),
    Band(1, at_least=0.35),
)
"""For thousands of photographs of five kinds."""

TEN_KINDS = (
    Band(5, at_least=0.50),
    Band(4, at_least=0.42),
    Band(3, at_least=0.34),
    Band(2, at_least=0.25),
    Band(1, at_least=0.17),
)
"""For two hundred photographs of ten kinds."""

problem = Problem(
    package=__name__,
    title="Flowers",
    task="Name the kind of flower in a colour photograph, with a convolutional network.",
    inputs=(FLOWERS.input,),
    outputs=(
        Output((CLASSES,), "one probability per kind, in the order of the folders' names", most_likely),
    ),
    metric=accuracy,
    data_sources=(
        DataSource(
            "tfds",
            TensorFlowDataset(
                "tf_flowers",
                ("train",),
                size="220 MB",
                licence="CC BY 2.0, photographers named in the set's LICENSE.txt",
            ),
            FLOWERS.split_tfds,
            FIVE_KINDS,
        ),
        DataSource(
            "package",
            Package(
                requirement="clustimage==1.3.0",
                sha256="0b236d65187f713c9facb3327ca360308c2b2f00f2ec17cf669ac1982b12cb82",
                member="clustimage/data/flower_images.zip",
                size="23 MB",
                licence="MIT (the package); rights in the photographs are not stated",
            ),
            split_package,
            TEN_KINDS,
        ),
        DataSource("own", FLOWERS.own_files, FLOWERS.split_own, FIVE_KINDS),
    ),
    category=Category.C,
    trains="convolutions, augmentation, overfitting; a pretrained base",
    common_mistakes=common_mistakes,
)
