"""Numbers: predicted against true, how far predictions are off, and the error at each step of a forecast."""

from __future__ import annotations

from matplotlib.ticker import MaxNLocator

from ...grader.scoring.analysis import Movement, NumberAnalysis, SeriesAnalysis
from ..wording import amount, number, too_much
from .canvas import INK, ONE, SMALL, SOFT, TWO, Plot, sheet, sheets


def draw_groups(analysis: NumberAnalysis, unit: str) -> Plot | None:
    """Predictions by true value, in groups: the median, and where 80% of them lie."""
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
        axes.text(reach[1], reach[1], "correct ", ha="right", va="bottom", fontsize=SMALL, color=SOFT)
        axes.set(xlabel=_label("true", unit), ylabel=_label("predicted", unit))
        least = min(group.examples for group in groups)
        caption = (
            f"Each dot is the median prediction of at least {least} examples with similar true values; "
            "the band holds 80% of them. On the dashed line, predictions equal true values."
        )
        return drawn.finish("groups", "Predicted against true", caption)


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
        caption = (
            f"Predictions are {too_much(analysis.bias, unit)} on average. Half of them are within "
            f"{amount(analysis.median_error, unit)} of the true value, "
            f"90% within {amount(analysis.p90_error, unit)}."
        )
        return drawn.finish("errors", "Distribution of errors", caption)


def _label(what: str, unit: str) -> str:
    return f"{what}, {unit}" if unit else what


def draw_movements(analysis: SeriesAnalysis, unit: str) -> Plot | None:
    """Mean truth and mean forecast of windows after which the truth moved alike."""
    movements = analysis.movements
    if not movements:
        return None
    rows = 2 if len(movements) > 1 else 1
    with sheets(rows, len(movements) // rows, height=360 if rows > 1 else 300) as (drawn, all_axes):
        for axes, movement in zip(all_axes, movements, strict=True):
            steps = range(1, len(movement.true) + 1)
            axes.plot(steps, movement.true, color=INK, label="truth")
            axes.plot(steps, movement.predicted, color=TWO, linestyle=(0, (3, 1.5)), label="forecast")
            axes.set_title(_named(movement, unit), fontsize=SMALL, loc="left")
        drawn.figure.legend(*all_axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
        drawn.figure.supxlabel("steps ahead", fontsize=SMALL)
        drawn.figure.supylabel(unit, fontsize=SMALL)
        caption = (
            f"The mean of {movements[0].windows} hidden windows or so each, from those after which the truth "
            "fell most to those after which it rose most. A forecast that lags or flattens shows here."
        )
        return drawn.finish("movements", "Forecast against truth", caption)


def draw_horizon(analysis: SeriesAnalysis, unit: str) -> Plot:
    """The mean error at each step of the horizon, and where 80% of the errors lie."""
    steps = [step.step for step in analysis.steps]
    with sheet() as drawn:
        axes = drawn.axes
        low, high = [step.p10 for step in analysis.steps], [step.p90 for step in analysis.steps]
        axes.fill_between(steps, low, high, color=ONE, alpha=0.18, linewidth=0, label="80% of the windows")
        axes.plot(steps, [step.mean_error for step in analysis.steps], color=ONE, label="mean")
        axes.set(xlabel="steps ahead", ylabel=f"error, {unit}" if unit else "error")
        axes.set_ylim(0, 1.22 * max(high))
        axes.set_xlim(steps[0], steps[-1])
        axes.legend(loc="upper left", ncols=2)
        first, last = analysis.steps[0], analysis.steps[-1]
        caption = (
            f"The mean error is {amount(first.mean_error, unit)} one step ahead and "
            f"{amount(last.mean_error, unit)} {last.step} steps ahead."
        )
        return drawn.finish("horizon", "Error by horizon", caption)


def _named(movement: Movement, unit: str) -> str:
    verb = "rises" if movement.change > 0 else "falls"
    return f"truth {verb} by {amount(abs(float(number(round(movement.change, 2)))), unit)}"
