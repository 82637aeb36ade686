"""Grade a cohort, show and write its results, and what a mentor decides: overrides, regrading, hand-outs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import INTERRUPTED, NOT_YET, OUR_FAULT
from . import context
from .context import as_json, gpu_choice

if TYPE_CHECKING:
    from ..cohorts import Cohort
    from ..cohorts.batch.progress import Tally
    from ..cohorts.service import Changes, CohortService

a_path = click.Path(path_type=Path)
a_file = click.Path(path_type=Path, exists=True, dir_okay=False)
a_verdict = click.Choice(["passed", "partial", "invalid"])
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
@click.option("--problem", metavar="PROBLEM", help="The problem of files whose path names none.")
@click.option("--manifest", type=a_file, help="The corrected not-placed.csv of SOURCE.")
@click.option("--rules", type=a_file, help="A cohort.toml.  [default: the one in this folder, if any]")
@click.option(
    "--cohort", "name", metavar="NAME", help="Its name.  [default: as cohort.toml says, else SOURCE's folder]"
)
@click.option("--out", type=a_path, metavar="DIR", help="Write gradebook, import files and pages here.")
@click.option("--workers", type=click.IntRange(1, 256), help="How many.  [default: by CPUs and memory]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--regrade-changed", is_flag=True, help="Run again what was graded on other data or rules.")
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
    from ..reports.cohort.terminal import show_cohort, show_tally

    with _service() as service:
        tally, results = _grade(service, source, out, **options)
        if as_json:
            context.print_json(results_record(results))
        else:
            show_tally(context.console(), tally)
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

    with _service() as service:
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

    with _service() as service:
        summaries = service.ledger.cohorts.summaries()
    if as_json:
        return context.print_json([summary_record(each) for each in summaries])
    return show_cohorts(context.console(), summaries)


@cohort.command("rename")
@click.argument("name")
@click.argument("to")
def rename_cohort(name: str, to: str) -> None:
    """Give the cohort NAME another name."""
    with _service() as service:
        service.rename(name, to)
    context.put(f"{name} is called {to} now.")


@cohort.command("delete")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_cohort(name: str, yes: bool) -> None:
    """Forget the cohort NAME.

    Its roster, its gradebook and everything that was decided in it are gone. The submissions and their scores
    stay in the ledger.
    """
    with _service() as service:
        results = service.results(name)
        what = f"{len(results.learners):,} learners, and every override and withdrawal"
        if not yes:
            click.confirm(f"Forget {name} with {what}?", abort=True, err=True)
        service.delete(name)
    context.put(f"{name} is forgotten.")


@cohort.command("similar")
@cohort_choice
@as_json
def show_similar(name: str | None, as_json: bool) -> None:
    """List groups of learners whose submissions are alike.

    Each group with the evidence: the same file, the same or near-identical weights, the same mistakes beyond
    chance. No model is run. It is a question for people: what it means, a person must judge.
    """
    from ..reports.cohort.results_json import group_record
    from ..reports.cohort.terminal import show_groups

    with _service() as service:
        results = service.results(name)
        groups = service.similar(results)
    if as_json:
        return context.print_json([group_record(group) for group in groups])
    names = {each.learner.id: each.learner.shown for each in results.learners}
    return show_groups(context.console(), groups, names)


@cohort.command("report")
@cohort_choice
@out_choice
def write_report(name: str | None, out: Path | None) -> None:
    """Write the cohort's page, and a page for each learner."""
    from ..reports.cohort.page import write_cohort

    with _service() as service:
        results = service.results(name)
        folder = out or service.report_folder(results.name)
        context.put(f"Page: {write_cohort(results, folder, service.similar(results))}")


@cohort.command("export")
@cohort_choice
@out_choice
@click.option("--problem", help="Whose grades go into Moodle's worksheet: a number or a name.")
def export_grades(name: str | None, out: Path | None, problem: str | None) -> None:
    """Write the gradebook as files for Canvas, Moodle and others.

    These are gradebook.csv, the files that Canvas and Moodle import, and results.json.
    """
    from ..reports.cohort.exports import write_exports

    with _service() as service:
        results = service.results(name)
        folder, groups = out or service.report_folder(results.name), service.similar(results)
        exported = write_exports(results, folder, problem, groups)
        for path in exported.paths:
            context.put(path)
        for note in exported.notes:
            context.say(note)


@cohort.command("regrade")
@cohort_choice
@click.option("--reason", default="Regraded by the rules as they are now.", help="For the record.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--rerun", is_flag=True, help="Run the models again, those that the options below choose.")
@click.option("--learner", default="", help="With --rerun: only this id, e-mail address or name.")
@click.option("--problem", default="", help="With --rerun: only this problem.")
@click.option("--verdict", type=a_verdict, help="With --rerun: only what got this verdict.")
def regrade_cohort(name: str | None, reason: str, yes: bool, rerun: bool, **chosen: Any) -> None:
    """Score all predictions again by today's rules; no model is run.

    Today's bands, labels and grader are used. Shows whose score would change and by how much, and asks before
    anything counts. The old scores are kept. With --rerun, models are run again from where they lie, such as
    files that an older version could not read (--verdict invalid).
    """
    if rerun:
        return _run_again(name, reason, **chosen)
    if any(chosen.values()):
        raise click.UsageError("--learner, --problem and --verdict choose what --rerun runs again.")
    from ..cohorts.gradebook.regrade import Change
    from ..reports.cohort.terminal import show_review

    def confirm(changes: Changes) -> bool:
        show_review(context.console(), changes)
        if not any(isinstance(each, Change) for each in changes):
            return False
        return yes or click.confirm("Let the new scores count?", abort=True, err=True)

    with _service() as service:
        count = service.regrade(name, reason, confirm)
    if count is None:
        context.put("Nothing has changed: everybody would get the score they have.")
    elif count:
        context.put(f"{count:,} scored again.")
    return None


