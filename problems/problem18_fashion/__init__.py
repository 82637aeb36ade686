"""Problem 18: which piece of clothing is it?"""

from ..metrics import accuracy, most_likely
from ..problem import Band, Category, DataSource, Output, Package, Problem, Published, TensorFlowDataset
from .common_mistakes import common_mistakes
from .data import CLOTHES, split_package

BANDS = (
    Band(5, at_least=0.88),
    Band(4, at_least=0.865),
    Band(3, at_least=0.845),
    Band(2, at_least=0.81),
    Band(1, at_least=0.74),
)

problem = Problem(
    package=__name__,
    title="Clothes",
    task="Tell which of ten kinds of clothing is on a photograph, from its 28x28 pixels.",
    inputs=(CLOTHES.input,),
    outputs=(Output((10,), "one probability per kind", most_likely),),
    metric=accuracy,
    data_sources=(
        DataSource(
            "tfds",
            TensorFlowDataset("fashion_mnist", ("train", "test"), size="30 MB", licence="MIT"),
            CLOTHES.split_tfds,
            BANDS,
        ),
        DataSource(
            "package",
            Package(
                requirement="dataset-fashion-mnist=0.0~git20200523.55506a9-1",
                sha256="39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0",
                member="usr/share/datasets/fashion-mnist",
                size="31 MB",
                licence="Expat (Zalando SE)",
                index="Debian",
            ),
            split_package,
            BANDS,
        ),
        DataSource("own", CLOTHES.own_files, CLOTHES.split_own, BANDS),
    ),
    category=Category.B,
    trains="convolutions and pooling, where a dense network is not enough",
    starter={
        "kind": "npz",
        "headline": "WHICH PIECE OF CLOTHING IS IT?",
        "task": "tells clothes apart.",
        "things": "clothes",
        "names": ",\n    ".join(f'"{name}"' for name in CLOTHES.classes),
        "file": CLOTHES.file,
        "metric": "accuracy, on clothes that your model has never seen",
    },
    published=Published(
        (Band(5, at_least=0.89),), "practice sets for the certificate ask for this validation accuracy"
    ),
    common_mistakes=common_mistakes,
)
