"""The commands, a module for each group of them. They read arguments, call a service, and print.

A command's module is imported when the command is asked for, and it imports what it needs when it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import click

COMMANDS: Final = {
    "problems": "learner:problems",
    "start": "learner:start",
    "check": "learner:check",
    "submit": "learner:submit",
    "report": "learner:report",
    "history": "learner:history",
    "diff": "attempts:diff",
    "hint": "attempts:hint",
    "watch": "attempts:watch",
    "exam": "exam:exam",
    "ready": "learner:ready",
    "cohort": "cohort:cohort",
    "cluster": "cluster:cluster",
    "data": "data:data",
    "author": "author:author",
    "ledger": "ledger:ledger",
    "sandbox": "sandbox:sandbox",
    "doctor": "sandbox:doctor",
}
"""Where each command is: "module:name"."""
FOR_MENTORS: Final = frozenset({"cohort", "ledger"})
"""Those that only mentors use: they speak English."""


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for."""

    def __init__(self, *args: Any, places: Mapping[str, str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in alphabetical order."""
        return sorted({*self._places, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command with this name, imported; None where there is none."""
        # Click offers the nearest name of the commands that it knows: for an unknown name, all are imported.
        for each in [cmd_name] if cmd_name in self._places else self._places:
            if each not in self.commands:
                module, _, name = self._places[each].partition(":")
                self.add_command(getattr(import_module(f".{module}", __name__), name), each)
        return super().get_command(ctx, cmd_name)
