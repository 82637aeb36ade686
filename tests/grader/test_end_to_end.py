"""Real model files through a real worker: the whole walk from a file to a recorded score."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tfprep.grader import Graded, Verdict, grade, read_submission
from tfprep.grader.ledger import Ledger
from tfprep.problems import Dataset
from tfprep.sandbox import Sandbox
from tfprep.sandbox.host.select_sandbox import for_own_work

from .. import warm_python
from .examples import make_mnist

pytestmark = pytest.mark.slow

BUILD = """
import keras, numpy as np
from pathlib import Path

model = keras.Sequential()
model.add(keras.Input((28, 28)))
model.add(keras.layers.Flatten())
model.add(keras.layers.Dense(10, activation="softmax"))
weights = np.zeros((784, 10), np.float32)
weights[np.arange(10), np.arange(10)] = 5  # the label stands in the picture's first row
model.layers[-1].set_weights([weights, np.zeros(10, np.float32)])
"""
SAVE = """
model.save("mymodel.h5")
model.save("mymodel.keras")
model.export("mymodel")
model.layers[-1].set_weights([weights * np.nan, np.zeros(10, np.float32)])
model.save("broken.h5")
keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(10)]).save("colour.h5")
"""
SCRIPT = """
print(Path("data/notes.txt").read_text())
model.save("mymodel.keras")
"""


@pytest.fixture(scope="module")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_mnist(tmp_path_factory.mktemp("data"), hidden=2_000)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    warm_python.run(["-c", BUILD + SAVE], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with for_own_work("local", say=print) as opened:
        yield opened


def graded(path: Path, mnist: Dataset, sandbox: Sandbox) -> Graded:
    return grade(read_submission(path, "problem2", "ann"), mnist, sandbox)


def test_the_same_file_scores_bit_identically_twenty_times(
    mnist: Dataset, models: Path, sandbox: Sandbox
) -> None:
    results = [graded(models / "mymodel.h5", mnist, sandbox) for _ in range(20)]
    first = results[0]
    assert first.card.verdict is Verdict.PASSED
    assert first.predictions is not None
    for result in results[1:]:
        assert result.predictions is not None
        assert result.predictions.tobytes() == first.predictions.tobytes()
        assert result.card.value == first.card.value
        assert result.card.interval == first.card.interval
        assert result.card.fingerprints == first.card.fingerprints


@pytest.mark.parametrize("name", ["mymodel.h5", "mymodel.keras", "mymodel"])
def test_every_format_earns_the_same_and_is_recorded(
    mnist: Dataset, models: Path, sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    result = graded(models / name, mnist, sandbox)
    assert (result.card.score, result.card.value) == (5, 1.0)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        record = ledger.record(result)
        assert ledger.read(record.number).card == result.card
        kept = ledger.predictions(record.number)
    assert kept is not None
    assert np.array_equal(kept, result.predictions)


def test_a_model_with_nan_weights_is_invalid_not_zero(mnist: Dataset, models: Path, sandbox: Sandbox) -> None:
    card = graded(models / "broken.h5", mnist, sandbox).card
    assert (card.verdict, card.score) == (Verdict.INVALID, None)
    assert "2,000 of 2,000 predictions are NaN" in card.reason


def test_a_model_for_other_pictures_is_told_expected_and_found(
    mnist: Dataset, models: Path, sandbox: Sandbox
) -> None:
    card = graded(models / "colour.h5", mnist, sandbox).card
    assert (card.verdict, card.score) == (Verdict.INVALID, None)
    assert "28" in card.reason
    assert "32" in card.reason


def test_a_training_script_is_trained_beside_the_public_data_and_graded(
    mnist: Dataset, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "starter.py").write_text(BUILD + SCRIPT)
    lines: list[str] = []
    submission = read_submission(tmp_path / "starter.py", "problem2", "ann")
    card = grade(submission, mnist, sandbox, watch=lines.append).card
    assert (card.verdict, card.score) == (Verdict.PASSED, 5)
    assert any("public data" in line for line in lines)
    assert card.timings.train > 0
