"""A series: forecast against truth, and how the error grows with the distance."""

from __future__ import annotations

from ...grader.scoring.analysis import Movement, SeriesAnalysis
from ..wording import amount, number
from .canvas import INK, ONE, SMALL, TWO, Plot, sheet, sheets


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
        told = (
            f"The mean of {movements[0].windows} hidden windows or so each, from those after which the truth "
            "fell most to those after which it rose most. A forecast that lags or flattens shows here."
        )
        return drawn.finish("movements", "Forecast against truth", told)


def draw_horizon(analysis: SeriesAnalysis, unit: str) -> Plot:
    """The mean error at each step of the horizon, and where eight in ten errors lie."""
    steps = [step.step for step in analysis.steps]
    with sheet() as drawn:
        axes = drawn.axes
        low, high = [step.p10 for step in analysis.steps], [step.p90 for step in analysis.steps]
        axes.fill_between(steps, low, high, color=ONE, alpha=0.18, linewidth=0, label="eight in ten windows")
        axes.plot(steps, [step.mean_error for step in analysis.steps], color=ONE, label="mean")
        axes.set(xlabel="steps ahead", ylabel=f"error, {unit}" if unit else "error")
        axes.set_ylim(0, 1.22 * max(high))
        axes.set_xlim(steps[0], steps[-1])
        axes.legend(loc="upper left", ncols=2)
        first, last = analysis.steps[0], analysis.steps[-1]
        told = (
            f"The mean error is {amount(first.mean_error, unit)} one step ahead and "
            f"{amount(last.mean_error, unit)} {last.step} steps ahead."
        )
        return drawn.finish("horizon", "Error by horizon", told)


def _named(movement: Movement, unit: str) -> str:
    verb = "rises" if movement.change > 0 else "falls"
    return f"truth {verb} by {amount(abs(float(number(round(movement.change, 2)))), unit)}"
