"""Grade a cohort, and show and write its results."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import NOT_YET, OUR_FAULT, BadCohort, BadOption
from . import LazyGroup, context
from .context import as_json, gpu_choice

if TYPE_CHECKING:
    from ..cohorts import Cohort
    from ..cohorts.batch.progress import BatchCounts, OnProgress
    from ..cohorts.grading import MakePool
    from ..cohorts.rules_in_force import RulesPreview
    from ..cohorts.service import CohortService

a_path = click.Path(path_type=Path)
a_file = click.Path(path_type=Path, exists=True, dir_okay=False)
cohort_choice = click.option(
    "--cohort",
    "name",
    metavar="NAME",
    help="Which cohort.  [default: that of this folder's cohort.toml, else the one used last]",
)
out_choice = click.option("--out", type=a_path, metavar="DIR", help="The folder to write to.")


@click.group(
    cls=LazyGroup,
    places={
        "rules": "cohort_decisions:show_rules",
        "regrade": "cohort_decisions:regrade_cohort",
        "override": "cohort_decisions:override_score",
        "withdraw": "cohort_decisions:withdraw_submission",
        "audit": "cohort_decisions:show_audit",
        "rename": "cohort_decisions:rename_cohort",
        "delete": "cohort_decisions:delete_cohort",
    },
)
def cohort() -> None:
    """Grade the submissions of a class, and show the results."""


@cohort.command("grade")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--roster", type=a_file, help="The learners: a CSV of your own, from Canvas or from Moodle.")
@click.option("--problem", metavar="NAME", help="The problem of files whose path names none.")
@click.option("--manifest", type=a_file, help="The corrected not-placed.csv of SOURCE.")
@click.option(
    "--rules", type=a_file, help="A cohort.toml.  [default: the one in this folder, or those that count]"
)
@click.option(
    "--cohort",
    "name",
    metavar="NAME",
    help="The cohort's name.  [default: as cohort.toml says, else SOURCE's]",
)
@click.option("--out", type=a_path, metavar="DIR", help="Write gradebook, import files and pages here.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Workers side by side.  [default: by CPUs and memory]",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--rerun-changed", is_flag=True, help="Run again what was graded on other data or rules.")
@click.option(
    "--cluster",
    metavar="ADDRESS|FILE",
    help="Run the models on the hosts of a cluster: its cluster.yaml, or its scheduler's address.",
)
@click.option(
    "--allow-mixed", is_flag=True, help="Use hosts that compute otherwise than the first one; cards say so."
)
@gpu_choice
@as_json
def grade_cohort(source: Path, out: Path | None, as_json: bool, **options: Any) -> None:
    """Grade everyone's submissions in SOURCE.

    SOURCE is a folder, a platform's zip, a manifest or a list of repositories (CSV). Every model runs in
    Docker. Run again, it grades only what is missing. What could not be placed is drafted in not-placed.csv:
    correct it, and give it with --manifest. Exit code 0: every file has a result; 1: some could not be placed
    or have no result for now; 3: the sandbox failed.
    """
    from ..reports.cohort.results_json import results_record
    from ..reports.cohort.terminal import show_batch_counts, show_cohort

    with open_service() as service:
        tally, results = _grade(service, source, out, **options)
        if as_json:
            context.print_json(results_record(results))
        else:
            show_batch_counts(context.console(), tally)
            show_cohort(context.console(), results)
        written = out is None or _write(service, results, out)
    if out is not None and written and not as_json:
        context.put(f"Written to {out}")
    if tally.stopped or not written:
        sys.exit(OUR_FAULT)
    if results.pending or results.unmatched:
        sys.exit(NOT_YET)


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


@cohort.command("list")
@as_json
def list_cohorts(as_json: bool) -> None:
    """List the cohorts in the ledger, the one used last first."""
    from ..reports.cohort.results_json import summary_record
    from ..reports.cohort.terminal import show_cohorts

    with open_service() as service:
        summaries = service.summaries()
    if as_json:
        return context.print_json([summary_record(each) for each in summaries])
    return show_cohorts(context.console(), summaries)


@cohort.command("similar")
@cohort_choice
@as_json
def show_similar(name: str | None, as_json: bool) -> None:
    """List groups of learners whose submissions are alike.

    Each group with the evidence: the same file, the same or near-identical weights, the same mistakes beyond
    chance. No model is run. Being alike is no proof: a person must judge what it means.
    """
    from ..reports.cohort.results_json import group_record
    from ..reports.cohort.terminal import show_groups

    with open_service() as service:
        results = service.results(name)
        groups = service.similar(results)
    if as_json:
        return context.print_json([group_record(group) for group in groups])
    names = {each.learner.id: each.learner.shown for each in results.learners}
    return show_groups(context.console(), groups, names, results.zone or UTC)


@cohort.command("report")
@cohort_choice
@out_choice
def write_report(name: str | None, out: Path | None) -> None:
    """Write the cohort's page, and a page for each learner."""
    from ..reports.cohort.page import write_cohort

    with open_service() as service:
        results = service.results(name)
        folder = out or service.report_folder(results.name)
        context.put(f"Page: {write_cohort(results, folder, service.similar(results))}")
        for note in results.notes:
            context.say(note)


