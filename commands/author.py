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
    "--from",
    "data",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Your data: a CSV file, or a folder with a folder of images or texts for each class.",
)
@click.option("--target", metavar="COLUMN", help="Of a CSV file: the column to predict.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIR",
    help="Where its folder is made.  [default: here]",
)
def new_problem(name: str, like: str | None, data: Path | None, target: str | None, into: Path) -> None:
    """Make the folder of a new problem.

    NAME is 3 to 30 small letters. The folder is a valid problem at once: read its problem.toml. With --from,
    three solutions are trained to propose what earns the scores 1 to 5.
    """
    if (like is None) == (data is None):
        raise click.UsageError("Say --like PROBLEM (`tfprep problems` lists them) or --from PATH.")
    if data is not None:
        from ..author.from_data import FromData, make_from
        from ..sandbox.host.local import LocalSandbox

        made = make_from(FromData(name, data, target, into), context.home(), LocalSandbox, context.say)
    else:
        from ..author.like import make_like

        made = make_like(name, str(like), into, context.home())
    context.put(f"{made.problem.title}: {made.folder} is a problem. Read and change its problem.toml.")
    if not made.known:
        context.say(f"Put {made.folder.parent} into TFPREP_PROBLEMS, so that commands find it.")


@author.command("prove")
@context.problem_argument(required=True)
@click.option(
    "--seeds", type=click.IntRange(1, 20), default=3, show_default=True, help="Trainings of each solution."
)
@click.option("--quick", is_flag=True, help="Train nothing, and run no script.")
def prove_problem(name: str, seeds: int, quick: bool) -> None:
    """Try a problem before anyone sits it, and sign what held.

    Trains its solutions, and sees that what learned nothing and what cheats earns nothing. An interrupted run
    goes on where it was. Exit code 1 if anything did not hold.
    """
    from .. import __version__
    from ..author.proof import make_proof, write_proof
    from ..author.prove import Request, prove
    from ..problems import find
    from ..sandbox.host.local import LocalSandbox

    problem, home = find(name), context.home()
    checks = prove(Request(problem, seeds, quick), home, LocalSandbox, context.say)
    proof = make_proof(problem, __version__, checks, quick=quick)
    page = write_proof(problem, proof, home)
    failed = sum(check.holds is False for check in checks)
    held = "the quick form holds" if quick else "proven"
    result = f"{failed} of {len(checks)} checks failed" if failed else held
    context.put(f"{problem.id}: {result}. See {page}.")
    context.leave(proof.holds)
