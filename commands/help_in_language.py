"""Click's help in the reader's language: its own words, and the sentences of our commands and options."""

from __future__ import annotations

from collections.abc import Iterable

import click

from ..languages import shown


class HelpInLanguage(click.HelpFormatter):
    """Writes help as click does, in the language that is in use."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line of usage, with its first word translated."""
        super().write_usage(prog, args, prefix if prefix is not None else f"{shown('Usage:')} ")

    def write_heading(self, heading: str) -> None:
        """A heading: "Options", "Commands"."""
        super().write_heading(shown(heading))

    def write_text(self, text: str) -> None:
        """Paragraphs, each put together from its lines, as its sentences may stand on several."""
        paragraphs = (shown(" ".join(paragraph.split())) for paragraph in text.split("\n\n"))
        super().write_text("\n\n".join(paragraphs))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Options or commands, and what they are for."""
        super().write_dl([(name, shown(what)) for name, what in rows], col_max, col_spacing)


def put_help_into_language() -> None:
    """From now on, every command's help is written so."""
    click.Context.formatter_class = HelpInLanguage
