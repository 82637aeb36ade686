"""A worker that waits for the next command: who gets it, what it holds meanwhile, and how it ends."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from tfprep.errors import SandboxUnavailable
from tfprep.home import Home
from tfprep.sandbox import ArtifactKind, Ending, InputForm, Limits, PredictJob, pack_inputs
from tfprep.sandbox.host import kept_worker
from tfprep.sandbox.host.container import DockerSandbox
from tfprep.sandbox.host.kept_worker import DetachedWorker, KeptWorker, KeptWorkers
from tfprep.sandbox.host.local import LocalSandbox, ReattachedTransport
from tfprep.sandbox.worker.worker import INPUTS

MODEL = Path(__file__).parents[2] / "sandbox/host/canary_models/model.h5"
NEVER = 10_000.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a Unix socket; what rests there is ended."""
    made = Path(tempfile.mkdtemp(prefix="tfprep-"))
    yield made / "run"
    KeptWorkers(made / "run", NEVER).end()
    shutil.rmtree(made)


def job() -> PredictJob:
    form = InputForm("plain", (3,), "float32")
    inputs = pack_inputs({form.name: np.ones((4, 3), np.float32)}, (form,))
    return PredictJob(ArtifactKind.H5, MODEL.read_bytes(), inputs, ((1,),), Limits(60))


def answer(folder: Path) -> dict[str, object]:
    """Predict in a sandbox that keeps its worker; what is told of the worker then."""
    with LocalSandbox().keep_worker(KeptWorkers(folder, NEVER)) as sandbox:
        assert sandbox.predict(job()).ending is Ending.COMPLETED
    return look(folder)


def look(folder: Path) -> dict[str, object]:
    """What is told of the worker, once its keeper listens."""
    found: list[dict[str, object]] = []
    wait_until(lambda: bool(found.extend(filter(None, [KeptWorkers(folder, NEVER).look()])) or found))
    return found[0]


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def has_ended(state: dict[str, object]) -> bool:
    """Whether nothing is left of a worker: neither its process nor its folder."""
    try:
        runs = psutil.Process(int(str(state["process"]))).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        runs = False
    return not runs and not Path(str(state["folder"])).exists()


def keeper_of(folder: Path) -> psutil.Process:
    """The process that listens in the folder."""
    named = [
        each
        for each in psutil.process_iter(["cmdline"])
        if f"{folder}/worker.sock" in (each.info["cmdline"] or ())
    ]
    (found,) = named
    return found


