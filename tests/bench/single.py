"""One learner's submission beside the bare thing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from tfprep.sandbox import PredictJob

from .material import Material
from .row import Row, compare, run

INTERPRETER = "/opt/sandbox/bin/python"
"""In the sandbox image."""
BARE = """
import sys
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


def measure(material: Material) -> Iterator[Row]:
    """The rows that can be measured on this machine."""
    yield submit_beside_bare_python(material)
    yield check_with_a_kept_worker_beside_a_fresh_one(material)
    if not docker_is_here():
        material.console.print("No Docker engine answers: the ratios of the Docker sandbox were left out.")
        return
    yield cold_container_beside_docker_run(material)
    yield warm_job_beside_one_container_each(material)


def submit_beside_bare_python(material: Material) -> Row:
    """A whole `tfprep submit` beside a bare process that loads the model and predicts the same images."""
    bare = [sys.executable, "-c", BARE, str(material.model), str(material.images)]
    return compare(
        "tfprep submit, local sandbox",
        "python: import, load, predict",
        lambda: submit(material),
        lambda: run(bare),
        "at most 2",
    )


def check_with_a_kept_worker_beside_a_fresh_one(material: Material) -> Row:
    """The second of two commands beside one that starts its own worker."""
    check(material)
    return compare(
        "tfprep check, kept worker",
        "tfprep check --fresh",
        lambda: check(material),
        lambda: check(material, "--fresh"),
        "below 1 second",
    )


def cold_container_beside_docker_run(material: Material) -> Row:
    """The first verdict from a cold start beside a bare `docker run` that predicts the same images."""
    job = material.job()
    return compare(
        "first verdict, cold container",
        "docker run: import, load, predict",
        lambda: answer_in_fresh_container(job),
        lambda: docker_run(material),
        "at most 1.5",
    )


def warm_job_beside_one_container_each(material: Material) -> Row:
    """A further submission in a warm worker beside a container of its own."""
    from tfprep.sandbox.host.container import DockerSandbox

    job = material.job()
    with DockerSandbox() as sandbox:
        return compare(
            "a further submission, warm worker",
            "one container per submission",
            lambda: sandbox.predict(job),
            lambda: answer_in_fresh_container(job),
            "at most 0.1",
        )


def submit(material: Material) -> None:
    """As a learner does."""
    _grade(material, "submit", "--anyway", "--fresh")


def check(material: Material, *options: str) -> None:
    """As a learner does, time after time."""
    _grade(material, "check", *options)


def _grade(material: Material, *words: str) -> None:
    environment = {**os.environ, "TFPREP_HOME": str(material.home)}
    command = [sys.executable, "-m", "tfprep.cli", *words, str(material.model), "--problem", "mnist"]
    run([*command, "--data", "package", "--sandbox", "local"], environment, accept=(0, 1))


def answer_in_fresh_container(job: PredictJob) -> None:
    """A container for this job alone."""
    from tfprep.sandbox.host.container import DockerSandbox

    with DockerSandbox() as sandbox:
        sandbox.predict(job)


def docker_run(material: Material) -> None:
    """What is needed without tfprep: a container that imports, loads and predicts."""
    from tfprep.sandbox.host.image import Accelerator

    model = material.model.read_bytes()
    command = ["docker", "run", "--rm", "-i", "--network", "none", "--entrypoint", INTERPRETER]
    run(
        [*command, Accelerator.CPU.tag, "-c", BARE_IN_CONTAINER, str(len(model))],
        given=model + material.images.read_bytes(),
    )


def docker_is_here() -> bool:
    """Whether an engine answers."""
    from tfprep.sandbox.host.engine import engine_answers

    return engine_answers()
