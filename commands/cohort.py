"""What a mentor does with everyone's submissions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import context
from .context import as_json, gpu_choice

if TYPE_CHECKING:
    from ..cohorts import Cohort
    from ..cohorts.batch.progress import Tally
    from ..cohorts.service import CohortService

a_path = click.Path(path_type=Path)
a_file = click.Path(path_type=Path, exists=True, dir_okay=False)
cohort_choice = click.option("--cohort", "name", metavar="NAME", help="Which.  [default: the one used last]")
out_choice = click.option("--out", type=a_path, metavar="DIR", help="The folder to write to.")


@click.group()
def cohort() -> None:
    """Grade the submissions of a class, and show the results."""


@cohort.command("grade")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--roster", type=a_file, help="Who is in the cohort: a CSV of your own, Canvas's or Moodle's.")
@click.option("--rules", type=a_file, help="A cohort.toml.  [default: the one in this folder, if any]")
@click.option("--cohort", "name", metavar="NAME", help="What to call it.  [default: as cohort.toml says]")
@click.option("--out", type=a_path, metavar="DIR", help="Write gradebook, import files and pages here.")
@click.option("--workers", type=click.IntRange(1, 256), help="Side by side.  [default: as the machine bears]")
@click.option("--regrade-changed", is_flag=True, help="Run again what was graded on other data or rules.")
@gpu_choice
@as_json
def grade_cohort(source: Path, out: Path | None, as_json: bool, **wishes: Any) -> None:
    """Grade everyone's submissions in SOURCE.

    SOURCE is a folder, a zip from Canvas or Moodle, or a manifest (CSV). Every model runs in Docker. Run
    again, it grades only what is missing. Exit code 0: everything has a
    result; 1: something could not be placed or has no result for now; 3: the sandbox failed.
    """
    with open_service() as service:
        tally, graded = _grade(service, source, **wishes)
        if out is not None:
            _write(service, graded, out)
    if as_json:
        from ..reports.cohort.results_json import results_record

        context.print_json(results_record(graded))
    else:
        from ..reports.cohort.terminal import show_cohort, show_tally

        show_tally(context.console(), tally)
        show_cohort(context.console(), graded)
        if out is not None:
            click.echo(f"Written to {out}")
    _leave(tally, graded)


@cohort.command("status")
@cohort_choice
@as_json
def show_status(name: str | None, as_json: bool) -> None:
    """Show where everyone stands, and what has no result."""
    from ..reports.cohort.results_json import results_record
    from ..reports.cohort.terminal import show_cohort

    with open_service() as service:
        found = service.cohort(name)
    if as_json:
        return context.print_json(results_record(found))
    return show_cohort(context.console(), found)


@cohort.command("report")
@cohort_choice
@out_choice
def write_report(name: str | None, out: Path | None) -> None:
    """Write the cohort's page, and a page for each learner."""
    from ..reports.cohort.page import write_cohort

    with open_service() as service:
        found = service.cohort(name)
        folder = out or _folder(service, found.name)
        click.echo(f"Page: {write_cohort(found, folder, service.pairs(found))}")


@cohort.command("export")
@cohort_choice
@out_choice
def export_grades(name: str | None, out: Path | None) -> None:
    """Write the gradebook as files for Canvas, Moodle and others.

    These are gradebook.csv, the files that Canvas and Moodle import, and results.json.
    """
    from ..reports.cohort.exports import write_exports

    with open_service() as service:
        found = service.cohort(name)
        for path in write_exports(found, out or _folder(service, found.name)):
            click.echo(path)


def _grade(
    service: CohortService,
    source: Path,
    roster: Path | None,
    rules: Path | None,
    name: str | None,
    workers: int | None,
    regrade_changed: bool,
    gpus: str | None,
) -> tuple[Tally, Cohort]:
    from rich.console import Console

    from ..classroom.roster import read_roster
    from ..cohorts.batch.batch import never
    from ..cohorts.batch.batch_store import has_changed
    from ..cohorts.service import GradeRequest
    from ..reports.cohort.terminal import following
    from ..sandbox.host.select_sandbox import docker_pool

    call = GradeRequest(
        source=source,
        rules=rules or usual_rules(),
        roster=None if roster is None else read_roster(roster),
        name=name,
        run_again=has_changed if regrade_changed else never,
    )
    try:
        with following(Console(stderr=True)) as watch:
            return service.grade(call, lambda limits: docker_pool(limits, workers, gpus), watch)
    except KeyboardInterrupt:
        context.say("Interrupted. Everything that had finished is kept; run the command again to go on.")
        sys.exit(context.INTERRUPTED)


def usual_rules() -> Path | None:
    """The cohort.toml of the current folder, if there is one."""
    usual = Path("cohort.toml")
    return usual if usual.is_file() else None


def _write(service: CohortService, graded: Cohort, out: Path) -> None:
    from ..reports.cohort.exports import write_exports
    from ..reports.cohort.page import write_cohort

    write_exports(graded, out)
    write_cohort(graded, out, service.pairs(graded))


def _leave(tally: Tally, graded: Cohort) -> None:
    if tally.stopped:
        sys.exit(context.OUR_FAULT)
    if graded.pending or graded.unmatched:
        sys.exit(context.NOT_YET)


@contextmanager
def open_service() -> Iterator[CohortService]:
    """The mentor's home and ledger."""
    from ..cohorts.service import CohortService

    home = context.home()
    with context.ledger(home) as ledger:
        yield CohortService(ledger, home, home.learner, context.say)


def _folder(service: CohortService, name: str) -> Path:
    """Where a cohort's files go if nobody says so."""
    import re

    return service.home.reports / f"cohort-{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-') or 'unnamed'}"
