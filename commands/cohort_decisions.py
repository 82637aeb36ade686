"""What a mentor decides about a cohort: scores by hand, regrading, and which data learners get."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import context
from .cohort import a_file, a_path, cohort_choice, open_service, usual_rules
from .context import as_json

if TYPE_CHECKING:
    from ..cohorts.service import Changes


@click.command("regrade")
@cohort_choice
@click.option("--reason", default="Regraded by the rules as they are now.", help="For the record.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def regrade_cohort(name: str | None, reason: str, yes: bool) -> None:
    """Score all predictions again by today's rules; no model is run.

    Today's bands, labels and grader are used. Shows whose score would change and by how much, and asks before
    anything counts. The old scores are kept.
    """
    from ..cohorts.gradebook.regrade import Change
    from ..reports.cohort.terminal import show_review

    def confirm(changes: Changes) -> bool:
        show_review(context.console(), changes)
        if not any(isinstance(each, Change) for each in changes):
            return False
        return yes or click.confirm("Let the new scores count?", abort=True, err=True)

    with open_service() as service:
        count = service.regrade(name, reason, confirm)
    if count is None:
        click.echo("Nothing has changed: everybody would get the score they have.")
    elif count:
        click.echo(f"{count:,} scored again.")


@click.command("override")
@click.argument("learner")
@click.argument("problem")
@click.option("--score", type=click.FloatRange(0, 5), help="From 0 to 5; it counts as it is.")
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
    with open_service() as service:
        decision = service.override(name, learner, problem, score, reason)
    counts = "the grader's score counts again" if score is None else f"{score:g} of 5 counts"
    click.echo(f"{decision.learner}, {decision.problem}: {counts}.")


@click.command("audit")
@cohort_choice
@as_json
def show_audit(name: str | None, as_json: bool) -> None:
    """List the scores set by hand and the regradings.

    Each with who did it, when and why.
    """
    from ..reports.cohort.results_json import audit_records
    from ..reports.cohort.terminal import show_audit

    with open_service() as service:
        records = audit_records(*service.audit(name))
    if as_json:
        return context.print_json(records)
    return show_audit(context.console(), records)


@click.command("hand-out")
@click.option("--rules", type=a_file, help="A cohort.toml.  [default: the one in this folder, if any]")
@click.option("--into", type=a_path, default=Path("hand-out"), show_default=True, help="The folder to make.")
def hand_out_data(rules: Path | None, into: Path) -> None:
    """Write a data pack for each problem, without hidden examples.

    Learners begin with `tfprep start PACK`.
    """
    from ..classroom.handout import hand_out_all
    from ..classroom.rules_file import read_rules

    for pack in hand_out_all(context.home(), read_rules(rules or usual_rules()), into, context.say):
        click.echo(pack)
