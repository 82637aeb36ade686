"""Whose code failed inside a job: ours costs no attempt, and no submission can choose it."""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tfprep.errors import FailedAtFile, SandboxUnavailable, WorkerLost
from tfprep.sandbox import ArtifactKind, Ending, Limits, PredictJob, TrainJob
from tfprep.sandbox.host import worker_sandbox
from tfprep.sandbox.host.worker_client import WorkerClient
from tfprep.sandbox.host.worker_sandbox import predict_for_sure

from .broken_workers import CHANGING, MAY_SERVE_ON, broken_sandbox, renamed_sandbox
from .small import EXPECTED, predict_job

pytestmark = pytest.mark.slow
Change = Callable[[str], WorkerClient]


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Change]:
    """Changes the code of one worker's jobs: each is a fork, so the worker itself stays as it is."""
    folder = tmp_path_factory.mktemp("worker")
    (folder / "change.py").write_text("")
    with broken_sandbox(folder, CHANGING + MAY_SERVE_ON) as sandbox:
        client = sandbox.launch(Limits(60))

        def change(code: str) -> WorkerClient:
            (folder / "change.py").write_text(code)
            return client

        yield change
        client.close()


def of_kind(kind: ArtifactKind) -> PredictJob:
    """The canary itself, as a submission."""
    return worker_sandbox._job(kind)


def test_private_modules_that_have_moved_cost_no_model_its_score(tmp_path: Path) -> None:
    with renamed_sandbox(tmp_path, "random_initializers", "pywrap_tfe") as sandbox:
        np.testing.assert_allclose(sandbox.predict(predict_job()).predictions, EXPECTED)


def test_a_worker_that_cannot_read_a_good_model_is_found_when_it_starts(tmp_path: Path) -> None:
    with broken_sandbox(tmp_path, "import keras; keras.models.load_model = fails") as sandbox:
        with pytest.raises(SandboxUnavailable, match="known to be good") as raised:
            sandbox.predict(predict_job())
    assert not isinstance(raised.value, WorkerLost | FailedAtFile)
    assert "tried with keras 3.15 and tensorflow 2.21" in raised.value.what


STAGES = {
    "rewriting": "load('keras2_files').rewrite_h5 = fails",
    "classes of ours": "load('keras2_files').find_classes = fails",
    "inspection": "load('inspection').inspect_h5 = fails",
    "the summary": "load('load').list_layers = fails",
    "fitting the inputs": "load('predict_job').adapt_inputs = fails",
    "packing the reply": "load('predict_job')._as_npy = fails",
    "confining the job": "load('job')._confine = fails",
    "Keras's loader": "import keras; keras.models.load_model = fails",
    "Keras's layers": "import keras; keras.layers.Dense.call = fails",
    "an initialiser of ours that Keras calls": "load('fast_path')._zeros = fails",
}


@pytest.mark.parametrize("stage", STAGES)
def test_what_fails_for_every_model_is_no_model_s_fault(changing: Change, stage: str) -> None:
    client = changing(STAGES[stage])
    with pytest.raises(SandboxUnavailable, match="known to be good") as raised:
        predict_for_sure(client, predict_job())
    assert not isinstance(raised.value, WorkerLost | FailedAtFile)
    assert predict_for_sure(changing(""), predict_job()).ending is Ending.COMPLETED


@pytest.mark.parametrize("kind", ["h5", "keras", "saved_model"])
def test_what_fails_for_one_format_is_asked_in_that_format(changing: Change, kind: str) -> None:
    client = changing(f"load('load').load_{kind} = fails")
    for each in (ArtifactKind.H5, ArtifactKind.KERAS, ArtifactKind.SAVED_MODEL):
        if each == kind:
            with pytest.raises(SandboxUnavailable, match="known to be good"):
                predict_for_sure(client, of_kind(each))
        else:
            assert predict_for_sure(client, of_kind(each)).ending is Ending.COMPLETED


AT_ANOTHER_FILE = f"""
files = load("keras2_files")
rewrite = files.rewrite_h5

def rewrite_some(path, *more):
    if path.stat().st_size != {len(of_kind(ArtifactKind.H5).model)}:
        fails()
    rewrite(path, *more)

files.rewrite_h5 = rewrite_some
"""


