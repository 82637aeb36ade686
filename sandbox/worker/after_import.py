"""Does something to a module at the moment that a script imports it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from .devices import silent


def after_import(name: str, *then: Callable[[], object]) -> None:
    """Calls functions as soon as a module has been imported; at once where it has been already.

    What it prints while it is imported is hidden. The script is not to fail for what fails in the functions:
    their errors are dropped.
    """
    if name in sys.modules:
        _call(then)
    else:
        sys.meta_path.insert(0, _Watched(name, then))


def _call(functions: Sequence[Callable[[], object]]) -> None:
    for function in functions:
        with contextlib.suppress(Exception):
            function()


class _Watched(MetaPathFinder):
    """Finds one module where Python finds it, and calls functions after it has run, once."""

    def __init__(self, name: str, then: Sequence[Callable[[], object]]) -> None:
        self._name, self._then = name, then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of the watched module, and None for any other."""
        if fullname != self._name:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute = loader.exec_module

            def execute_and_call(module: ModuleType) -> None:
                with silent():
                    execute(module)
                _call(self._then)

            loader.exec_module = execute_and_call
        return spec
