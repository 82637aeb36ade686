"""What every sandbox must do, whatever launches its workers: one suite for the subprocess and for Docker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tfprep.sandbox import Ending, Limits, ModelFacts, PredictJob, Sandbox, pack_inputs
from tfprep.sandbox.host import container_config
from tfprep.sandbox.host.container import DockerSandbox
from tfprep.sandbox.host.worker_client import WorkerClient

from . import jobs
from .broken_workers import SERVES_ON
from .jobs import PATIENT, TEXT, TOKENS, digits, expected, job_with, predict_with, run_script

pytestmark = pytest.mark.slow
TIGHT = Limits(seconds=5)
SMALL = Limits(seconds=120, memory_bytes=2**30)


@pytest.fixture(params=["local", "off_linux", pytest.param("docker", marks=pytest.mark.docker)])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Each of the two in turn, the local one also as it is on macOS."""
    found: Sandbox = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def serves_on() -> Iterator[WorkerClient]:
    """A worker in a container that takes the next script too: starting one takes seconds of each test."""
    with pytest.MonkeyPatch.context() as patch, DockerSandbox() as docker:
        patch.setattr(container_config, "COMMAND", ("-c", SERVES_ON, *container_config.COMMAND[1:]))
        client = docker.launch(PATIENT)
        yield client
        client.close()


@pytest.fixture
def scripts(sandbox: Sandbox, request: pytest.FixtureRequest) -> Sandbox:
    """What runs scripts: each sandbox in turn; in Docker, one worker for all of them."""
    found: Sandbox = request.getfixturevalue("serves_on") if sandbox.name == "docker" else sandbox
    return found


@pytest.fixture(autouse=True)
def the_next_job_is_still_right(sandbox: Sandbox, model_files: Path) -> object:
    """After every test, whatever it did, an honest model predicts as always."""
    yield
    outcome = predict_with(sandbox, model_files, "digits.h5")
    np.testing.assert_allclose(outcome.predictions, expected(model_files, "digits.h5"), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["digits.h5", "digits.keras", "digits", "channel.h5", "frozen.h5", "speak"])
def test_a_model_predicts_in_the_sandbox_as_it_did_where_it_was_made(
    sandbox: Sandbox, model_files: Path, name: str
) -> None:
    outcome = predict_with(sandbox, model_files, name)
    assert outcome.ending is Ending.COMPLETED, outcome
    np.testing.assert_allclose(outcome.predictions, expected(model_files, name), rtol=0, atol=1e-6)


def test_the_same_model_gives_the_same_bits_every_time(sandbox: Sandbox, model_files: Path) -> None:
    first, *others = (
        predict_with(sandbox, model_files, "digits.keras").predictions.tobytes() for _ in range(5)
    )
    assert all(other == first for other in others)


def test_facts_versions_and_timings_come_with_the_predictions(sandbox: Sandbox, model_files: Path) -> None:
    outcome = predict_with(sandbox, model_files, "digits.h5")
    assert outcome.facts.input_shape == "(n, 28, 28)"
    assert outcome.facts.output_shape == "(n, 10)"
    assert outcome.facts.parameters == 28 * 28 * 16 + 16 + 16 * 10 + 10
    assert outcome.facts.saved_by.startswith("Keras 3")
    assert outcome.facts.form == "pixels"
    assert outcome.facts.adaptations == ()
    assert outcome.facts.device.startswith(("CPU", "GPU"))
    assert {"python", "tensorflow", "keras", "numpy", "worker"} <= set(outcome.environment)
    assert 0 < outcome.timings.predict < outcome.timings.total


@pytest.mark.parametrize(
    ("name", "reported"), [("channel.h5", "an axis of length 1 was added"), ("frozen.h5", "batches of 32")]
)
def test_what_was_changed_to_make_the_inputs_fit_is_reported(
    sandbox: Sandbox, model_files: Path, name: str, reported: str
) -> None:
    assert reported in " ".join(predict_with(sandbox, model_files, name).facts.adaptations)


def test_a_model_of_text_gets_text(sandbox: Sandbox, model_files: Path) -> None:
    texts = ["a good film", "a bad film", "", "good good good", "böse 映画"] * 10
    tokens = np.zeros((50, 4), np.int32)
    inputs = pack_inputs({"tokens": tokens, "text": texts}, (TOKENS, TEXT))
    outcome = predict_with(sandbox, model_files, "text.keras", inputs=inputs, outputs=((1,),))
    assert outcome.facts.form == "text", outcome
    np.testing.assert_allclose(outcome.predictions, expected(model_files, "text.keras"), atol=1e-6)


