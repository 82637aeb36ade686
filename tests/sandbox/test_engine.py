"""What can happen to an engine: it is restarted in the middle of a job, its disk is full, it is remote."""

from __future__ import annotations

import io
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from tfprep.errors import SandboxUnavailable
from tfprep.sandbox import Ending
from tfprep.sandbox.host.container import DockerOptions, DockerSandbox
from tfprep.sandbox.host.engine import connect
from tfprep.sandbox.host.image import Accelerator, look_up

from .private_engine import PrivateEngine, free_port, make_certificates, private_folder
from .small import EXPECTED, predict_job, train_job

pytestmark = [pytest.mark.docker, pytest.mark.slow]
OPTIONS = DockerOptions(gpus="none")


@dataclass(frozen=True)
class Engine:
    """One with the sandbox's image, at two addresses."""

    private: PrivateEngine
    certificates: Path
    port: int


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Started once for this module: the image has gigabytes."""
    with private_folder() as place:
        certificates, port = place / "certificates", free_port()
        make_certificates(certificates)
        secured = [
            "--host", f"tcp://127.0.0.1:{port}", "--tlsverify", "--tlscacert", str(certificates / "ca.pem"),
            "--tlscert", str(certificates / "server.pem"), "--tlskey", str(certificates / "server-key.pem"),
        ]  # fmt: skip
        private = PrivateEngine(place, place / "data", secured)
        try:
            private.start_with(Accelerator.CPU.tag)
            yield Engine(private, certificates, port)
        finally:
            private.stop()


def assert_predicts(sandbox: DockerSandbox) -> None:
    """Fails unless the sandbox's predictions for the small job are right."""
    outcome = sandbox.predict(predict_job())
    assert outcome.ending is Ending.COMPLETED, outcome
    assert outcome.predictions is not None
    np.testing.assert_allclose(outcome.predictions, EXPECTED)


# The `docker` package forgets the sockets of connections that broke.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_engine_restarted_in_the_middle_of_a_job_is_our_fault_and_the_next_job_runs(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine.private.host)
    began = threading.Event()
    stop = threading.Thread(target=lambda: began.wait(300) and engine.private.stop())
    waiting = train_job("import time\nprint('started', flush=True)\ntime.sleep(300)", tmp_path)
    with DockerSandbox(OPTIONS) as sandbox:
        assert_predicts(sandbox)
        stop.start()
        with pytest.raises(SandboxUnavailable, match="The sandbox worker was lost") as caught:
            sandbox.train(replace(waiting, watch=lambda line: began.set()))
        assert "a new worker is started" in caught.value.remedy
        stop.join()
        engine.private.start()
        # The warm worker ended with the engine: the next job reports it, and the one after it runs.
        with pytest.raises(SandboxUnavailable, match="was lost"):
            sandbox.predict(predict_job())
        assert_predicts(sandbox)


def test_a_remote_engine_is_reached_over_tls_and_only_with_a_certificate(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{engine.port}")
    with pytest.raises(SandboxUnavailable, match="No Docker engine answers at tcp://"):
        DockerSandbox(OPTIONS)
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(engine.certificates))
    with DockerSandbox(OPTIONS) as sandbox:
        assert_predicts(sandbox)
        assert_predicts(sandbox)


def test_an_engine_whose_disk_is_full_is_our_fault_and_says_what_to_do() -> None:
    with private_folder() as place, pytest.MonkeyPatch.context() as monkeypatch:
        data = place / "data"
        data.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(data)], check=True)
        private = PrivateEngine(place, data)
        private.start()
        try:
            label_as_fresh(private.host)
            fill(data)
            monkeypatch.setenv("DOCKER_HOST", private.host)
            with DockerSandbox(OPTIONS) as sandbox:
                with pytest.raises(SandboxUnavailable, match="no space left on device") as caught:
                    sandbox.predict(predict_job())
                assert "disk is full" in caught.value.remedy
        finally:
            private.stop()


def label_as_fresh(host: str) -> None:
    """Gives an engine an empty image that looks like the sandbox's: no container of it is ever started."""
    own = connect()
    labels = look_up(own, Accelerator.CPU).labels
    own.close()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("empty"))
    changes = [part for name, text in labels.items() for part in ("--change", f'LABEL {name}="{text}"')]
    command = ["docker", "--host", host, "import", *changes, "-", Accelerator.CPU.tag]
    subprocess.run(command, input=packed.getvalue(), check=True, capture_output=True)


def fill(folder: Path) -> None:
    """Writes until nothing more fits."""
    with (folder / "ballast").open("wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(2**16)):
                pass
        except OSError:
            return
