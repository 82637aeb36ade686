"""The worker in Docker: how its container is isolated, how it can be lost, and what is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfprep.errors import SandboxUnavailable
from tfprep.sandbox import Ending, Limits
from tfprep.sandbox.host.container import DockerOptions, DockerSandbox, explain_state
from tfprep.sandbox.host.container_config import Gpu, create_container, environment, resources_for
from tfprep.sandbox.host.engine import connect, engine_answers, remove_container
from tfprep.sandbox.protocol.contract import THREADS

from .forwarder import Forwarder
from .small import EXPECTED, LIMITS, predict_job, train_job

pytestmark = [pytest.mark.docker, pytest.mark.slow]


@pytest.fixture
def client() -> Iterator[Any]:
    engine = connect()
    yield engine
    engine.close()


@pytest.fixture
def sandbox() -> Iterator[DockerSandbox]:
    with DockerSandbox(options()) as opened:
        yield opened


@pytest.fixture
def inspected(client: Any, sandbox: DockerSandbox) -> Iterator[dict[str, Any]]:
    """What the engine reports of a worker's container, which is made and not started."""
    container = create_container(client, sandbox.spec(LIMITS))
    yield client.inspect_container(container)
    remove_container(client, container)


def options(**chosen: str) -> DockerOptions:
    """Without a GPU, and with a home of its own: other tests of this process keep containers too."""
    return DockerOptions(gpus="none", home=uuid.uuid4().hex, **chosen)  # type: ignore[arg-type]


def containers_of(client: Any, sandbox: DockerSandbox) -> list[str]:
    labels = [f"{name}={value}" for name, value in sandbox.spec(LIMITS).labels.items()]
    return [found["Id"] for found in client.containers(all=True, filters={"label": labels})]


def assert_predicts(sandbox: DockerSandbox) -> None:
    """Fails unless the sandbox's predictions for the small job are right."""
    outcome = sandbox.predict(predict_job())
    assert outcome.ending is Ending.COMPLETED, outcome
    assert outcome.predictions is not None
    np.testing.assert_allclose(outcome.predictions, EXPECTED)


