"""The worker as a subprocess: it goes with its host, and its own loss is our fault, never the learner's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from tfprep.errors import SandboxUnavailable
from tfprep.sandbox import ArtifactKind, Ending, InputForm, Limits, PredictJob, pack_inputs
from tfprep.sandbox.host.local import LocalSandbox

from .jobs import predict_with, run_script

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("cold_start")]


@pytest.fixture
def fresh() -> Iterator[LocalSandbox]:
    """A local sandbox of one's own."""
    with LocalSandbox() as sandbox:
        yield sandbox


def workers_of(process: int) -> list[int]:
    """The ids of running processes that descend from a process."""
    try:
        found = psutil.Process(process).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [each.pid for each in found if runs(each)]


def runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: object, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_killed_in_the_middle_of_a_job_is_our_fault_and_the_next_job_works(
    fresh: LocalSandbox, model_files: Path
) -> None:
    before = set(workers_of(os.getpid()))
    predict_with(fresh, model_files, "digits.h5")
    # The model stays loaded, in a process of its own.
    new = set(workers_of(os.getpid())) - before
    (worker,) = {child.pid for child in psutil.Process().children()} & new
    (stays,) = new - {worker}

    def kill_once_busy() -> None:
        wait_until(lambda: set(workers_of(worker)) - {stays})
        os.kill(worker, signal.SIGKILL)

    killer = threading.Thread(target=kill_once_busy)
    killer.start()
    with pytest.raises(SandboxUnavailable, match="lost"):
        predict_with(fresh, model_files, "spin", Limits(seconds=60))
    killer.join()
    assert predict_with(fresh, model_files, "digits.h5").predictions is not None


def test_a_warm_worker_serves_many_models_and_a_script_gets_one_of_its_own(
    fresh: LocalSandbox, model_files: Path, public: Path
) -> None:
    first = predict_with(fresh, model_files, "digits.h5")
    assert first.timings.start > 0
    assert predict_with(fresh, model_files, "digits.keras").timings.start == 0
    for _ in range(2):
        outcome = run_script(fresh, public, "import sys\nprint('tensorflow' in sys.modules)")
        assert outcome.timings.start > 0
        assert outcome.log == "False", "its start is quick"
        assert outcome.environment == first.environment, "the cards of an evening name one"
    assert predict_with(fresh, model_files, "digits.h5").timings.start == 0


SAVES_ELSEWHERE = """
import os, tempfile
import keras
print("home", keras.config.keras_home() if hasattr(keras.config, "keras_home") else os.environ["KERAS_HOME"])
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
with tempfile.TemporaryDirectory(dir="/tmp") as elsewhere:
    pass
os.mkdir(elsewhere)
model.save(elsewhere + "/mymodel.keras")
"""


def test_what_a_script_imports_is_made_ready_for_it_and_says_nothing_of_its_own(
    fresh: LocalSandbox, public: Path
) -> None:
    """Where Keras saves a model is noted from the script's first import on."""
    outcome = run_script(fresh, public, SAVES_ELSEWHERE)
    assert outcome.ending is Ending.COMPLETED, outcome
    assert outcome.model_kind is ArtifactKind.KERAS
    home, taken = outcome.log.split("\n")
    assert home.endswith(".keras")
    assert taken.startswith("The model is taken from /tmp/")


def test_nothing_is_left_when_the_sandbox_is_closed(
    model_files: Path, public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(workers_of(os.getpid()))
    with LocalSandbox() as sandbox:
        predict_with(sandbox, model_files, "digits.h5")
        run_script(sandbox, public, "open('left', 'w').write('x')")
        assert set(workers_of(os.getpid())) - before
        assert list(tmp_path.glob("tfprep-*"))
    assert set(workers_of(os.getpid())) <= before
    assert not list(tmp_path.glob("tfprep-*"))


def test_a_killed_host_takes_its_worker_and_the_running_job_along(public: Path, tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from tfprep.sandbox import Limits, TrainJob
from tfprep.sandbox.host.local import LocalSandbox
with LocalSandbox() as sandbox:
    script = b"import os, time\\nprint('up', flush=True)\\nif os.fork() == 0: os.setsid()\\ntime.sleep(1000)"
    job = TrainJob(script, Path(sys.argv[1]), Limits(600), watch=lambda line: print(line, flush=True))
    sandbox.train(job)
"""
    path = {
        **os.environ,
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
    }
    host = subprocess.Popen([sys.executable, "-c", program, str(public)], stdout=subprocess.PIPE, env=path)
    with host:
        assert host.stdout is not None
        assert host.stdout.readline() == b"up\n"
        wait_until(lambda: len(workers_of(host.pid)) == 3)
        tree = workers_of(host.pid)
        host.kill()
    wait_until(lambda: not [each for each in psutil.process_iter() if each.pid in tree and runs(each)])
    wait_until(lambda: not list(tmp_path.glob("tfprep-*")))


def test_a_job_finds_no_file_of_the_job_before(fresh: LocalSandbox, public: Path) -> None:
    first = run_script(fresh, public, "import os\nopen('secret', 'w').write('x')\nprint(os.getcwd())")
    place = first.log.split("\n")[0]
    second = run_script(
        fresh, public, f"import os\nprint(os.path.exists({place!r}), sorted(os.listdir('.')))"
    )
    assert second.log == "False ['data', 'script.py']"


def test_a_worker_that_cannot_start_says_why(fresh: LocalSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfprep.sandbox.host.local._WORKER", Path("/nowhere"))
    with pytest.raises(SandboxUnavailable, match="nowhere") as raised:
        fresh.launch(Limits(1))
    assert raised.value.remedy


def test_hidden_inputs_are_readable_by_their_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfprep.sandbox.host.local._WORKER", Path(__file__).parent / "misbehaving_jobs.py")
    monkeypatch.setattr("tfprep.sandbox.host.worker_sandbox.check_canary", lambda client, kind: None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = os.umask(0)
    try:
        with LocalSandbox() as sandbox:
            inputs = pack_inputs({"a": np.zeros((1, 2), np.float32)}, (InputForm("a", (2,), "float32"),))
            sandbox.predict(PredictJob(ArtifactKind.H5, b"honest", inputs, ((1,),), Limits(60)))
            (root,) = tmp_path.glob("tfprep-*")
            kept = [root, *root.rglob("*")]
            assert inputs.digest in {path.name for path in kept}
            assert {path.name for path in kept if path.lstat().st_mode & 0o077} == set()
    finally:
        os.umask(before)


def test_without_linux_s_own_calls_jobs_run_one_after_the_other(
    model_files: Path, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfprep.sandbox.host.local._WORKER", Path(__file__).parent / "worker_off_linux.py")
    before = set(workers_of(os.getpid()))
    with LocalSandbox() as sandbox:
        for name in ("digits.h5", "digits.keras"):
            outcome = predict_with(sandbox, model_files, name)
            assert outcome.predictions is not None, outcome
            assert outcome.environment["platform"] == "off Linux"
        assert run_script(sandbox, public, "print('trained')").log == "trained"
        with_child = "import os, time\nos.fork()\ntime.sleep(100)"
        assert run_script(sandbox, public, with_child, Limits(2)).ending is Ending.TIMED_OUT
        assert predict_with(sandbox, model_files, "digits.h5").predictions is not None
    assert set(workers_of(os.getpid())) <= before
