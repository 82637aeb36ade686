"""What the author of a problem does: make it and prove it."""

from __future__ import annotations

from pathlib import Path

import click

from . import context


@click.group()
def author() -> None:
    """Make a problem of your own, and prove it before anyone sits it."""


@author.command("new")
@click.argument("name")
@click.option("--like", metavar="PROBLEM", help="One of tfprep's problems, to be changed.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIR",
    help="Where its folder is made.  [default: here]",
)
def new_problem(name: str, like: str | None, into: Path) -> None:
    """Make the folder of a new problem.

    NAME is 3 to 30 small letters. The folder is a valid problem at once: read its problem.toml.
    """
    from ..author.like import make_like

    if like is None:
        raise click.UsageError("Say --like PROBLEM: `tfprep problems` lists them.")
    made = make_like(name, like, into, context.home())
    context.put(f"{made.problem.title}: {made.folder} is a problem. Read and change its problem.toml.")
    if not made.known:
        context.say(f"Put {made.folder.parent} into TFPREP_PROBLEMS, so that commands find it.")
