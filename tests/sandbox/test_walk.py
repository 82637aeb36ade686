"""The walk over everything that is built in: its sample in the zoo. See tests/zoo/walk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .. import warm_python
from ..zoo.walk.sample import files

ROOT = Path(__file__).parents[2]
REFUSED = {
    "tf2.15/BatchNormalization.virtual.functional.RMSprop.h5": (
        "which Keras 2.15.0 wrote: Unrecognized keyword arguments passed to BatchNormalization: "
        "{'virtual_batch_size': 1}."
    ),
    "tf2.2/activation.tf_nn.l2_normalize.based.untrained.h5": (
        "needs 'l2_normalize_v2' that Keras does not have: it has the name of a function of TensorFlow"
    ),
}
"""Files that are not read, and the reason that is told."""
TOLD = {
    "keras3.8/Discretization.based.SGD.export.zip": "makes whole numbers of the inputs of a Discretization",
    "tf2.12/AdditiveAttention.causal.functional.untrained.keras": "keeps no `causal` of AdditiveAttention",
    "tf2.12/Normalization.invert.based.Adam.h5": "keeps no `invert` of Normalization",
}
"""Files that do not hold what the model in memory did, and what the card says of it."""


@pytest.fixture(scope="module")
def answered() -> dict[str, dict[str, Any]]:
    """How every file of the sample is answered, in one process: TensorFlow is loaded there and not here."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": f"{ROOT}:{ROOT / '.src'}"}
    done = warm_python.run(["-m", "tests.zoo.walk.sample"], check=True, env=os.environ | quiet, cwd=ROOT)
    lines: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted(set(files()) - set(REFUSED) - set(TOLD)))
def test_a_file_of_an_old_release_predicts_as_its_writer_did(
    answered: dict[str, dict[str, Any]], file: str
) -> None:
    assert answered[file]["result"] == "equal", answered[file]


@pytest.mark.slow
@pytest.mark.parametrize("file", REFUSED)
def test_a_file_that_is_not_read_is_refused_for_the_true_reason_with_the_way_out(
    answered: dict[str, dict[str, Any]], file: str
) -> None:
    assert answered[file]["result"] == "refused"
    assert REFUSED[file] in answered[file]["sentence"]
    assert 'model.export("mymodel")' in answered[file]["sentence"]


@pytest.mark.slow
@pytest.mark.parametrize("file", TOLD)
def test_a_file_that_lost_an_option_says_so_on_the_card(
    answered: dict[str, dict[str, Any]], file: str
) -> None:
    assert answered[file]["result"] == "told"
    assert TOLD[file] in answered[file]["sentence"]


@pytest.mark.slow
def test_every_layer_of_today_s_keras_is_in_the_walk_or_says_why_not() -> None:
    program = "import layer_table; print(len(list(layer_table.recipes())), layer_table.without_recipe())"
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    folder = ROOT / "tests" / "zoo" / "walk"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, check=True, env=os.environ | quiet, cwd=folder)
    count, _, missing = done.stdout.decode().splitlines()[-1].partition(" ")
    assert missing == "[]"
    assert int(count) > 300
