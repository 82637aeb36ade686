"""Problem 13: is the solar cell sound?"""

from ..metrics import accuracy, at_half, most_likely
from ..problem import Band, Category, DataSource, Output, Package, Problem
from .common_mistakes import common_mistakes
from .data import CELLS, split_package

BANDS = (
    Band(5, at_least=0.805),
    Band(4, at_least=0.785),
    Band(3, at_least=0.76),
    Band(2, at_least=0.735),
    Band(1, at_least=0.71),
)

problem = Problem(
    package=__name__,
    title="Solar cells",
    task="Tell from the light of a solar cell whether it is sound, with a convolutional network.",
    inputs=(CELLS.input,),
    outputs=(
        Output((1,), "the probability that the cell is sound", at_half),
        Output((), "the probability that the cell is sound", at_half),
        Output((2,), "the probabilities of defective and sound", most_likely),
    ),
    metric=accuracy,
    data_sources=(
        DataSource(
            "package",
            Package(
                requirement="elpv-dataset==1.0.0.post1",
                sha256="85e31c1126ee9b48e62d3a0232c58f58b2d189b0814a45c13642fa0415af4a4c",
                member="elpv_dataset/data",
                size="91 MB",
                licence="CC BY-NC-SA 4.0 (the photographs), Apache-2.0 (the package): not for commercial use",
            ),
            split_package,
            BANDS,
        ),
        DataSource("own", CELLS.own_files, CELLS.split_own, BANDS),
    ),
    category=Category.C,
    trains="convolutions on grey photographs, two classes of unequal size, augmentation",
    starter=CELLS.starter(
        headline="IS THE SOLAR CELL SOUND?",
        task="tells from a photograph of a solar cell whether it is sound or defective.",
        what="grey photographs from 0 (black) to 1 (white)",
        output='(1,) from 0 (defective) to 1 (sound), as Dense(1, activation="sigmoid") gives it; or (2,) '
        'as Dense(2, activation="softmax") gives it, in the order of class_names',
        metric="accuracy, on cells that your model has never seen",
        last_layer='Dense(1, activation="sigmoid")',
    ),
    common_mistakes=common_mistakes,
)
