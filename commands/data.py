"""The problems' data on this machine."""

from __future__ import annotations

import click

from . import context as desk
from .options import as_json, edition_choice


@click.group()
def data() -> None:
    """Get, list and remove the problems' data."""


@data.command("fetch")
@click.argument("names", nargs=-1)
@edition_choice
def fetch_data(names: tuple[str, ...], edition: str | None) -> None:
    """Download and prepare the data of the problems NAMES; of all of them without a name."""
    from ..problems import all_problems, find
    from ..reports.terminal import show_datasets

    store = desk.store(desk.home())
    chosen = [find(name) for name in names] or all_problems()
    show_datasets(
        desk.console(), [store.load(problem, edition or "auto", tell=desk.say) for problem in chosen]
    )


@data.command("list")
@as_json
def list_data(as_json: bool) -> None:
    """List the editions on this machine."""
    from ..reports.json_records import dataset_record
    from ..reports.terminal import show_datasets

    datasets = desk.store(desk.home()).list()
    if as_json:
        return desk.print_json([dataset_record(dataset) for dataset in datasets])
    return show_datasets(desk.console(), datasets)


@data.command("remove")
@click.argument("name")
@click.option("--edition", default="package", show_default=True, metavar="tfds|package|own:…")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove_data(name: str, edition: str, yes: bool) -> None:
    """Remove the problem NAME's data from this machine. It can be fetched again."""
    from ..problems import find

    problem = find(name)
    if not yes:
        click.confirm(
            f"Remove the {edition} edition of {problem.id} from this machine?", abort=True, err=True
        )
    desk.store(desk.home()).remove(problem, edition)
    click.echo(
        f"The {edition} edition of {problem.id} is gone; `tfprep data fetch {problem.number}` gets it again."
    )