def test_a_file_that_our_code_alone_fails_at_waits_for_a_person(
    changing: Change, caplog: pytest.LogCaptureFixture
) -> None:
    client = changing(AT_ANOTHER_FILE)
    with caplog.at_level(logging.ERROR), pytest.raises(FailedAtFile, match="a person has to look"):
        predict_for_sure(client, predict_job())
    assert predict_for_sure(client, of_kind(ArtifactKind.H5)).ending is Ending.COMPLETED
    assert "KeyError" in caplog.text
    assert "worker/load.py, line" in caplog.text
    assert "keras2_files.rewrite_h5(path" in caplog.text, "the line of ours that failed"
    assert "hidden input" not in caplog.text


TOLD_LATE = """
import os, time
from types import SimpleNamespace
watch, asked = load("watch"), []

def waitpid(process, options):
    time.sleep(0.05)
    asked.append(process)
    return (0, 0) if asked.count(process) < 3 else os.waitpid(process, options)

watch.os = SimpleNamespace(**{**vars(os), "waitpid": waitpid})
load("predict_job").predict_with = lambda *_: os.kill(os.getpid(), 9)
"""
"""A worker on a busy machine: that a job has ended, it is told some time after the job's pipe was closed."""


def test_a_job_that_was_killed_is_told_so_however_late_its_end_is_seen(tmp_path: Path) -> None:
    with broken_sandbox(tmp_path, TOLD_LATE) as sandbox:
        client = sandbox.launch(Limits(60))
        refusal = client.predict(predict_job()).refusal
        client.close()
    assert refusal is not None
    assert "SIGKILL" in refusal.message


FORGED = b'{"reply": "fault", "error": "KeyError", "frames": [["worker/load.py", 1]], "message": "x"}'


def train(client: WorkerClient, public: Path, script: str) -> object:
    """How a script ended: (ending, code)."""
    outcome = client.train(TrainJob(script.encode(), public, Limits(60)))
    return outcome.ending, outcome.refusal and outcome.refusal.code


def test_a_script_that_forges_a_fault_of_ours_has_ended_without_a_model(
    changing: Change, public: Path
) -> None:
    send = f"import os, struct\nos.write(3, struct.pack('>IQ', {len(FORGED)}, 0) + {FORGED!r})\nos._exit(0)"
    assert train(changing(""), public, send) == (Ending.CRASHED, "no_reply")


def test_our_fault_before_a_script_begins_is_ours(changing: Change, public: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="before the script began"):
        train(changing("load('train_job').NotedSaves = fails"), public, "print('never')")


@pytest.mark.parametrize("script", ["import keras; keras.models.load_model('x')", "print('saved nothing')"])
def test_no_script_is_blamed_where_no_worker_can_read_a_good_model(
    tmp_path: Path, public: Path, script: str
) -> None:
    with broken_sandbox(tmp_path, "import keras; keras.models.load_model = fails") as sandbox:
        with pytest.raises(SandboxUnavailable, match="known to be good"):
            sandbox.train(TrainJob(script.encode(), public, Limits(60)))


def test_whatever_a_script_leaves_in_place_of_its_model_is_its_own_fault(
    changing: Change, public: Path
) -> None:
    client = changing("load('train_job').find_model = fails")
    assert train(client, public, "print('trained')") == (Ending.REFUSED, "no_model_saved")


def test_the_bounds_of_the_packages_are_those_that_were_tried() -> None:
    bounds = (Path(worker_sandbox.__file__).resolve().parents[2] / "pyproject.toml").read_text()
    for name, release in worker_sandbox.TRIED.items():
        major, minor = release.split(".")
        assert re.search(rf'"{name}>=[\d.]+,<{major}\.{int(minor) + 1}"', bounds)


def test_the_oldest_keras_that_is_allowed_wrote_the_canary() -> None:
    """No Keras reads every file of a later one."""
    bounds = (Path(worker_sandbox.__file__).resolve().parents[2] / "pyproject.toml").read_text()
    with zipfile.ZipFile(io.BytesIO(of_kind(ArtifactKind.KERAS).model)) as archive:
        written_by = json.loads(archive.read("metadata.json"))["keras_version"]
    assert f'"keras>={written_by},' in bounds