@cohort.command("override")
@click.argument("learner")
@click.argument("problem")
@click.option("--score", type=context.FiniteRange(0, 5), help="From 0 to 5; it counts as it is.")
@click.option("--reason", required=True, help="Why. Learners read it.")
@click.option("--remove", is_flag=True, help="Let the grader's score count again.")
@cohort_choice
def override_score(
    learner: str, problem: str, score: float | None, reason: str, remove: bool, name: str | None
) -> None:
    """Set LEARNER's score in PROBLEM by hand, or take it back.

    The grader's own score is kept beside it. Who decided, when and why is kept for good. Lateness costs such
    a score nothing.
    """
    if (score is None) != remove:
        raise click.UsageError("Give either --score or --remove.")
    with _service() as service:
        decision = service.override(name, learner, problem, score, reason)
    counts = "the grader's score counts again" if score is None else f"{score:g} of 5 counts"
    context.put(f"{decision.learner}, {decision.problem}: {counts}.")


@cohort.command("withdraw")
@click.argument("learner")
@click.argument("problem")
@click.option("--submission", type=context.record_number, metavar="N", help="Which, where there are several.")
@click.option("--reason", required=True, help="Why; for the audit.")
@click.option("--undo", is_flag=True, help="Let it count again.")
@cohort_choice
def withdraw_submission(
    learner: str, problem: str, submission: int | None, reason: str, undo: bool, name: str | None
) -> None:
    """Take a wrongly placed submission of LEARNER in PROBLEM out.

    It counts in no grade and is compared with nobody, and is not taken in again when it is found again. Who
    did it, when and why is kept for good.
    """
    with _service() as service:
        attempt = service.find_attempt(name, learner, problem, submission, withdrawn=undo)
        withdrawal = service.withdraw(attempt, reason, undo=undo)
    counts = "counts again" if undo else "is withdrawn"
    context.put(f"{withdrawal.learner}, {withdrawal.problem}: submission {withdrawal.submission} {counts}.")


@cohort.command("audit")
@cohort_choice
@as_json
def show_audit(name: str | None, as_json: bool) -> None:
    """List what was set by hand, regraded and withdrawn.

    Each with who did it, when and why.
    """
    from ..reports.cohort.results_json import audit_records
    from ..reports.cohort.terminal import show_audit

    with _service() as service:
        records = audit_records(*service.audit(name))
    if as_json:
        return context.print_json(records)
    return show_audit(context.console(), records)


@cohort.command("hand-out")
@click.option("--rules", type=a_file, help="A cohort.toml.  [default: the one in this folder, if any]")
@click.option("--into", type=a_path, default=Path("hand-out"), show_default=True, help="The folder to make.")
def hand_out_data(rules: Path | None, into: Path) -> None:
    """Write a data pack for each problem, without hidden examples.

    Learners begin with `tfprep start PACK`.
    """
    from ..classroom.handout import hand_out_all
    from ..classroom.rules_file import read_rules

    for pack in hand_out_all(context.home(), read_rules(rules or _usual_rules()), into, context.say):
        context.put(pack)


@contextmanager
def _service() -> Iterator[CohortService]:
    """The service for the mentor's home and ledger."""
    from ..cohorts.service import CohortService

    home = context.home()
    with context.ledger(home) as ledger:
        yield CohortService(ledger, home, home.learner, context.say)


def _run_again(name: str | None, reason: str, learner: str, problem: str, verdict: str | None) -> None:
    from rich.console import Console

    from ..reports.cohort.terminal import show_progress
    from ..sandbox.host.select_sandbox import docker_pool

    with _service() as service, show_progress(Console(stderr=True)) as on_progress:
        chosen = service.choose(name, learner, problem, verdict)
        count, gone = service.run_again(
            name, chosen, reason, lambda limits: docker_pool(limits, None, None), on_progress
        )
    context.put(f"{count:,} run again.")
    for source in gone:
        context.say(f"{source} is not there any more: nothing in it was run again.")


def _usual_rules() -> Path | None:
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
    regrade_changed: bool,
    yes: bool,
    gpus: str | None,
) -> tuple[Tally, Cohort]:
    from rich.console import Console

    from ..classroom.roster import read_assignments, read_roster
    from ..cohorts.requests import GradeRequest
    from ..reports.cohort.terminal import show_progress
    from ..sandbox.host.select_sandbox import docker_pool

    request = GradeRequest(
        source=source,
        rules=rules or _usual_rules(),
        roster=None if roster is None else read_roster(roster),
        assignments=None if roster is None else read_assignments(roster),
        name=name,
        problem=problem,
        manifest=manifest,
        out=out,
        regrade_changed=regrade_changed,
        confirm=lambda question: yes or click.confirm(question, err=True),
    )
    try:
        with show_progress(Console(stderr=True)) as on_progress:
            return service.grade(request, lambda limits: docker_pool(limits, workers, gpus), on_progress)
    except KeyboardInterrupt:
        context.say("Interrupted. Everything that had finished is kept; run the command again to go on.")
        sys.exit(INTERRUPTED)


def _write(service: CohortService, results: Cohort, out: Path) -> bool:
    """Write gradebook and pages; whether that was possible. Where it was not, the results are kept."""
    from ..reports.cohort.exports import write_exports
    from ..reports.cohort.page import write_cohort

    def write() -> None:
        groups = service.similar(results)
        write_cohort(results, out, groups)
        for note in write_exports(results, out, groups=groups).notes:
            context.say(note)

    return context.softly(
        write,
        "Every result is recorded, but the files could not be written",
        "`tfprep cohort export --out DIR` and `tfprep cohort report --out DIR` try again.",
    )
