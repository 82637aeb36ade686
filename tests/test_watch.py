"""`tfprep watch`: each save is seen once, when the file is whole, and what changed is told."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pytest
from click.testing import CliRunner

from tfprep.cli import tfprep
from tfprep.grader.submission.candidates import saved_models
from tfprep.problems import DataStore
from tfprep.problems.workspace import make_workspace
from tfprep.reports.changes import what_changed
from tfprep.sandbox.host import select_sandbox

from .grader import made
from .grader.model_files import H5
from .reports.cards import INVALID, PARTIAL


def looks(workspace: Path, *steps: Callable[[], object]) -> list[str]:
    """The names of the models that are given while a step is done after each look, until there is no step."""
    waiting = iter(steps)

    class Done(Exception):
        pass

    def wait() -> None:
        step = next(waiting, None)
        if step is None:
            raise Done
        step()

    found: list[str] = []
    with suppress(Done):
        found.extend(path.name for path in saved_models(workspace, wait))
    return found


def save(file: Path, content: bytes, when: float) -> Callable[[], object]:
    def write() -> None:
        file.write_bytes(content)
        os.utime(file, (when, when))

    return write


def nothing() -> None:
    """Nothing happens between two looks."""


def test_each_save_is_given_once_and_only_when_the_file_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "mymodel.h5"
    half, whole = save(file, b"half", 1_000), save(file, b"whole file", 1_001)
    assert looks(tmp_path, nothing, half, whole, nothing, nothing, nothing) == ["mymodel.h5"]
    again = save(file, b"another", 2_000)
    assert looks(tmp_path, nothing, nothing, again, nothing, nothing) == ["mymodel.h5", "mymodel.h5"]


def test_a_workspace_without_a_model_gives_none(tmp_path: Path) -> None:
    assert looks(tmp_path, nothing, nothing) == []


def test_of_a_model_that_could_not_be_scored_nothing_is_told_as_mended() -> None:
    assert what_changed(PARTIAL, INVALID) == what_changed(INVALID, PARTIAL) == ()


def test_ctrl_c_is_how_one_stops_looking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tfprep.commands.attempts._wait", lambda: signal.raise_signal(signal.SIGINT))
    stopped = CliRunner().invoke(tfprep, ["watch", str(tmp_path)])
    assert (stopped.exit_code, "Nothing was recorded" in stopped.output) == (0, True)


def test_what_changed_is_the_metric_the_settings_and_what_was_mended() -> None:
    before = replace(PARTIAL, model={"optimizer": "SGD"})
    after = replace(PARTIAL, value=0.97, score=5, findings=(), model={"optimizer": "Adam"})
    told = what_changed(before, after)
    assert "optimizer: SGD -> Adam" in told
    assert any(line.startswith("accuracy, better: 0.962 -> ") for line in told)
    assert "score: 4/5 -> 5/5" in told
    assert "mended: Your model never says 9." in told
    assert what_changed(before, before) == ()


class Counted(made.Modelled):
    """A sandbox that counts how often it was opened."""

    opened = 0

    def __enter__(self) -> Self:
        Counted.opened += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def test_models_are_checked_in_one_sandbox_and_nothing_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = made.cars(tmp_path / "data")
    folder = make_workspace(tmp_path / "work", dataset).folder
    (folder / "mymodel.h5").write_bytes(H5)
    sandbox = Counted(lambda inputs: np.full(len(inputs), 25.0))
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(DataStore, "load", lambda *_, **__: dataset)
    monkeypatch.setattr(select_sandbox, "for_own_work", lambda *_: sandbox)
    monkeypatch.setattr("tfprep.grader.watching.saved_models", twice)
    shown = CliRunner().invoke(tfprep, ["watch", str(folder)])
    assert shown.exit_code == 0, shown.output
    assert shown.output.count("mymodel.h5 was saved.") == 2
    assert shown.output.count("validation data") >= 2
    assert Counted.opened == 1
    assert CliRunner().invoke(tfprep, ["history", "--json"]).output.strip() == "[]"


def twice(folder: Path, wait: Callable[[], None]) -> Iterator[Path]:
    return islice(iter([folder / "mymodel.h5"] * 2), 2)
