"""Real model files with one mistake each, through a real worker: the mistake is named first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tfprep.grader import ScoreCard, grade, read_submission
from tfprep.problems import Dataset
from tfprep.sandbox import Sandbox
from tfprep.sandbox.host.select_sandbox import for_own_work

from .. import warm_python
from . import made

pytestmark = pytest.mark.slow

BUILD = """
import keras, numpy as np
L = keras.layers

def digits(name, scale=1.0, order=range(10), before=()):
    # The label is the bright pixel of the first row; a bias decides where all pixels are too small.
    model = keras.Sequential([keras.Input((28, 28)), *before, L.Flatten(), L.Dense(10, "softmax")])
    weights = np.zeros((784, 10), np.float32)
    weights[np.arange(10), order] = 20 * scale
    model.layers[-1].set_weights([weights, np.eye(10, dtype=np.float32)[0]])
    model.save(name)

digits("digits-honest.h5")
digits("digits-raw.h5", 1 / 255)
digits("digits-rescaled.keras", before=[L.Rescaling(1 / 255)])
digits("digits-permuted.keras", order=[3, 1, 4, 0, 5, 9, 2, 6, 8, 7])
digits("digits-infinite.h5", scale=np.inf)
keras.Sequential([keras.Input((1, 28, 28)), L.Flatten(), L.Dense(10)]).save("digits-channels_first.h5")
keras.Sequential([keras.Input((64, 64, 3)), L.Flatten(), L.Dense(10)]).save("digits-flowers.keras")

last = keras.Sequential([keras.Input((96, 3)), L.Flatten(), L.Dense(24)])
weights = np.zeros((288, 24), np.float32)
weights[285] = 1
last.layers[-1].set_weights([weights, np.zeros(24, np.float32)])
last.save("series-last_value.h5")

words = keras.Sequential([keras.Input((160,), dtype="int32"), L.Embedding(50, 2), L.Flatten(), L.Dense(1)])
words.save("reviews-few_words.keras")
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    warm_python.run(["-c", BUILD], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with for_own_work("local", say=print) as opened:
        yield opened


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dataset]:
    folder = tmp_path_factory.mktemp("data")
    kinds = {"digits": made.digits, "series": made.series, "reviews": made.reviews}
    return {name: make(folder / name) for name, make in kinds.items()}


def card(path: Path, dataset: Dataset, sandbox: Sandbox) -> ScoreCard:
    return grade(read_submission(path, dataset.problem.id, "ann"), dataset, sandbox).card


def test_the_honest_model_beside_them_raises_no_alarm(
    models: Path, data: dict[str, Dataset], sandbox: Sandbox
) -> None:
    honest = card(models / "digits-honest.h5", data["digits"], sandbox)
    assert (honest.score, honest.findings) == (5, ())


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("digits-raw.h5", "forgot_to_rescale"),
        ("digits-rescaled.keras", "rescaled_twice"),
        ("digits-permuted.keras", "labels_permuted"),
        ("digits-infinite.h5", "predictions_not_finite"),
        ("digits-channels_first.h5", "axes_in_another_order"),
        ("digits-flowers.keras", "made_for_another_problem"),
        ("series-last_value.h5", "persistence"),
        ("reviews-few_words.keras", "unseen_token_ids"),
    ],
)
def test_the_mistake_of_a_real_model_is_named_first(
    models: Path, data: dict[str, Dataset], sandbox: Sandbox, model: str, code: str
) -> None:
    assert card(models / model, data[model.split("-", maxsplit=1)[0]], sandbox).findings[0].code == code


def test_a_model_graded_again_gets_the_same_findings(
    models: Path, data: dict[str, Dataset], sandbox: Sandbox
) -> None:
    first, second = (card(models / "digits-raw.h5", data["digits"], sandbox).findings for _ in range(2))
    assert first == second
