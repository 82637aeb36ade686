"""What a mentor decides about a cohort: scores by hand, scores by new rules, what to hand out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import context
from .cohort import a_file, a_path, cohort_choice, open_service
from .context import as_json

if TYPE_CHECKING:
    from ..cohorts.service import CohortService

no_questions = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command("regrade")
@cohort_choice
@click.option("--reason", default="Regraded by the rules as they are now.", help="For the record.")
@no_questions
def regrade_cohort(name: str | None, reason: str, yes: bool) -> None:
    """Score all predictions again by today's rules; no model is run.

    Today's bands, labels and grader are used. Shows whose score would change and by how much, and asks before
    anything counts. The old scores are kept.
    """
    from ..cohorts.gradebook.regrade import Change, commit, review
    from ..cohorts.service import rules_of
    from ..reports.cohort.terminal import show_review

    with open_service() as service:
        note = service.note(name)
        rules = rules_of(note)
        with service.ledger.cohorts.lock(note.name):
            changes = list(review(service.ledger, note.name, service.prepared_problems(rules, rules.ids)))
            if not changes:
                return click.echo("Nothing has changed: everybody would get the score they have.")
            show_review(context.console(), changes)
            ready = [each for each in changes if isinstance(each, Change)]
            if not ready:
                return None
            if not yes:
                click.confirm("Let the new scores count?", abort=True, err=True)
            click.echo(f"{commit(service.ledger, ready, service.by, reason):,} scored again.")
    return None


@click.command("override")
@click.argument("learner")
@click.argument("problem")
@click.option("--score", type=click.FloatRange(0, 5), help="From 0 to 5; it counts as it is.")
@click.option("--reason", required=True, help="Why. Learners read it.")
@click.option("--remove", is_flag=True, help="Let the machine's score count again.")
@cohort_choice
def override_score(
    learner: str, problem: str, score: float | None, reason: str, remove: bool, name: str | None
) -> None:
    """Set LEARNER's score in PROBLEM by hand, or take it back.

    The grader's own score is kept beside it. Who decided, when and why is kept for good. Lateness costs such
    a score nothing.
    """
    from ..cohorts import Override
    from ..grader.records.cohort import Decision

    if (score is None) != remove:
        raise click.UsageError("Give either --score or --remove.")
    with open_service() as service:
        note = service.note(name)
        who, what = _meant(service, note.name, learner, problem)
        now = datetime.now(UTC)
        override = None if score is None else Override(score, reason, service.by, now)
        service.ledger.cohorts.add_decision(note.name, Decision(who, what, override, service.by, now, reason))
    told = "the machine's score counts again" if score is None else f"{score:g} of 5 counts"
    click.echo(f"{who}, {what}: {told}.")


@click.command("audit")
@cohort_choice
@as_json
def show_audit(name: str | None, as_json: bool) -> None:
    """List the scores set by hand and the regradings.

    Each with who did it, when and why.
    """
    from ..reports.cohort.terminal import audit_records, show_audit

    with open_service() as service:
        book, chosen = service.ledger.cohorts, service.note(name).name
        records = audit_records(book.decisions(chosen), book.score_changes(chosen))
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
    from .cohort import usual_rules

    for pack in hand_out_all(context.home(), read_rules(rules or usual_rules()), into, context.say):
        click.echo(pack)


def _meant(service: CohortService, cohort: str, learner: str, problem: str) -> tuple[str, str]:
    """The ids of a learner of the cohort (by id or full name), and of one of its problems."""
    from ..errors import BadCohort
    from ..problems import find

    learner_results = service.cohort(cohort).learners
    known = [one.learner.id for one in learner_results if learner == one.learner.id]
    known = known or [one.learner.id for one in learner_results if learner == one.learner.name]
    if len(known) != 1:
        how_many = "nobody" if not known else f"{len(known)} people"
        raise BadCohort(f"{cohort!r} has {how_many} called {learner!r}. Give the id that `status` shows.")
    what = find(problem).id
    if what not in {result.problem for one in learner_results for result in one.results}:
        raise BadCohort(f"{what} is not one of the problems of {cohort!r}.")
    return known[0], what
