"""What every command uses: the home and what it holds, the two places to write to, and how to leave."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Never

import click

from ..errors import INTERRUPTED, MISUSE, NOT_YET, OUR_FAULT, PASSED

if TYPE_CHECKING:
    from rich.console import Console

    from ..grader import Home, ScoreCard
    from ..grader.ledger import Ledger
    from ..problems import DataStore

__all__ = ["INTERRUPTED", "MISUSE", "NOT_YET", "OUR_FAULT", "PASSED"]


def home() -> Home:
    """The user's home, made where it is not there yet."""
    from ..grader import Home

    found = Home.find()
    found.make()
    return found


def ledger(home: Home) -> Ledger:
    """The home's ledger, open: a context manager. Raises LedgerUnavailable."""
    from ..grader.ledger import Ledger

    return Ledger.open(home.ledger_url)


def store(home: Home) -> DataStore:
    """The home's data."""
    from ..problems import DataStore, read_or_make_secret

    return DataStore(home.data, read_or_make_secret(home.root))


def console() -> Console:
    """Standard output, for tables and panels."""
    from rich.console import Console

    return Console()


def say(line: str) -> None:
    """A line for the person, on standard error, so that standard output stays a table or JSON."""
    click.echo(line, err=True)


def print_json(value: Any) -> None:
    """One JSON value on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def leave(card: ScoreCard) -> Never:
    """End the command with the exit code that says whether this was a pass."""
    from ..grader import Verdict

    sys.exit(PASSED if card.verdict is Verdict.PASSED else NOT_YET)
