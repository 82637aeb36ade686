"""Classification: the confusion matrix, and the ROC curve and scores of two classes."""

from __future__ import annotations

from typing import Final

from matplotlib.patches import Rectangle

from ...grader.scoring.class_analysis import ClassAnalysis, RocCurve
from .canvas import INK, ONE, SMALL, SOFT, TWO, WIDTH, Plot, sheet

_NUMBERED: Final = 12
"""Above so many classes the cells are too small for numbers."""
_DARKEST: Final = 0.5
"""The strongest shade under a number: ink stays legible on it, by day and by night."""
LONGEST_NAME: Final = 16
"""Characters of a class's name in a plot."""


def draw_matrix(analysis: ClassAnalysis) -> Plot | None:
    """Examples by true class (rows) and predicted class (columns): blue is right, orange is wrong."""
    matrix, names = analysis.confusion_matrix, [_short(result.name) for result in analysis.classes]
    size = len(matrix)
    if size < 2:
        return None
    long = max(map(len, names)) > 3
    with sheet(height=WIDTH if size > 3 else 300) as drawn:
        axes = drawn.axes
        for row, counts in enumerate(matrix):
            for column, count in enumerate(counts):
                shade = _shade(count, sum(counts), right=row == column)
                if shade:
                    colour = ONE if row == column else TWO
                    box = Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, facecolor=colour, alpha=shade)
                    axes.add_patch(box)
                if count and size <= _NUMBERED:
                    axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=_text_size(size))
        axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), xlabel="predicted", ylabel="true")
        axes.set_xticks(range(size), names, rotation=90 if long and size > 3 else 0)
        axes.set_yticks(range(size), names)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        if size > 3:
            axes.set_aspect("equal")
        return drawn.finish("matrix", "Confusion matrix", _caption(analysis))


def draw_roc(roc: RocCurve, names: tuple[str, str]) -> tuple[Plot, Plot]:
    """The ROC curve, and the predictions for the examples of either class."""
    return _draw_curve(roc, names[1]), _draw_scores(roc, names)


def _draw_curve(roc: RocCurve, positive: str) -> Plot:
    with sheet() as drawn:
        axes = drawn.axes
        false, true = zip(*roc.points, strict=True)
        axes.plot((0, 1), (0, 1), color=SOFT, linewidth=1.2, linestyle=(0, (4, 4)))
        axes.fill_between(false, true, color=ONE, alpha=0.12, linewidth=0)
        axes.plot(false, true, color=ONE)
        axes.text(0.62, 0.3, f"AUC {roc.auc:.3f}", fontsize=16, fontweight="bold")
        axes.text(0.64, 0.56, "guessing", fontsize=SMALL, color=SOFT)
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="false positive rate", ylabel="true positive rate")
        caption = (
            "Of two hidden examples, one of each class, the model gives the higher prediction to the one "
            f"that is “{positive}” in {100 * roc.auc:.1f}% of cases."
        )
        return drawn.finish("roc", "ROC curve", caption)


def _draw_scores(roc: RocCurve, names: tuple[str, str]) -> Plot:
    with sheet() as drawn:
        axes = drawn.axes
        styles = ((roc.negative, TWO, (0, (2, 1.5))), (roc.positive, ONE, "solid"))
        for name, (histogram, colour, dash) in zip(names, styles, strict=True):
            axes.stairs(histogram.counts, histogram.edges, color=colour, alpha=0.22, fill=True)
            axes.stairs(
                histogram.counts,
                histogram.edges,
                color=colour,
                linewidth=2,
                linestyle=dash,
                label=f"true {_short(name)}",
            )
        axes.axvline(roc.threshold, ymax=0.84, color=INK, linewidth=1.2, linestyle=(0, (4, 4)))
        axes.set(xlabel=f"prediction for “{_short(names[1])}”", ylabel="hidden examples")
        axes.set_ylim(0, 1.3 * max(*roc.negative.counts, *roc.positive.counts, 1))
        axes.legend(loc="upper center", ncols=2, fontsize=SMALL)
        axes.grid(visible=False, axis="x")
        caption = (
            f"The predictions for the examples of either class. From {roc.threshold:g} on, the model "
            f"predicts “{names[1]}”: what lies on the wrong side of the threshold is a mistake."
        )
        return drawn.finish("scores", "Predictions by class", caption)


def _shade(count: int, examples: int, *, right: bool) -> float:
    """Stronger with the share of the true class; mistakes are rare, and shaded so that they are seen."""
    if not count:
        return 0.0
    share = count / examples
    return _DARKEST * (share if right else min(1.0, 0.12 + share**0.5))


def _text_size(classes: int) -> float:
    return 15.0 if classes <= 3 else SMALL if classes <= 10 else 9.0


def _caption(analysis: ClassAnalysis) -> str:
    caption = (
        "Right predictions are on the diagonal. Counts are told in steps of 5, with a little noise, and "
        "small ones not at all, so that they tell no single label."
    )
    if analysis.confusions:
        worst = analysis.confusions[0]
        caption += (
            f" Most often, “{worst.true}” was predicted as “{worst.predicted}”: about {worst.count:,} times."
        )
    return caption


def _short(name: str) -> str:
    """A class's name as it fits beside a drawing; the table below has the whole of it."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
