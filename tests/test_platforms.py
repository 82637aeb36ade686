"""A platform that tfprep cannot run on is told so in one sentence, by the command and by `make setup`."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import tfprep
from tfprep import platforms

from .zoo.releases import NoPython, find_python

ROOT = Path(tfprep.__file__).resolve().parent

UNSUPPORTED = [
    ("win32", "AMD64", (3, 12), "WSL"),
    ("linux", "x86_64", (3, 14), "3.11, 3.12 or 3.13"),
    ("linux", "x86_64", (3, 10), "this is Python 3.10"),
    ("darwin", "x86_64", (3, 12), "Intel Macs"),
    ("freebsd14", "amd64", (3, 12), "freebsd14"),
]


@pytest.mark.parametrize(("system", "machine", "version", "words"), UNSUPPORTED)
def test_an_unsupported_platform_is_told_so_in_one_sentence(
    system: str, machine: str, version: tuple[int, int], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, system, machine, version)
    told = platforms.why_unsupported()
    assert words in told
    assert re.fullmatch(r"[^\n]+\.", told)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
@pytest.mark.parametrize(
    ("system", "machine"), [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")]
)
def test_a_supported_platform_passes(
    system: str, machine: str, version: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, system, machine, version)
    assert platforms.why_unsupported() == ""


def pretend(monkeypatch: pytest.MonkeyPatch, system: str, machine: str, version: tuple[int, int]) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))


@pytest.mark.parametrize(("system", "machine", "version", "words"), UNSUPPORTED)
def test_the_command_says_it_without_a_traceback_and_without_modules_of_unix(
    system: str, machine: str, version: tuple[int, int], words: str
) -> None:
    code = (
        "import platform, sys\n"
        "sys.modules.update(fcntl=None, resource=None, numpy=None, docker=None)\n"
        "import tfprep.cli\n"
        f"sys.platform, platform.machine = {system!r}, lambda: {machine!r}\n"
        f"sys.version_info = {(*version, 0, 'final', 0)!r}\n"
        "sys.argv = ['tfprep', 'problems']\n"
        "tfprep.cli.main()"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT / ".src"
    )
    assert run.returncode == 2, run.stderr
    assert words in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_an_older_python_is_told_so_before_it_meets_what_it_does_not_know() -> None:
    try:
        old = find_python("3.10")
    except NoPython as error:
        pytest.skip(str(error))
    path = os.pathsep.join([str(ROOT / ".src"), str(Path(click.__file__).parents[1])])
    run = subprocess.run(
        [old, "-B", "-m", "tfprep.cli", "problems"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": path},
    )
    assert run.returncode == 2, run.stderr
    assert run.stderr.endswith("this is Python 3.10.\n")
    assert len(run.stderr.splitlines()) == 1


def test_make_setup_asks_the_same_file_which_needs_nothing_else() -> None:
    assert "$(PYTHON) platforms.py" in (ROOT / "Makefile").read_text("utf-8")
    run = subprocess.run([sys.executable, "-I", ROOT / "platforms.py"], check=False)
    assert run.returncode == 0


def test_the_package_asks_for_the_same_versions_of_python() -> None:
    (oldest, newest) = platforms.OLDEST, platforms.NEWEST
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'requires-python = ">=3.{oldest[1]},<3.{newest[1] + 1}"' in project
    for minor in range(oldest[1], newest[1] + 1):
        assert f'"Programming Language :: Python :: 3.{minor}"' in project
