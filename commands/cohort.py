"""Grade a cohort, and show and write its results."""

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
cohort_choice = click.option(
    "--cohort", "name", metavar="NAME", help="Which cohort.  [default: the one used last]"
)
out_choice = click.option("--out", type=a_path, metavar="DIR", help="The folder to write to.")


@click.group()
def cohort() -> None:
    """Grade the submissions of a class, and show the results."""


@cohort.command("grade")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--roster", type=a_file, help="The learners: a CSV of your own, from Canvas or from Moodle.")
@click.option("--rules", type=a_file, help="A cohort.toml.  [default: the one in this folder, if any]")
@click.option("--cohort", "name", metavar="NAME", help="The cohort's name.  [default: as cohort.toml says]")
@click.option("--out", type=a_path, metavar="DIR", help="Write gradebook, import files and pages here.")
@click.option("--workers", type=click.IntRange(1, 256), help="How many.  [default: by CPUs and memory]")
@click.option("--regrade-changed", is_flag=True, help="Run again what was graded on other data or rules.")
@gpu_choice
@as_json
def grade_cohort(source: Path, out: Path | None, as_json: bool, **options: Any) -> None:
    """Grade everyone's submissions in SOURCE.

    SOURCE is a folder, a zip from Canvas or Moodle, or a manifest (CSV). Every model runs in Docker. Run
    again, it grades only what is missing. Exit code 0: every file has a result; 1: some could not be matched
    or have no result for now; 3: the sandbox failed.
    """
    from ..reports.cohort.results_json import results_record
    from ..reports.cohort.terminal import show_cohort, show_tally

    with open_service() as service:
        tally, results = _grade(service, source, **options)
        if out is not None:
            _write(service, results, out)
    if as_json:
        context.print_json(results_record(results))
    else:
        show_tally(context.console(), tally)
        show_cohort(context.console(), results)
        if out is not None:
            click.echo(f"Written to {out}")
    if tally.stopped:
        sys.exit(context.OUR_FAULT)
    if results.pending or results.unmatched:
        sys.exit(context.NOT_YET)


@cohort.command("status")
@cohort_choice
@as_json
def show_status(name: str | None, as_json: bool) -> None:
    """Show everyone's results, and the submissions without one."""
    from ..reports.cohort.results_json import results_record
    from ..reports.cohort.terminal import show_cohort

    with open_service() as service:
        results = service.results(name)
    if as_json:
        return context.print_json(results_record(results))
    return show_cohort(context.console(), results)


@cohort.command("similar")
@cohort_choice
@as_json
def show_similar(name: str | None, as_json: bool) -> None:
    """List pairs of learners whose submissions are alike.

    Each pair with the evidence: the same file, the same or near-identical weights, the same mistakes beyond
    chance. No model is run. What it means, a person must judge.
    """
    from ..reports.cohort.results_json import pair_record
    from ..reports.cohort.terminal import show_pairs

    with open_service() as service:
        results = service.results(name)
        pairs = service.similar(results)
    if as_json:
        return context.print_json([pair_record(pair) for pair in pairs])
    names = {each.learner.id: each.learner.shown for each in results.learners}
    return show_pairs(context.console(), pairs, names)


@cohort.command("report")
@cohort_choice
@out_choice
def write_report(name: str | None, out: Path | None) -> None:
    """Write the cohort's page, and a page for each learner."""
    from ..reports.cohort.page import write_cohort

    with open_service() as service:
        results = service.results(name)
        folder = out or service.report_folder(results)
        click.echo(f"Page: {write_cohort(results, folder, service.similar(results))}")


@cohort.command("export")
@cohort_choice
@out_choice
def export_grades(name: str | None, out: Path | None) -> None:
    """Write the gradebook as files for Canvas, Moodle and others.

    These are gradebook.csv, the files that Canvas and Moodle import, and results.json.
    """
    from ..reports.cohort.exports import write_exports

    with open_service() as service:
        results = service.results(name)
        for path in write_exports(results, out or service.report_folder(results)):
            click.echo(path)


@contextmanager
def open_service() -> Iterator[CohortService]:
    """The service for the mentor's home and ledger."""
    from ..cohorts.service import CohortService

    home = context.home()
    with context.ledger(home) as ledger:
        yield CohortService(ledger, home, home.learner, context.say)


def usual_rules() -> Path | None:
    """The cohort.toml of the current folder, if there is one."""
    usual = Path("cohort.toml")
    return usual if usual.is_file() else None


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
    from ..cohorts.service import GradeRequest
    from ..reports.cohort.terminal import show_progress
    from ..sandbox.host.select_sandbox import docker_pool

    request = GradeRequest(
        source=source,
        rules=rules or usual_rules(),
        roster=None if roster is None else read_roster(roster),
        name=name,
        regrade_changed=regrade_changed,
    )
    try:
        with show_progress(Console(stderr=True)) as on_progress:
            return service.grade(request, lambda limits: docker_pool(limits, workers, gpus), on_progress)
    except KeyboardInterrupt:
        context.say("Interrupted. Everything that had finished is kept; run the command again to go on.")
        sys.exit(context.INTERRUPTED)


def _write(service: CohortService, results: Cohort, out: Path) -> None:
    from ..reports.cohort.exports import write_exports
    from ..reports.cohort.page import write_cohort

    write_exports(results, out)
    write_cohort(results, out, service.similar(results))