def test_a_model_of_token_ids_gets_token_ids(sandbox: Sandbox, model_files: Path) -> None:
    inputs = pack_inputs({"text": ["x"] * 50, "tokens": np.load(model_files / "tokens.npy")}, (TEXT, TOKENS))
    outcome = predict_with(sandbox, model_files, "tokens.h5", inputs=inputs, outputs=((1,),))
    assert outcome.facts.form == "tokens", outcome
    np.testing.assert_allclose(outcome.predictions, expected(model_files, "tokens.h5"), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "expected_refusal"),
    [
        ("wrong_input.h5", ("input_shape", "(n, 28, 28)", "(n, 20, 20)")),
        ("wrong_output.h5", ("output_shape", "(n, 10)", "(n, 9)")),
        ("two_inputs.h5", ("input_shape", "1 input", "2 inputs")),
    ],
)
def test_another_shape_is_refused_with_expected_against_found(
    sandbox: Sandbox, model_files: Path, name: str, expected_refusal: tuple[str, str, str]
) -> None:
    outcome = predict_with(sandbox, model_files, name)
    assert outcome.ending is Ending.REFUSED
    assert (outcome.refusal.code, outcome.refusal.expected, outcome.refusal.found) == expected_refusal


def test_a_model_with_nan_weights_predicts_nan(sandbox: Sandbox, model_files: Path) -> None:
    outcome = predict_with(sandbox, model_files, "nan.h5")
    assert outcome.ending is Ending.COMPLETED
    assert np.isnan(outcome.predictions).all()


def test_an_endless_graph_runs_out_of_time(sandbox: Sandbox, model_files: Path) -> None:
    outcome = predict_with(sandbox, model_files, "spin", TIGHT)
    assert outcome.ending is Ending.TIMED_OUT
    assert outcome.predictions is None


def test_endless_allocation_in_a_graph_runs_out_of_memory(sandbox: Sandbox, model_files: Path) -> None:
    assert predict_with(sandbox, model_files, "swallow", SMALL).ending is Ending.OUT_OF_MEMORY


def test_what_a_model_prints_is_dropped(sandbox: Sandbox, model_files: Path) -> None:
    assert predict_with(sandbox, model_files, "speak").log == ""


def test_a_model_that_raises_is_refused_without_quoting_an_input(sandbox: Sandbox, model_files: Path) -> None:
    outcome = predict_with(sandbox, model_files, "complain")
    assert outcome.refusal.code == "model_raised"
    assert "0." not in outcome.refusal.message
    assert "0." not in outcome.log


def test_a_lambda_layer_is_refused_with_the_way_out(sandbox: Sandbox, model_files: Path) -> None:
    for name in ("lambda.h5", "lambda.keras"):
        refusal = predict_with(sandbox, model_files, name).refusal
        assert refusal.code == "lambda_layer"
        assert 'model.export("mymodel")' in refusal.message


def test_other_inputs_than_those_before_get_predictions_of_their_own(
    sandbox: Sandbox, model_files: Path
) -> None:
    half = pack_inputs({"pixels": np.load(model_files / "inputs.npy")[:25]}, digits(model_files).forms)
    outcome = predict_with(sandbox, model_files, "digits.h5", inputs=half)
    assert len(outcome.predictions) == 25


def test_extra_inputs_get_the_predictions_that_they_would_get_alone(
    sandbox: Sandbox, model_files: Path
) -> None:
    pixels = np.load(model_files / "inputs.npy")
    extra = pack_inputs({"pixels": pixels[:7][::-1]}, digits(model_files).forms)
    text_only = pack_inputs({"text": ["no pixels"]}, (TEXT,))
    job = replace(job_with(model_files, "digits.h5"), extra_inputs=(extra, text_only))
    outcome = sandbox.predict(job)
    np.testing.assert_allclose(outcome.predictions, expected(model_files, "digits.h5"), atol=1e-6)
    np.testing.assert_allclose(outcome.extra_predictions[0], outcome.predictions[:7][::-1], atol=1e-6)
    assert outcome.extra_predictions[1] is None


def test_a_model_that_fails_at_extra_inputs_keeps_its_predictions(
    sandbox: Sandbox, model_files: Path
) -> None:
    job, unseen = jobs.token_job(model_files)
    outcome = sandbox.predict(replace(job, extra_inputs=(unseen,)))
    np.testing.assert_allclose(outcome.predictions, expected(model_files, "tokens.h5"), atol=1e-6)
    assert outcome.extra_predictions == (None,)