@cohort.command("export")
@cohort_choice
@out_choice
@click.option(
    "--problem", metavar="NAME", help="Whose grades go into Moodle's worksheet: a number or a name."
)
def export_grades(name: str | None, out: Path | None, problem: str | None) -> None:
    """Write the gradebook as files for Canvas, Moodle and others.

    These are gradebook.csv, the files that Canvas and Moodle import, and results.json.
    """
    from ..reports.cohort.exports import write_exports

    with open_service() as service:
        results = service.results(name)
        folder, groups = out or service.report_folder(results.name), service.similar(results)
        exported = write_exports(results, folder, problem, groups)
        for path in exported.paths:
            context.put(path)
        for note in (*exported.notes, *results.notes):
            context.say(note)


@cohort.command("hand-out")
@click.option("--rules", type=a_file, help="A cohort.toml.  [default: the one in this folder, if any]")
@click.option(
    "--into",
    type=a_path,
    default=Path("hand-out"),
    show_default=True,
    metavar="DIR",
    help="The folder to make.",
)
def write_packs(rules: Path | None, into: Path) -> None:
    """Write a data pack for each problem, without hidden examples.

    Learners begin with `tfprep start PACK`.
    """
    with open_service() as service:
        for pack in service.hand_out(rules, into):
            context.put(pack)


@contextmanager
def open_service() -> Iterator[CohortService]:
    """The service for the mentor's home and ledger."""
    from ..cohorts.service import CohortService

    home = context.home()
    with context.ledger(home) as ledger:
        yield CohortService(ledger, home, home.learner, context.say, usual_rules())


def ask(question: str) -> bool:
    """A mentor's answer. Raises BadCohort where nobody is there to give one."""
    try:
        return click.confirm(question, err=True)
    except click.Abort as error:
        raise BadCohort("Nobody answered, so nothing was changed.", "In a script, --yes answers.") from error


def confirm_rules(preview: RulesPreview, yes: bool) -> bool:
    """Show what other rules would change, and ask whether they count from now on."""
    from rich.console import Console

    from ..reports.cohort.terminal import show_rule_changes

    where = preview.path or "the usual rules"
    context.say(f"These rules differ from the rules in force: {where}")
    show_rule_changes(Console(stderr=True), preview)
    return yes or ask("Let these rules count from now on?")


def _agree(question: str, yes: bool) -> bool:
    """A mentor's answer; with --yes, the question is told with the answer that it gets."""
    if yes:
        context.say(f"{question} Yes, by --yes.")
    return yes or ask(question)


def usual_rules() -> Path | None:
    """The cohort.toml of the current folder, if there is one."""
    usual = Path("cohort.toml")
    return usual if usual.is_file() else None


def _grade(
    service: CohortService,
    source: Path,
    out: Path | None,
    roster: Path | None,
    problem: str | None,
    manifest: Path | None,
    rules: Path | None,
    name: str | None,
    workers: int | None,
    rerun_changed: bool,
    yes: bool,
    cluster: str | None,
    allow_mixed: bool,
    gpus: str | None,
) -> tuple[BatchCounts, Cohort]:
    from rich.console import Console

    from ..classroom.roster import read_assignments, read_roster
    from ..cohorts.requests import GradeRequest
    from ..reports.cohort.terminal import show_batch_progress

    request = GradeRequest(
        source=source,
        rules=rules or usual_rules(),
        roster=None if roster is None else read_roster(roster),
        roster_name="" if roster is None else roster.name,
        assignments=None if roster is None else read_assignments(roster),
        name=name,
        problem=problem,
        manifest=manifest,
        out=out,
        rerun_changed=rerun_changed,
        confirm=lambda question: _agree(question, yes),
        confirm_rules=lambda preview: confirm_rules(preview, yes),
    )
    with show_batch_progress(Console(stderr=True)) as bar, live_page(service, out, bar) as on_progress:
        return service.grade(request, _pool(cluster, workers, gpus, allow_mixed), on_progress)


def _pool(cluster: str | None, workers: int | None, gpus: str | None, allow_mixed: bool) -> MakePool:
    """What makes the sandboxes: on this machine, or on the hosts of a cluster. Raises BadOption."""
    if cluster is None:
        if allow_mixed:
            raise BadOption("--allow-mixed is for the hosts of a --cluster.")
        from ..sandbox.host.select_sandbox import docker_pool

        return lambda limits: docker_pool(limits, workers, gpus)
    if gpus is not None:
        raise BadOption(
            "--gpus is for this machine.",
            "Each host of a cluster has its own: `tfprep cluster worker --gpus`.",
        )
    from ..sandbox.host.cluster.cluster_pool import cluster_pool

    return lambda limits: cluster_pool(cluster, limits, workers, allow_mixed=allow_mixed, say=context.say)


def live_page(
    service: CohortService, out: Path | None, on_progress: OnProgress
) -> AbstractContextManager[OnProgress]:
    """While a batch runs, the cohort's page is rewritten: in `out`, or where `report` writes it."""
    from ..reports.cohort.batch_status import Phase
    from ..reports.cohort.live import live_page

    if out is None:
        return live_page(service.results, service.report_folder, context.say, on_progress, Phase.GRADED)
    return live_page(service.results, lambda name: out, context.say, on_progress)


def _write(service: CohortService, results: Cohort, out: Path) -> bool:
    """Write gradebook and pages; whether that was possible. Where it was not, the results are kept."""
    from ..reports.cohort.exports import write_exports
    from ..reports.cohort.page import write_cohort

    def write() -> None:
        groups = service.similar(results)
        write_cohort(results, out, groups)
        for note in write_exports(results, out, groups=groups).notes:
            context.say(note)

    return context.completed(
        write,
        "Every result is recorded, but the files could not be written",
        "`tfprep cohort export --out DIR` and `tfprep cohort report --out DIR` try again.",
    )
