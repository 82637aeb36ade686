"""A mentor's exam for a cohort: make its packs, and collect its results."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import context
from .context import as_json
from .exam import a_file, a_path

if TYPE_CHECKING:
    pass

rules_choice = click.option(
    "--rules", type=a_file, default=Path("cohort.toml"), show_default=True, help="With the table [exam]."
)
roster_choice = click.option(
    "--roster", type=a_file, default=Path("roster.csv"), show_default=True, help="Who takes it."
)


@click.command("pack")
@rules_choice
@roster_choice
@click.option("--into", type=a_path, default=Path("packs"), show_default=True, help="The folder to make.")
def pack_exam(rules: Path, roster: Path, into: Path) -> None:
    """Make an exam file for each learner of a cohort.

    It holds the exam's rules, and hidden examples of the learner's own.
    """
    from ..classroom.handout import mentor_store
    from ..classroom.roster import read_roster
    from ..classroom.rules_file import read_rules
    from ..classroom.signing import fingerprint, public_key, read_or_make_key
    from ..exams.exam_pack import Packer
    from ..files.secrets import read_or_make_secret

    home = context.home()
    decisions = read_rules(rules)
    key = read_or_make_key(home.root)
    secret = decisions.secret or read_or_make_secret(home.root)
    packer = Packer(decisions, mentor_store(home, decisions), secret, key)
    packs = packer.pack(into, read_roster(roster), context.say)
    click.echo(
        f"{len(packs)} packs are in {into}, signed by {fingerprint(public_key(key))}. To start the exam:"
    )
    for pack in packs:
        click.echo(f"  tfprep exam start --pack {pack.name}")


@click.command("collect")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@roster_choice
@as_json
def collect_results(folder: Path, roster: Path, as_json: bool) -> None:
    """Check every signed result (*.json) in FOLDER.

    Shows whose it is, its points, and what speaks against it. Exit code 0 if everybody handed in a result
    that nothing speaks against, else 1.
    """
    from ..classroom.roster import read_roster
    from ..classroom.signing import public_key, read_or_make_key
    from ..exams.collect import collect
    from ..reports.exam.render import show_collection
    from ..reports.exam.view import collection_record

    mentor = public_key(read_or_make_key(context.home().root))
    collection = collect(folder.rglob("*.json"), read_roster(roster), mentor)
    if as_json:
        context.print_json(collection_record(collection))
    else:
        show_collection(context.console(), collection)
    good = not collection.missing and not any(each.remarks for each in collection.collected)
    sys.exit(context.PASSED if good else context.NOT_YET)
