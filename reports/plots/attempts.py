"""Attempts over time: one mark an attempt, in the order they were made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matplotlib.ticker import MaxNLocator

from ...grader import Record
from ...grader.scoring.card import FULL_MARKS
from .canvas import INK, ONE, SMALL, SOFT, TWO, Plot, sheet

MOST: Final = 200
"""Of more attempts only the last ones are drawn."""


def draw_attempts(attempts: Sequence[Record], number: int) -> Plot | None:
    """Scores from the first attempt to the last; `number` is the one that the page is about."""
    if len(attempts) < 2:
        return None
    first = max(0, len(attempts) - MOST)
    shown = list(enumerate(attempts, 1))[first:]
    scored = [(place, each.card.score) for place, each in shown if each.card.score is not None]
    unscored = [place for place, each in shown if each.card.score is None]
    with sheet(height=230) as drawn:
        axes = drawn.axes
        axes.axhline(FULL_MARKS, color=SOFT, linewidth=1.2, linestyle=(0, (4, 4)))
        marker = "o" if len(shown) <= 60 else None
        places = [place for place, _ in scored]
        axes.plot(places, [score for _, score in scored], color=ONE, marker=marker, markersize=6)
        axes.plot(unscored, [0] * len(unscored), color=TWO, linestyle="none", marker="x", markersize=7)
        for place, each in shown:
            if each.number == number:
                at = each.card.score or 0
                axes.plot([place], [at], marker="o", markersize=13, markerfacecolor="none", color=INK)
        axes.set(xlabel="attempt", ylabel="score", ylim=(-0.5, FULL_MARKS + 0.5))
        axes.set_yticks(range(FULL_MARKS + 1))
        axes.set_xlim(shown[0][0] - 0.5, shown[-1][0] + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
        axes.tick_params(labelsize=SMALL)
        best = max((score for _, score in scored), default=None)
        told = f"{len(attempts):,} attempts at this problem; the best earned {best} of {FULL_MARKS}."
        if best is None:
            told = f"{len(attempts):,} attempts at this problem; none could be scored."
        if unscored:
            told += " A cross is an attempt that could not be scored."
        return drawn.finish("attempts", "Attempts", told)