def test_a_model_that_predicts_again_is_not_loaded_again(sandbox: Sandbox, model_files: Path) -> None:
    pixels = np.load(model_files / "inputs.npy")
    extra = pack_inputs({"pixels": pixels[:7][::-1]}, digits(model_files).forms)
    for name in ("digits.h5", "digits.keras", "digits", "frozen.h5"):
        job = job_with(model_files, name)
        first = sandbox.predict(job)
        again = sandbox.predict(
            replace(
                job,
                inputs=extra,
                extra_inputs=(job.inputs, pack_inputs({"text": ["x"]}, (TEXT,))),
                predict_again=True,
            )
        )
        np.testing.assert_allclose(again.predictions, first.predictions[:7][::-1], atol=1e-6)
        np.testing.assert_array_equal(again.extra_predictions[0], first.predictions)
        assert again.extra_predictions[1] is None
        assert again.timings.load == 0 < first.timings.load
        assert again.facts == ModelFacts()


def test_inputs_for_one_model_alone_are_sent_anew_and_not_kept(sandbox: Sandbox, model_files: Path) -> None:
    job = job_with(model_files, "digits.h5")
    first = sandbox.predict(job)
    pixels = np.load(model_files / "inputs.npy")[:12]
    once = replace(pack_inputs({"pixels": pixels}, digits(model_files).forms, (5, 7)), is_kept=False)
    for _ in range(2):
        again = sandbox.predict(replace(job, inputs=once, predict_again=True))
        np.testing.assert_allclose(again.predictions, first.predictions[:12], atol=1e-6)
    assert once.digest not in sandbox._warm._kept_inputs  # type: ignore[attr-defined]


def test_a_model_that_fails_when_it_predicts_again_can_still_be_used(
    sandbox: Sandbox, model_files: Path
) -> None:
    job, unseen = jobs.token_job(model_files)
    first = sandbox.predict(job)
    assert sandbox.predict(replace(job, inputs=unseen, predict_again=True)).refusal.code == "model_raised"
    again = sandbox.predict(replace(job, predict_again=True))
    np.testing.assert_array_equal(again.predictions, first.predictions)


def test_a_model_of_no_earlier_job_is_loaded_though_predict_again_is_set(
    sandbox: Sandbox, model_files: Path
) -> None:
    predict_with(sandbox, model_files, "nan.h5")
    job = replace(job_with(model_files, "digits.h5"), predict_again=True)
    outcome = sandbox.predict(job)
    assert outcome.timings.load > 0
    np.testing.assert_allclose(outcome.predictions, expected(model_files, "digits.h5"), atol=1e-6)


@pytest.mark.parametrize(
    "save",
    [
        'model.save("mymodel.h5")',
        'os.makedirs("saved/last"); model.save("saved/last/other.keras")',
        'model.export(os.environ["TMPDIR"] + "/mymodel")',
    ],
)
def test_a_script_trains_is_watched_and_its_model_predicts(
    sandbox: Sandbox, scripts: Sandbox, model_files: Path, public: Path, save: str
) -> None:
    seen: list[str] = []
    outcome = run_script(scripts, public, jobs.TRAIN.format(save=save), watch=seen.append)
    assert outcome.ending is Ending.COMPLETED, outcome
    assert "rows 2 more __main__ ['script.py']" in seen
    assert "error line" in seen
    assert any(line.startswith("Epoch 2/2") for line in seen)
    assert all(line.isprintable() for line in seen)
    suffix = {"h5": ".h5", "keras": ".keras", "saved_model": ".zip"}[outcome.model_kind.value]
    (public / f"trained{suffix}").write_bytes(outcome.model)
    prediction = sandbox.predict(
        PredictJob(outcome.model_kind, outcome.model, digits(model_files), ((10,),), Limits(120))
    )
    assert prediction.predictions.shape == (50, 10)


@pytest.mark.parametrize(
    ("script", "ending", "reported"),
    [
        ("x = 1\n", (Ending.REFUSED, "no_model_saved"), "mymodel.h5"),
        (
            "def f():\n    return 1 / 0\n\nf()\n",
            (Ending.CRASHED, "raised"),
            "division by zero (line 2",
        ),
        ("import os\nos.abort()\n", (Ending.CRASHED, "crashed"), "SIGABRT"),
        ("import ctypes\nctypes.string_at(0)\n", (Ending.CRASHED, "crashed"), "SIGSEGV"),
        ("import os\nos._exit(0)\n", (Ending.CRASHED, "no_reply"), "it ended itself, as `os._exit(0)`"),
        ("raise SystemExit('Gap 1 is empty')\n", (Ending.CRASHED, "raised"), "Gap 1 is empty"),
        ("if True print(1)\n", (Ending.CRASHED, "raised"), "SyntaxError"),
        ("def f(): return f()\nf()\n", (Ending.CRASHED, "raised"), "RecursionError"),
    ],
)
def test_how_a_script_failed_is_reported(
    scripts: Sandbox, public: Path, script: str, ending: tuple[Ending, str], reported: str
) -> None:
    outcome = run_script(scripts, public, script)
    assert (outcome.ending, outcome.refusal.code) == ending
    assert reported in outcome.refusal.message


