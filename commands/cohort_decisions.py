"""What a mentor decides about a cohort: rules, scores by hand, withdrawals, regrading; and the audit."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import BadCohort
from ..files.text import counted
from . import context
from .cohort import a_file, ask, cohort_choice, confirm_rules, live_page, open_service, usual_rules
from .context import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..cohorts.gradebook.regrade import OtherCard
    from ..cohorts.rules_in_force import RulesPreview
    from ..cohorts.service import Changes
    from ..grader.records.cohort_runs import CohortNote, Regrading

_REGRADED = "Regraded by the rules as they are now."
a_verdict = click.Choice(["passed", "partial", "invalid"])


@click.command("rename")
@click.argument("name")
@click.argument("to")
def rename_cohort(name: str, to: str) -> None:
    """Give the cohort NAME another name."""
    with open_service() as service:
        note, pages = service.note(name), service.report_folder(name)
        has_exam = bool(note.exams) or service.rules_of(note).has_exam
        service.rename(name, to)
    if has_exam:
        context.say(
            f"Exam packs that were made before, and their certificates, keep the name {name}: it is signed."
        )
    context.put(
        f"{name} is called {to} now. Grading goes by the name in cohort.toml, or by the folder's: change "
        "that too, or give --cohort. What was graded for this cohort before is asked about."
    )
    _say_what_stays(pages)


@click.command("delete")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_cohort(name: str, yes: bool) -> None:
    """Delete the cohort NAME; its submissions stay in the ledger.

    Its roster, gradebook, overrides and withdrawals are deleted. Its submissions can still be
    shown by number.
    """
    with open_service() as service:
        results = service.results(name)
        what = f"{counted(len(results.learners), 'learner')}, and every override and withdrawal"
        if not yes and not ask(f"Delete {name} with {what}?"):
            raise BadCohort("Nothing was deleted.")
        pages = service.report_folder(name)
        service.delete(name)
    context.put(f"{name} is deleted.")
    _say_what_stays(pages)


def _say_what_stays(pages: Path) -> None:
    if pages.is_dir():
        context.say(f"What was written before stays in {pages}, names and grades among it.")


@click.command("regrade")
@cohort_choice
@click.option("--reason", default=_REGRADED, help="For the record.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--undo", is_flag=True, help="Let the scores before the last regrading count again.")
@click.option("--rerun", is_flag=True, help="Run the models again, those that the options below choose.")
@click.option(
    "--learner", default="", metavar="NAME", help="With --rerun: only this id, e-mail address or name."
)
@click.option("--problem", default="", metavar="NAME", help="With --rerun: only this problem.")
@click.option("--verdict", type=a_verdict, help="With --rerun: only what got this verdict.")
def regrade_cohort(name: str | None, reason: str, yes: bool, undo: bool, rerun: bool, **chosen: Any) -> None:
    """Score all predictions again by today's rules; no model is run.

    Today's bands, labels and grader are used. Shows whose score would change and by how much, and asks before
    anything counts. The old scores are kept. With --rerun, models are run again from where they lie, such as
    files that an older version could not read (--verdict invalid). --undo takes either back.
    """
    if undo and (rerun or any(chosen.values())):
        raise click.UsageError("--undo takes back all of the last regrading: give it alone.")
    if undo:
        return _undo(name, reason, yes)
    if rerun:
        return _run_again(name, reason, **chosen)
    if any(chosen.values()):
        raise click.UsageError("--learner, --problem and --verdict choose what --rerun runs again.")
    from ..cohorts.gradebook.regrade import CardChange
    from ..reports.cohort.terminal import show_review

    moved = 0

    def confirm(changes: Changes) -> bool:
        nonlocal moved
        moved = sum(isinstance(each, CardChange) and each.moves for each in changes)
        show_review(context.console(), changes)
        if not any(isinstance(each, CardChange) for each in changes):
            return False
        return yes or ask("Let the new scores count?")

    with open_service() as service:
        name = service.note(name).name
        count = service.regrade(name, reason, confirm, lambda preview: confirm_rules(preview, yes))
    if count is None:
        context.put(f"{name}: nothing has changed, everybody would get the score they have.")
    elif count:
        context.put(f"{name}: {_scored_again(count, moved)}")
    else:
        context.put(f"{name}: no score was changed.")
    return None


@click.command("rules")
@click.argument("file", type=a_file, required=False)
@cohort_choice
@click.option("--apply", is_flag=True, help="Let the rules in FILE count from now on.")
@click.option("--undo", is_flag=True, help="Put the rules back in force that were replaced last.")
@click.option("--reason", default="", help="Why; for the audit.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def show_rules(
    file: Path | None, name: str | None, apply: bool, undo: bool, reason: str, yes: bool, as_json: bool
) -> None:
    """Show which rules count, and what FILE would change.

    FILE is a cohort.toml; without it, the one that the rules came from. Nothing changes without --apply.
    """
    from ..reports.cohort.results_json import rules_record
    from ..reports.cohort.terminal import show_rule_changes

    if apply and undo:
        raise click.UsageError("Give either --apply or --undo.")
    with open_service() as service:
        first = file or usual_rules()
        if first is not None and name is None and not (apply or undo or service.has_usual()):
            return _show_first(service.preview_first(first), as_json)
        if apply or undo:
            name = service.note(name).name
            done = (
                service.undo_rules(name, reason, lambda preview: confirm_rules(preview, yes))
                if undo
                else service.apply_rules(name, file, reason, lambda preview: confirm_rules(preview, yes))
            )
            if done is None:
                raise BadCohort("The rules before count as they did.")
            count = len(done.rules)
            others = counted(count, "rule has changed", "rules have changed")
            return context.put(f"{name}: {others}. The new rules count from now on.")
        note = service.note(name)
        gone = file is None and not (note.rules.path and Path(note.rules.path).exists())
        preview = None if gone else service.preview_file(note.name, file)
    if as_json:
        return context.print_json(rules_record(note, preview))
    context.put(_counting(note))
    if preview is not None:
        context.put(f"{preview.path}:")
        show_rule_changes(context.console(), preview)
        if preview.rules:
            words = ["tfprep", "cohort", "rules", str(preview.path), "--apply", "--cohort", note.name]
            context.put(f"`{shlex.join(words)}` lets these rules count.")
    return None


@click.command("override")
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

    The grader's own score is kept beside it. Who decided, when and why is kept for good. Lateness does
    not reduce it.
    """
    if (score is None) != remove:
        raise click.UsageError("Give either --score or --remove.")
    with open_service() as service:
        name = service.note(name).name
        decision = service.override(name, learner, problem, score, reason)
    counts = "the grader's score counts again" if score is None else f"{score:g} of 5 counts"
    context.put(f"{name}: {decision.learner}, {decision.problem}: {counts}.")


