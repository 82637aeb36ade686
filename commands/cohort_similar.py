"""What a mentor asks of a whole cohort: whose submissions are alike."""

from __future__ import annotations

import click

from . import context
from .cohort import cohort_choice, open_service
from .context import as_json


@click.command("similar")
@cohort_choice
@as_json
def show_similar(name: str | None, as_json: bool) -> None:
    """List pairs of learners whose submissions are alike.

    Each with the evidence: the same file, the same or near-identical weights, the same mistakes beyond
    chance. No model is run. What
    it means, a person must judge.
    """
    from ..reports.cohort.pairs import pair_record, show_pairs

    with open_service() as service:
        found = service.cohort(name)
        pairs = service.pairs(found)
    if as_json:
        return context.print_json([pair_record(pair) for pair in pairs])
    names = {one.learner.id: one.learner.shown for one in found.learners}
    return show_pairs(context.console(), pairs, names)
