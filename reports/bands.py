"""What every renderer says of a record alike: its heading, and the bands it was measured by."""

from __future__ import annotations

from ..errors import UnknownProblem
from ..grader import Record, ScoreCard
from ..problems import Band, find


def heading_of(record: Record) -> str:
    """For example "problem2 · mnist · submission 7"."""
    try:
        name = find(record.card.problem).name
    except UnknownProblem:  # recorded by an installation that had more problems than this one
        return f"{record.card.problem} · submission {record.number}"
    return f"{record.card.problem} · {name} · submission {record.number}"


def bands_of(card: ScoreCard) -> tuple[Band, ...]:
    """From 5 downwards; none where neither the card nor this installation knows them."""
    if card.bands:
        return card.bands
    try:
        return find(card.problem).data_source(card.data_source.split(":")[0]).bands
    except (UnknownProblem, KeyError):
        return ()


def doubt_of(card: ScoreCard) -> str:
    """A sentence where the hidden examples are too few to tell two scores apart; empty where they do."""
    if len(card.scores_in_interval) < 2:
        return ""
    *others, last = (str(score) for score in card.scores_in_interval)
    which = "any of them" if others[1:] else "either"
    return (
        f"The interval holds {', '.join(others)} and {last} of 5: "
        f"on other examples of the same kind this model might earn {which}."
    )