class TestIsolation:
    def test_a_worker_shares_nothing_with_the_host(self, inspected: dict[str, Any]) -> None:
        host = inspected["HostConfig"]
        assert host["NetworkMode"] == "none"
        assert host["IpcMode"] == "private"
        assert host["PidMode"] == ""
        assert host["UTSMode"] == ""
        assert not host["Privileged"]
        assert not host["Binds"]
        assert not host.get("Mounts")
        assert not host["Devices"]
        assert not host["VolumesFrom"]
        assert inspected["Mounts"] == []
        assert not inspected["Config"]["Volumes"]

    def test_its_root_is_read_only_beside_one_bounded_tmpfs(self, inspected: dict[str, Any]) -> None:
        host = inspected["HostConfig"]
        assert host["ReadonlyRootfs"]
        assert list(host["Tmpfs"]) == ["/tmp"]
        options = host["Tmpfs"]["/tmp"].split(",")
        assert {"nosuid", "nodev"} <= set(options)
        assert any(option.startswith("size=") for option in options)
        assert 0 < host["ShmSize"] <= 2**20

    def test_it_holds_only_the_capabilities_that_change_users(self, inspected: dict[str, Any]) -> None:
        host = inspected["HostConfig"]
        assert host["CapDrop"] == ["ALL"]
        assert set(host["CapAdd"]) == {"SETUID", "SETGID", "CHOWN", "DAC_OVERRIDE"}
        # Nothing about seccomp: the engine's default profile applies.
        assert host["SecurityOpt"] == ["no-new-privileges:true"]

    def test_everything_it_can_use_up_is_limited(self, inspected: dict[str, Any]) -> None:
        host = inspected["HostConfig"]
        assert 0 < host["Memory"] == host["MemorySwap"]
        assert 0 < host["PidsLimit"] < 10_000
        assert host["NanoCpus"] > 0
        assert not host["OomKillDisable"]
        assert host["OomScoreAdj"] == 0
        limits = {limit["Name"]: limit["Hard"] for limit in host["Ulimits"]}
        assert limits["core"] == 0
        assert 0 < limits["nofile"] <= 4096
        assert 0 < limits["fsize"] < 2**40
        assert host["LogConfig"]["Type"] == "none"
        assert host["Init"]

    def test_its_image_is_named_by_digest(self, inspected: dict[str, Any]) -> None:
        assert inspected["Config"]["Image"].startswith("sha256:")

    def test_its_environment_holds_nothing_of_ours(
        self, client: Any, sandbox: DockerSandbox, inspected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TFPREP_LEDGER", "postgresql://grader:hunter2@ledger/tfprep")
        monkeypatch.setenv("HTTPS_PROXY", "http://me:hunter2@proxy:3128")
        container = create_container(client, sandbox.spec(LIMITS))
        variables = client.inspect_container(container)["Config"]["Env"]
        remove_container(client, container)
        names = {variable.split("=")[0] for variable in variables}
        assert names <= {"PATH", "LANG", "PYTHONDONTWRITEBYTECODE", "TF_CPP_MIN_LOG_LEVEL", THREADS}
        assert "hunter2" not in str(variables)

    @pytest.mark.parametrize(("cpus", "threads"), [(0.5, 1), (1.0, 1), (2.5, 2), (16.0, 16)])
    def test_it_starts_no_more_threads_for_an_operation_than_cores_are_its_own(
        self, sandbox: DockerSandbox, cpus: float, threads: int
    ) -> None:
        spec = sandbox.spec(LIMITS)
        shared = replace(spec, resources=replace(spec.resources, cpus=cpus))
        assert environment(shared) == {THREADS: str(threads)}

    def test_another_runtime_is_one_setting(self, client: Any) -> None:
        with DockerSandbox(options(runtime="runsc-that-is-not-here")) as sandbox:
            with pytest.raises(SandboxUnavailable, match="runsc-that-is-not-here") as caught:
                sandbox.predict(predict_job())
            assert "TFPREP_RUNTIME" in caught.value.remedy
            assert containers_of(client, sandbox) == []

    def test_a_job_that_asks_for_all_memory_leaves_the_engine_some(self, client: Any) -> None:
        greedy = Limits(seconds=1, memory_bytes=2**50)
        with DockerSandbox(options()) as sandbox:
            assert sandbox.spec(greedy).resources.memory_bytes < client.info()["MemTotal"]


class TestGraphicsCards:
    """The engine accepts a request for a GPU that it does not have, until the container is started."""

    @pytest.mark.parametrize("card", ["0", "GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f", "MIG-1f2a"])
    def test_a_worker_is_given_exactly_one(self, client: Any, sandbox: DockerSandbox, card: str) -> None:
        container = create_container(client, replace(sandbox.spec(LIMITS), gpu=Gpu(card)))
        (request,) = client.inspect_container(container)["HostConfig"]["DeviceRequests"]
        remove_container(client, container)
        assert request["Driver"] == "nvidia"
        assert request["DeviceIDs"] == [card]
        assert request["Count"] == 0
        assert ["gpu", "compute", "utility"] in request["Capabilities"]

    def test_a_shared_card_comes_with_the_worker_s_share(self, client: Any, sandbox: DockerSandbox) -> None:
        container = create_container(client, replace(sandbox.spec(LIMITS), gpu=Gpu("0", share=0.5)))
        variables = client.inspect_container(container)["Config"]["Env"]
        remove_container(client, container)
        assert "TFPREP_GPU_SHARE=0.5000" in variables

    def test_without_one_none_is_requested(self, inspected: dict[str, Any]) -> None:
        assert not inspected["HostConfig"]["DeviceRequests"]

    def test_a_gpu_leaves_more_memory_for_its_driver(self) -> None:
        assert (
            resources_for(LIMITS, Gpu("0"), 2, 2).memory_bytes
            > resources_for(LIMITS, None, 2, 2).memory_bytes
        )


class TestLosingAWorker:
    def test_a_container_killed_from_outside_is_our_fault_and_the_next_job_gets_a_fresh_one(
        self, client: Any, sandbox: DockerSandbox
    ) -> None:
        assert_predicts(sandbox)
        (first,) = containers_of(client, sandbox)
        client.kill(first)
        with pytest.raises(SandboxUnavailable, match="killed from outside") as caught:
            sandbox.predict(predict_job())
        assert caught.value.remedy
        assert_predicts(sandbox)
        assert containers_of(client, sandbox) != [first]

    def test_a_container_killed_in_the_middle_of_a_job_is_our_fault(
        self, client: Any, sandbox: DockerSandbox, tmp_path: Path
    ) -> None:
        def kill() -> None:
            other = connect()
            other.kill(containers_of(other, sandbox)[0])
            other.close()

        began = threading.Event()
        killer = threading.Thread(target=lambda: began.wait(60) and kill())
        killer.start()
        job = train_job("import time\nprint('started', flush=True)\ntime.sleep(300)", tmp_path)
        watched = type(job)(job.script, job.public, job.limits, watch=lambda line: began.set())
        with pytest.raises(SandboxUnavailable, match="killed from outside"):
            sandbox.train(watched)
        killer.join()
        assert containers_of(client, sandbox) == []

    def test_an_engine_that_is_lost_half_way_is_our_fault_with_a_clear_message(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Forwarder() as forwarder:
            monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{forwarder.port}")
            with DockerSandbox(options()) as sandbox:
                assert_predicts(sandbox)
                forwarder.cut()
                with pytest.raises(SandboxUnavailable, match="engine no longer answers"):
                    sandbox.predict(predict_job())
                with pytest.raises(SandboxUnavailable) as caught:
                    sandbox.predict(predict_job())
                assert caught.value.remedy
                forwarder.mend()
                assert_predicts(sandbox)

    def test_a_missing_engine_is_reported_with_its_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
        assert not engine_answers()
        with pytest.raises(
            SandboxUnavailable, match=r"No Docker engine answers at tcp://127\.0\.0\.1:9"
        ) as caught:
            DockerSandbox()
        assert "DOCKER_HOST" in caught.value.remedy

    def test_an_invalid_address_is_reported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", "nonsense://")
        with pytest.raises(SandboxUnavailable, match="No Docker engine answers at nonsense"):
            DockerSandbox()

    def test_how_a_container_ended_is_explained_in_a_sentence(self) -> None:
        assert "Memory ran out" in explain_state({"OOMKilled": True, "ExitCode": 137})
        assert "status 3" in explain_state({"ExitCode": 3, "Error": ""})
        assert "still running" in explain_state({"Running": True})


class TestTheMemoryKiller:
    def test_a_job_that_hides_from_it_goes_before_the_worker_all_the_same(self, tmp_path: Path) -> None:
        hide_and_grow = (
            "for score in (b'-1000', b'-1', b'0'):\n"
            "    try:\n"
            "        open('/proc/self/oom_score_adj', 'wb', buffering=0).write(score)\n"
            "    except OSError as error:\n"
            "        print(score, error)\n"
            "held = []\n"
            "while True:\n"
            "    held.append(b'x' * 2**28)\n"
        )
        # An engine so small that the container's own limit is met long before the job's.
        small = DockerSandbox(options(), describe=lambda client: client.info() | {"MemTotal": 3 * 2**29})
        with small as sandbox:
            outcome = sandbox.train(train_job(hide_and_grow, tmp_path))
        # Reported by the worker, which therefore outlived the job.
        assert outcome.ending is Ending.OUT_OF_MEMORY


class TestARemoteEngine:
    def test_models_predict_over_tcp(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Forwarder() as forwarder:
            monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{forwarder.port}")
            with DockerSandbox(options()) as sandbox:
                assert_predicts(sandbox)
                assert_predicts(sandbox)


class TestWhatIsLeft:
    def test_closing_leaves_no_container(self, client: Any) -> None:
        with DockerSandbox(options()) as sandbox:
            assert_predicts(sandbox)
            assert len(containers_of(client, sandbox)) == 1
        assert containers_of(client, sandbox) == []

    def test_a_script_s_container_is_gone_after_it(
        self, client: Any, sandbox: DockerSandbox, tmp_path: Path
    ) -> None:
        """The warm worker's stays: it answered for the script that failed."""
        assert_predicts(sandbox)
        warm = containers_of(client, sandbox)
        outcome = sandbox.train(train_job("print('no model')", tmp_path))
        assert outcome.ending is not Ending.COMPLETED
        assert containers_of(client, sandbox) == warm

    def test_ctrl_c_ends_the_container_at_once(self, client: Any, tmp_path: Path) -> None:
        grader = start_grader(tmp_path)
        container = grader_container(client, grader.pid)
        grader.send_signal(signal.SIGINT)
        grader.wait(timeout=30)
        assert container not in [found["Id"] for found in client.containers(all=True)]

    @pytest.mark.whole_engine  # Whoever opens a sandbox meanwhile would remove it.
    def test_a_killed_grader_s_container_ends_by_itself_and_is_removed_at_the_next_start(
        self, client: Any, tmp_path: Path
    ) -> None:
        grader = start_grader(tmp_path)
        container = grader_container(client, grader.pid)
        grader.kill()
        grader.wait(timeout=30)
        assert await_end(client, container), "The worker goes on without a grader."
        with DockerSandbox(options()):
            assert container not in [found["Id"] for found in client.containers(all=True)]


GRADER = """
import sys
from pathlib import Path
from tfprep.sandbox import Limits, TrainJob
from tfprep.sandbox.host.container import DockerOptions, DockerSandbox

script = b"import time\\nprint('started', flush=True)\\ntime.sleep(300)"
with DockerSandbox(DockerOptions(gpus="none")) as sandbox:
    sandbox.train(TrainJob(script, Path(sys.argv[1]), Limits(300), lambda line: print(line, flush=True)))
"""


def start_grader(public: Path) -> subprocess.Popen[str]:
    """A grader in a process of its own, in the middle of training."""
    grader = subprocess.Popen(
        [sys.executable, "-c", GRADER, str(public)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert grader.stdout is not None
    with grader.stdout:
        assert "started" in grader.stdout.readline()
    return grader


def grader_container(client: Any, process: int) -> str:
    (found,) = client.containers(filters={"label": f"tfprep.pid={process}"})
    return str(found["Id"])


def await_end(client: Any, container: str) -> bool:
    for _ in range(150):
        if not client.inspect_container(container)["State"]["Running"]:
            return True
        time.sleep(0.2)
    return False


COURSE_SCRIPT = """
import numpy as np, keras, pandas as pd
from scipy import ndimage
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm
import matplotlib.pyplot as plt, seaborn as sns

pictures = np.random.rand(16, 28, 28, 1)
# Turning pictures takes scipy.
generator = keras.src.legacy.preprocessing.image.ImageDataGenerator(rotation_range=20)
turned, _ = next(generator.flow(pictures, np.arange(16), batch_size=16))
train, test = train_test_split(turned.reshape(16, -1), test_size=0.25)
StandardScaler().fit(train)
sns.heatmap(pd.DataFrame(ndimage.gaussian_filter(train[:3, :3], 1)))
plt.savefig("heatmap.png")
for _ in tqdm(range(2)):
    pass
print("all of it works", turned.shape)
keras.datasets.mnist.load_data()
"""


def test_a_courses_script_finds_its_packages_and_is_told_that_there_is_no_network(
    sandbox: DockerSandbox, tmp_path: Path
) -> None:
    (tmp_path / "train.csv").write_text("x\n1\n")
    outcome = sandbox.train(train_job(COURSE_SCRIPT, tmp_path, Limits(seconds=200)))
    assert "all of it works (16, 28, 28, 1)" in outcome.log
    assert outcome.refusal is not None
    assert "There is no network: use data/." in outcome.refusal.message
    assert "URL fetch failure" in outcome.refusal.message
