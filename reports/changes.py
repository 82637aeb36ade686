"""What changed from one checked model to the next, in a few words."""

from __future__ import annotations

from ..grader import ScoreCard
from ..grader.comparison import setting_changes
from .view import problem_named
from .wording import value_of


def what_changed(before: ScoreCard, after: ScoreCard) -> tuple[str, ...]:
    """The metric, the score, the model's settings and findings that are gone: a line each.

    Of a model that could not be scored nothing is known, so nothing changed and nothing is mended.
    """
    if before.score is None or after.score is None:
        return ()
    lines = [
        f"{name.replace('_', ' ')}: {one or '-'} -> {other or '-'}"
        for name, one, other in _pairs(before, after)
    ]
    old, new = (
        {finding.what for finding in card.findings if not finding.follows} for card in (before, after)
    )
    lines += [f"mended: {what}" for what in sorted(old - new)]
    return tuple(lines)


def _pairs(before: ScoreCard, after: ScoreCard) -> list[tuple[str, str, str]]:
    name = f"{after.metric or before.metric}{_direction(before, after)}"
    pairs = [(name, value_of(before), value_of(after))] if before.value != after.value else []
    if before.score != after.score:
        pairs.append(("score", _score(before), _score(after)))
    return [*pairs, *setting_changes(before, after)]


def _direction(before: ScoreCard, after: ScoreCard) -> str:
    """Whether the metric went the right way on these examples; empty where it is not known."""
    problem = problem_named(after.problem)
    if problem is None or before.value is None or after.value is None:
        return ""
    better = (after.value > before.value) == problem.metric.higher_is_better
    return ", better" if better else ", worse"


def _score(card: ScoreCard) -> str:
    return "-" if card.score is None else f"{card.score}/5"
