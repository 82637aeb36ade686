"""What is to be done to a module is done when somebody imports it, and never stops them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfprep.sandbox.worker.after_import import after_import


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module that nobody has imported yet."""
    (tmp_path / "imported_later.py").write_text("import os\nos.write(2, b'noise')\nready = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    yield "imported_later"
    sys.modules.pop("imported_later", None)


def fails() -> None:
    raise ValueError


def test_functions_are_called_once_when_the_module_is_ready(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    seen: list[bool] = []
    after_import(name, fails, lambda: seen.append(sys.modules[name].ready))
    assert seen == []
    importlib.import_module(name)
    assert seen == [True]
    importlib.reload(sys.modules[name])
    assert seen == [True]
    assert capfd.readouterr().err == "noise", "the second time only"


def test_they_are_called_at_once_where_it_is_there(name: str) -> None:
    importlib.import_module(name)
    seen: list[str] = []
    after_import(name, fails, lambda: seen.append(name))
    assert seen == [name]


def test_a_module_that_is_not_there_is_missing_as_ever(name: str) -> None:
    after_import("no_such_module", fails)
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        importlib.import_module("no_such_module")
    importlib.import_module(name)
