"""The problems' data on this machine."""

from __future__ import annotations

import click

from . import context
from .context import as_json, data_choice


@click.group()
def data() -> None:
    """Get, list and remove the problems' data."""


@data.command("fetch")
@click.argument("names", nargs=-1, shell_complete=context.problem_names)
@data_choice
def fetch_data(names: tuple[str, ...], data_source: str | None) -> None:
    """Download and prepare the data of problems.

    NAMES are their numbers or names; without one, one problem of each category.
    """
    from ..problems import find, usual_problems
    from ..reports.terminal import show_datasets

    store = context.store(context.home())
    chosen = [find(name) for name in names] or usual_problems()
    show_datasets(
        context.console(),
        [store.load(problem, data_source or "auto", tell=context.say) for problem in chosen],
    )


@data.command("list")
@as_json
def list_data(as_json: bool) -> None:
    """List the data on this machine."""
    from ..reports.json_records import dataset_record
    from ..reports.terminal import show_datasets

    datasets = context.store(context.home()).list()
    if as_json:
        return context.print_json([dataset_record(dataset) for dataset in datasets])
    return show_datasets(context.console(), datasets)


@data.command("remove")
@click.argument("name")
@click.option(
    "--data",
    "data_source",
    default="package",
    show_default=True,
    metavar="SOURCE",
    help="As `data list` names it: tfds, package, generated or own:….",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove_data(name: str, data_source: str, yes: bool) -> None:
    """Remove the problem NAME's data from this machine. It can be fetched again."""
    from ..problems import find

    problem, store = find(name), context.store(context.home())
    store.require(problem, data_source)
    if not yes:
        click.confirm(
            f"Remove the {data_source} data of {problem.id} from this machine?", abort=True, err=True
        )
    store.remove(problem, data_source)
    context.put(
        f"The {data_source} data of {problem.id} is gone; `tfprep data fetch {problem.call}` gets it again."
    )