def test_the_next_command_gets_the_worker_of_the_last_one_and_it_holds_nothing_of_its_job(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = answer(folder)
    assert not Path(str(first["folder"]), INPUTS).exists()
    assert not any(Path(str(first["folder"]), "jobs").iterdir())
    jobs = psutil.Process(int(str(first["process"]))).children()
    assert all(job.status() == psutil.STATUS_ZOMBIE for job in jobs), "every job has ended"
    assert (folder.stat().st_mode | (folder / "worker.sock").stat().st_mode) & 0o077 == 0
    monkeypatch.setattr(LocalSandbox, "launch", lambda *_: pytest.fail("a new worker was launched"))
    assert answer(folder)["process"] == first["process"]
    assert KeptWorkers(folder, NEVER).end()
    wait_until(lambda: has_ended(first))


def test_a_worker_of_another_kind_is_not_taken_and_ends(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = answer(folder)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    assert KeptWorkers(folder, NEVER).take(LocalSandbox().key()) is None
    wait_until(lambda: has_ended(first))


class Watched(KeptWorkers):
    """Remembers what was told of the workers that it was given."""

    def __init__(self, folder: Path, idle: float) -> None:
        super().__init__(folder, idle)
        self.given: list[dict[str, object]] = []

    def give(self, detached: DetachedWorker, taken: KeptWorker | None) -> bool:
        self.given.append(detached.state)
        return super().give(detached, taken)


@pytest.mark.parametrize(
    ("idle", "life"), [(0.1, NEVER), (NEVER, 0.1)], ids=["nobody asks", "an hour is over"]
)
def test_a_worker_ends_and_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, idle: float, life: float
) -> None:
    monkeypatch.setattr(kept_worker, "LIFE_SECONDS", life)
    kept_workers = Watched(folder, idle)
    with LocalSandbox().keep_worker(kept_workers) as sandbox:
        assert sandbox.predict(job()).ending is Ending.COMPLETED
    (state,) = kept_workers.given
    wait_until(lambda: has_ended(state) and not (folder / "worker.sock").exists())


def test_a_killed_keeper_takes_its_worker_with_it_and_the_next_command_has_its_own(folder: Path) -> None:
    first = answer(folder)
    keeper_of(folder).kill()
    wait_until(lambda: has_ended(first))
    assert answer(folder)["process"] != first["process"]


def test_a_worker_ends_with_a_command_that_ends_without_giving_it_back(folder: Path) -> None:
    state = answer(folder)
    taken = KeptWorkers(folder, NEVER).take(LocalSandbox().key())
    assert taken is not None
    # While it is in use, nobody else gets it.
    assert KeptWorkers(folder, NEVER).take(LocalSandbox().key()) is None
    taken.drop()
    wait_until(lambda: has_ended(state))


def test_a_worker_that_does_not_answer_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = answer(folder)
    worker = psutil.Process(int(str(state["process"])))
    worker.suspend()
    monkeypatch.setattr("tfprep.sandbox.host.worker_sandbox._REST_SECONDS", 0.05)
    with LocalSandbox().keep_worker(KeptWorkers(folder, NEVER)) as sandbox:
        assert sandbox.predict(job()).ending is Ending.COMPLETED
        monkeypatch.setattr("tfprep.sandbox.host.worker_sandbox._REST_SECONDS", 60.0)
    wait_until(lambda: has_ended(state))


def test_a_socket_at_which_nobody_answers_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_worker, "_ANSWER_SECONDS", 0.05)
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(folder / "worker.sock"))
        assert KeptWorkers(folder, NEVER).take("any") is None  # refused
        silent.listen(1)
        assert KeptWorkers(folder, NEVER).take("any") is None  # silent


def test_a_folder_that_others_may_write_is_not_trusted(folder: Path) -> None:
    state = answer(folder)
    folder.chmod(0o777)
    assert KeptWorkers(folder, NEVER).take(str(state["key"])) is None
    folder.chmod(0o700)


def test_a_path_too_long_for_a_socket_keeps_no_worker(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    with LocalSandbox().keep_worker(KeptWorkers(deep, NEVER)) as sandbox:
        assert sandbox.predict(job()).ending is Ending.COMPLETED
    assert KeptWorkers(deep, NEVER).take(sandbox.key()) is None


def test_a_script_s_worker_is_not_kept(folder: Path) -> None:
    sandbox = LocalSandbox().keep_worker(KeptWorkers(folder, NEVER))
    sandbox.close()
    assert not (folder / "worker.sock").exists()


def test_what_is_told_of_a_lost_worker_is_raised_as_such(tmp_path: Path) -> None:
    from tfprep.sandbox.host.worker_client import WorkerClient

    reads, writes = os.pipe()
    os.close(reads)
    nothing = os.open(os.devnull, os.O_RDWR)
    state = {"process": 2**22 + 1, "born": "", "folder": str(tmp_path / "none")}
    with pytest.raises(SandboxUnavailable):
        WorkerClient.reattached(
            ReattachedTransport(DetachedWorker(state, [writes, os.dup(nothing), nothing])), {}, 1.0
        )


def test_doctor_tells_that_one_waits(folder: Path) -> None:
    from tfprep.grader.home_checks import check_home

    state = answer(folder)
    rows = {
        each.part: each.found
        for each in check_home(Home(folder.parent, f"sqlite:///{folder.parent}/ledger.db", "ada"))
    }
    assert rows["worker"] == f"One waits for the next command: process {state['process']}."


@pytest.mark.docker
def test_in_docker_the_same_container_serves_the_next_command(folder: Path) -> None:
    containers = []
    for _ in range(2):
        with DockerSandbox().keep_worker(KeptWorkers(folder, NEVER)) as sandbox:
            assert sandbox.predict(job()).ending is Ending.COMPLETED
        containers.append(look(folder)["container"])
    assert containers[0] == containers[1]
    assert KeptWorkers(folder, NEVER).end()
    with DockerSandbox() as sandbox:
        wait_until(lambda: not sandbox._client.containers(all=True, filters={"id": containers[0]}))
