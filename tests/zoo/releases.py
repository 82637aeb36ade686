"""Old releases of TensorFlow and Keras, and how a machine gets one: `venv`, `pip`, whatever index it has.

A release of Keras 2 comes with its TensorFlow. One of Keras 3 is put in front of a TensorFlow of its time, so
that several share one environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Release:
    """What is installed: under which Python (3.8, say), which packages, and which Keras in front of them."""

    python: str
    packages: tuple[str, ...]
    keras: str = ""


class NoPython(Exception):
    """The machine has no Python of this version."""


_OLD = "protobuf<3.21"
_H5PY_2 = "h5py<3"
"""Until 2.3 a config is read as bytes."""
_AT_KERAS_3 = ("dm-tree", "optree")
_TENSORFLOW = {
    "2.2.3": ("3.8", _OLD, _H5PY_2),
    "2.3.4": ("3.8", _OLD, _H5PY_2),
    "2.4.4": ("3.8", _OLD),
    "2.5.3": ("3.8", _OLD),
    "2.6.5": ("3.8", _OLD, "keras==2.6.0"),
    "2.7.4": ("3.8", _OLD),
    "2.8.4": ("3.8", _OLD),
    "2.9.3": ("3.8",),
    "2.10.1": ("3.8",),
    "2.11.1": ("3.8",),
    "2.12.1": ("3.11",),
    "2.13.1": ("3.11",),
    "2.14.1": ("3.11",),
    "2.15.1": ("3.11",),
    "2.16.2": ("3.11", *_AT_KERAS_3),
    "2.18.1": ("3.11", *_AT_KERAS_3),
    "2.21.0": ("3.11", *_AT_KERAS_3),
}
_KERAS_3 = {
    "2.16.2": ("3.0.5", "3.1.1", "3.2.1", "3.3.3", "3.4.1"),
    "2.18.1": ("3.5.0", "3.6.0", "3.7.0", "3.8.0", "3.9.2", "3.10.0"),
    "2.21.0": ("3.11.3", "3.12.4", "3.13.2", "3.14.1", "3.15.1"),
}
"""Releases of Keras 3 by a TensorFlow of their time."""


def _minor(number: str) -> str:
    return number.rpartition(".")[0]


def _tensorflow(number: str) -> Release:
    python, *further = _TENSORFLOW[number]
    return Release(python, (f"tensorflow-cpu=={number}", *further))


RELEASES = {
    **{f"tf{_minor(number)}": _tensorflow(number) for number in _TENSORFLOW if number not in _KERAS_3},
    **{
        f"keras{_minor(keras)}": replace(_tensorflow(number), keras=f"keras=={keras}")
        for number, several in _KERAS_3.items()
        for keras in several
    },
}


def install(release: Release, folder: Path) -> tuple[Path, dict[str, str]]:
    """The Python of an environment with this release, and what must be set to run it. Kept for the next run.

    Raises:
        NoPython: there is no such Python on PATH.
        CalledProcessError: pip could not install it.
    """
    environment = folder / _folder_name(release.packages[0])
    python = environment / "bin" / "python"
    if not (environment / ".ready").exists():
        subprocess.run([find_python(release.python), "-m", "venv", environment], check=True)
        _pip(python, *release.packages)
        (environment / ".ready").touch()
    # No GPU: predictions of a CPU are those that every machine can repeat.
    settings = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "TF_USE_LEGACY_KERAS": "0"}
    if not release.keras:
        return python, settings
    keras = folder / _folder_name(release.keras)
    if not (keras / ".ready").exists():
        _pip(python, "--no-deps", "--target", str(keras), release.keras)
        (keras / ".ready").touch()
    return python, {**settings, "PYTHONPATH": str(keras)}


def run(release: Release, folder: Path, script: Path, *arguments: str) -> int:
    """Runs a script with this release, installed in `folder` where it is not yet; returns its exit code."""
    python, settings = install(release, folder)
    return subprocess.run(
        [python, str(script), *arguments], env=os.environ | settings, check=False
    ).returncode


def _folder_name(requirement: str) -> str:
    return requirement.replace("==", "-")


def find_python(number: str) -> str:
    """By its name, `python3.8`: on PATH, or where pyenv has such a version (its shims may name another)."""
    found = shutil.which(f"python{number}")
    if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
        return found
    kept = sorted(
        Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(f"versions/{number}.*/bin/python")
    )
    if kept:
        return str(kept[-1])
    raise NoPython(f"There is no python{number} on PATH.")


def _pip(python: Path, *arguments: str) -> None:
    # Some packages of that time were never built as wheels.
    command = [python, "-m", "pip", "install", "--quiet", "--prefer-binary", *arguments]
    subprocess.run(command, check=True)
