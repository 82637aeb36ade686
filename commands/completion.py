"""What the shell offers behind Tab: problems' names, and the numbers of submissions.

It looks only, says nothing, and offers nothing where anything is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import click

    from ..grader import Record

_MOST: Final = 50
"""The newest submissions that are offered."""


def problem_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of problems that begin so: "mnist"; by number too, where a number was begun."""
    from ..problems.catalogue import names

    offered = [
        CompletionItem(shown, help=short)
        for identity, number, short in names()
        for shown in dict.fromkeys((short, identity, number))
        if shown and shown.startswith(incomplete.lower())
    ]
    return offered if incomplete else [item for item in offered if item.value == item.help]


def submission_numbers(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The numbers of the newest submissions that begin so, the newest first."""
    from ..grader.ledger import Ledger
    from ..home import Home

    try:
        with Ledger.open(Home.find().ledger_url) as ledger:
            records = ledger.history()[-_MOST:]
    except Exception:  # noqa: BLE001 - behind Tab nobody reads an error
        return []
    return [
        CompletionItem(str(record.number), help=_help(record))
        for record in reversed(records)
        if str(record.number).startswith(incomplete)
    ]


def _help(record: Record) -> str:
    told = "not scored" if record.score is None else f"{record.score} of 5"
    return f"{record.card.problem}, {told if record.figures_of is None else f'as {record.figures_of}'}"
