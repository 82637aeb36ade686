"""A number: predicted against true, and how far predictions stray."""

from __future__ import annotations

from matplotlib.ticker import MaxNLocator

from ...grader.scoring.analysis import NumberAnalysis
from ..wording import amount, too_much
from .canvas import INK, ONE, SMALL, SOFT, TWO, Plot, sheet


def draw_groups(analysis: NumberAnalysis, unit: str) -> Plot | None:
    """Predictions by true number, in groups: the middle one, and where eight in ten lie."""
    groups = analysis.groups
    if len(groups) < 2:
        return None
    truth = [group.true for group in groups]
    low, high = [group.p10 for group in groups], [group.p90 for group in groups]
    with sheet() as drawn:
        axes = drawn.axes
        reach = (min(*truth, *low), max(*truth, *high))
        axes.plot(reach, reach, color=SOFT, linewidth=1.2, linestyle=(0, (4, 4)))
        axes.fill_between(truth, low, high, color=ONE, alpha=0.18, linewidth=0)
        axes.plot(truth, [group.median for group in groups], color=ONE, marker="o", markersize=5)
        axes.text(reach[1], reach[1], "as true ", ha="right", va="bottom", fontsize=SMALL, color=SOFT)
        axes.set(xlabel=_label("true", unit), ylabel=_label("predicted", unit))
        least = min(group.examples for group in groups)
        told = (
            f"Each dot is the middle prediction of at least {least} examples with neighbouring true numbers; "
            "the band holds eight in ten of them. On the dashed line a prediction is true."
        )
        return drawn.finish("groups", "Predicted against true", told)


def draw_errors(analysis: NumberAnalysis, unit: str) -> Plot:
    """How many predictions are how far off, and to which side."""
    with sheet() as drawn:
        axes = drawn.axes
        errors = analysis.errors
        axes.stairs(errors.counts, errors.edges, color=ONE, alpha=0.3, fill=True)
        axes.stairs(errors.counts, errors.edges, color=ONE, linewidth=1.4)
        axes.axvline(0, color=INK, linewidth=1.2, linestyle=(0, (4, 4)))
        axes.axvline(analysis.bias, color=TWO, linewidth=2)
        top = 1.16 * max(errors.counts)
        side = "right" if analysis.bias <= 0 else "left"
        axes.text(analysis.bias, top, " mean ", ha=side, va="top", color=TWO)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        axes.set(xlabel=_label("predicted minus true", unit), ylabel="hidden examples", ylim=(0, top))
        axes.grid(visible=False, axis="x")
        told = (
            f"Predictions are {too_much(analysis.bias, unit)} on average. Half are within "
            f"{amount(analysis.median_error, unit)} of the truth, "
            f"nine in ten within {amount(analysis.p90_error, unit)}."
        )
        return drawn.finish("errors", "How far predictions stray", told)


def _label(what: str, unit: str) -> str:
    return f"{what}, {unit}" if unit else what