@click.command("withdraw")
@click.argument("learner")
@click.argument("problem")
@click.option("--submission", type=context.record_number, metavar="N", help="Which, where there are several.")
@click.option("--reason", required=True, help="Why; for the audit.")
@click.option("--undo", is_flag=True, help="Let it count again.")
@cohort_choice
def withdraw_submission(
    learner: str, problem: str, submission: int | None, reason: str, undo: bool, name: str | None
) -> None:
    """Withdraw a submission of LEARNER in PROBLEM: it counts no more.

    It counts in no grade and is compared with nobody. When it is found again, it is not graded again. Who
    did it, when and why is kept for good.
    """
    with open_service() as service:
        name = service.note(name).name
        attempt = service.find_attempt(name, learner, problem, submission, withdrawn=undo)
        withdrawal = service.withdraw(attempt, reason, undo=undo)
    counts = "counts again" if undo else "is withdrawn"
    whose = f"{name}: {withdrawal.learner}, {withdrawal.problem}"
    context.put(f"{whose}: submission {withdrawal.submission} {counts}.")


@click.command("audit")
@cohort_choice
@click.option("--all", "each", is_flag=True, help="A line for every submission of a regrading.")
@as_json
def show_audit(name: str | None, each: bool, as_json: bool) -> None:
    """List what was set by hand, regraded or withdrawn, and the rules.

    Each with who did it, when and why, in the cohort's time zone. A regrading is one line, even if no score
    changed. --json tells everything, in UTC.
    """
    from ..reports.cohort.results_json import audit_records
    from ..reports.cohort.terminal import show_audit

    with open_service() as service:
        records, zone = audit_records(service.audit(name)), service.zone_of(name)
    if as_json:
        return context.print_json(records)
    return show_audit(context.console(), records, each=each, zone=zone)


def _show_first(preview: RulesPreview, as_json: bool) -> None:
    """Of a cohort that there is not yet: the rules that would count."""
    from ..grader.records.cohort_runs import CohortNote
    from ..reports.cohort.results_json import rules_record
    from ..reports.cohort.terminal import show_rule_changes

    if as_json:
        return context.print_json(rules_record(CohortNote(""), preview))
    context.put(
        f"There is no cohort with these rules yet. {preview.path} can be used. It changes these defaults:"
    )
    show_rule_changes(context.console(), preview)
    return context.put(f"`{shlex.join(['tfprep', 'cohort', 'grade', 'FOLDER', '--rules', preview.path])}`")


def _scored_again(count: int, moved: int) -> str:
    many = counted(count, "submission was", "submissions were")
    scores = f"{counted(moved, 'score')} changed" if moved else "no score changed"
    return f"{many} scored again by the rules of today: {scores}."


def _undo(name: str | None, reason: str, yes: bool) -> None:
    from ..reports.cohort.terminal import show_review

    def confirm(last: Regrading, others: Sequence[OtherCard]) -> bool:
        context.put(f"Regraded by {last.by} on {last.when:%Y-%m-%d %H:%M} UTC: {last.why}")
        show_review(context.console(), others)
        return yes or ask("Let the scores before count again?")

    with open_service() as service:
        name = service.note(name).name
        count = service.undo_regrade(name, "Taken back." if reason == _REGRADED else reason, confirm)
    context.put(f"{name}: {counted(count, 'score counts', 'scores count')} again as before.")


def _run_again(name: str | None, reason: str, learner: str, problem: str, verdict: str | None) -> None:
    from rich.console import Console

    from ..reports.cohort.terminal import show_batch_progress
    from ..sandbox.host.select_sandbox import docker_pool

    with (
        open_service() as service,
        show_batch_progress(Console(stderr=True)) as bar,
        live_page(service, None, bar) as on_progress,
    ):
        name = service.note(name).name
        chosen = service.choose(name, learner, problem, verdict)
        count, gone = service.run_again(
            name, chosen, reason, lambda limits: docker_pool(limits, None, None), on_progress
        )
    context.put(f"{name}: {count:,} run again.")
    for source in gone:
        context.say(f"{source} is not there any more: nothing in it was run again.")


def _counting(note: CohortNote) -> str:
    """Which rules count, and since when."""
    if note.rules.text is None:
        return f"{note.name} counts by {note.rules.path} as it is today."
    since = "" if note.rules_since is None else f" since {note.rules_since:%Y-%m-%d %H:%M} UTC"
    if not note.rules.path:
        return f"{note.name} counts by the usual rules{since}."
    rows = note.rules.text.strip("\n")
    return f"{note.name} counts by these rules of {note.rules.path}{since}:\n\n{rows}\n"
