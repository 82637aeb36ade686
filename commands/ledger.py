"""The ledger as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from ..files.text import counted
from . import context


@click.group()
def ledger() -> None:
    """Move the ledger between SQLite and PostgreSQL."""


@ledger.command("copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(source: str, target: str) -> None:
    """Copy the ledger FROM into the new ledger TO, and compare every row.

    Each is the path of a SQLite file, or an address such as postgresql://user@host/database. TO must
    be empty. A password is better kept in ~/.pgpass than written here. Let nobody submit meanwhile.
    """
    from ..grader.ledger.copying import copy_ledger

    with _progress() as on_rows:
        copied = copy_ledger(source, target, on_rows)
    context.put(
        f"Copied {counted(copied.submissions, 'submission')} ({counted(copied.rows, 'row')}) from "
        f"{copied.source} to {copied.target}, and compared every row."
    )
    context.put("Let TFPREP_LEDGER name the new ledger from now on. The other one is as it was.")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, elsewhere a line before."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not console.is_terminal:
        context.say("The ledger is copied and compared.")
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Copying and comparing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
