"""Problem 14: which line is it?"""

from ..metrics import mean_squared_error, without_last_axis
from ..problem import Band, Category, DataSource, Generated, Output, Problem, Published
from .common_mistakes import common_mistakes
from .data import TABLE, make

BANDS = (
    Band(5, at_most=0.001),
    Band(4, at_most=0.01),
    Band(3, at_most=0.1),
    Band(2, at_most=1.0),
    Band(1, at_most=10.0),
)

problem = Problem(
    package=__name__,
    title="A straight line",
    task="Find the straight line that points lie on: the warm-up, of one number and a single layer.",
    inputs=(TABLE.input("one number"),),
    outputs=(
        Output((1,), "the line's y at x", without_last_axis),
        Output((), "the line's y at x"),
    ),
    metric=mean_squared_error("y"),
    data_sources=(
        DataSource("generated", Generated("a line of this home's own"), make, BANDS),
        DataSource("own", TABLE.own_files, TABLE.split_own, BANDS),
    ),
    category=Category.A,
    trains="one layer, the learning rate, training to the end",
    published=Published(
        (Band(5, at_most=0.001),), "practice sets for the certificate ask for an error below 1e-3"
    ),
    starter=TABLE.starter(
        headline="WHICH LINE IS IT?",
        task="tells y from x. The points lie on a straight line, and no two learners have the same one.",
        output="(1,) y",
        metric="mean squared error, on points of the line that your model has never seen",
        last_layer="Dense(1)",
    ),
    common_mistakes=common_mistakes,
)