def test_a_busy_script_that_ignores_signals_runs_out_of_time(sandbox: Sandbox, public: Path) -> None:
    script = """
import signal
for number in range(1, 32):
    if number not in (9, 19):
        signal.signal(number, signal.SIG_IGN)
print("deaf", flush=True)
while True: pass
"""
    began = time.monotonic()
    outcome = run_script(sandbox, public, script, TIGHT)
    assert outcome.ending is Ending.TIMED_OUT
    assert outcome.log == "deaf"
    assert time.monotonic() - began < 120


def test_a_memory_bomb_takes_itself_down(sandbox: Sandbox, public: Path) -> None:
    script = "kept = []\nwhile True:\n    kept.append(b'x' * 10**8)\n"
    assert run_script(sandbox, public, script, SMALL).ending is Ending.OUT_OF_MEMORY


def test_memory_is_counted_over_all_processes_of_a_job(sandbox: Sandbox, public: Path) -> None:
    script = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        kept = b'x' * (400 * 10**6)
        time.sleep(100)
time.sleep(100)
"""
    assert run_script(sandbox, public, script, SMALL).ending is Ending.OUT_OF_MEMORY


def test_a_script_that_fills_the_disk_is_ended(sandbox: Sandbox, public: Path) -> None:
    script = """
number = 0
while True:
    number += 1
    with open(f"file{number}", "wb") as file:
        file.write(bytes(10**7))
"""
    outcome = run_script(sandbox, public, script, Limits(seconds=120, disk_bytes=2**28))
    assert outcome.ending is Ending.CRASHED
    assert "GiB of files" in outcome.refusal.message or "No space" in outcome.refusal.message


def test_a_reply_larger_than_allowed_does_not_come_back(sandbox: Sandbox, public: Path) -> None:
    script = "open('mymodel.h5', 'wb').write(b'\\x89HDF\\r\\n\\x1a\\n' + bytes(4 * 2**20))"
    outcome = run_script(sandbox, public, script, Limits(seconds=120, reply_bytes=2**20))
    assert outcome.ending is Ending.CRASHED
    assert outcome.model is None


def test_a_forged_frame_on_every_descriptor_is_not_accepted(sandbox: Sandbox, public: Path) -> None:
    script = """
import json, os, struct
forged = {"verb": "done", "end": "finished", "reply": "trained", "kind": "h5", "score": 5}
header = json.dumps(forged).encode()
frame = struct.pack(">IQ", len(header), 5) + header + b"PWNED"
for number in range(0, 4096):
    try:
        os.write(number, frame + frame)
    except OSError:
        pass
"""
    outcome = run_script(sandbox, public, script)
    assert outcome.ending is not Ending.COMPLETED
    assert outcome.model is None


def test_a_job_sees_no_environment_and_no_descriptor_of_the_host(
    sandbox: Sandbox, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFPREP_TEST_SECRET", "hunter2")
    script = """
import os
print("found", [name for name, value in os.environ.items() if "hunter2" in value])
print("first", b"hunter2" in open("/proc/self/environ", "rb").read())
numbers = sorted(int(name) for name in os.listdir("/proc/self/fd"))
print("open", numbers[:4], len(numbers) < 8)
print("home", os.environ["HOME"] == os.getcwd() == os.path.expanduser("~"))
"""
    outcome = run_script(sandbox, public, script)
    assert outcome.log.split("\n")[:4] == ["found []", "first False", "open [0, 1, 2, 3] True", "home True"]


def test_a_process_that_outlives_its_job_does_not(sandbox: Sandbox, model_files: Path, public: Path) -> None:
    script = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            time.sleep(0.1)
    os._exit(0)
time.sleep(0.5)
"""
    began = time.monotonic()
    assert run_script(sandbox, public, script, Limits(seconds=60)).refusal.code == "no_model_saved"
    assert time.monotonic() - began < 60
