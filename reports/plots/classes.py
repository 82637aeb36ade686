"""Classes: what was taken for what, and how well two classes are ranked."""

from __future__ import annotations

from typing import Final

from matplotlib.patches import Rectangle

from ...grader.scoring.analysis import ClassAnalysis, RocCurve
from .canvas import INK, ONE, SMALL, SOFT, TWO, WIDTH, Plot, sheet

_NUMBERED: Final = 12
"""Above so many classes the cells are too small for numbers."""
_DARKEST: Final = 0.5
"""The strongest shade under a number: ink stays legible on it, by day and by night."""
LONGEST_NAME: Final = 16
"""Signs of a class's name in a drawing."""


def draw_matrix(analysis: ClassAnalysis) -> Plot | None:
    """Examples by true class (rows) and said class (columns): blue what was right, orange what was not."""
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
        axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), xlabel="said", ylabel="true")
        axes.set_xticks(range(size), names, rotation=90 if long and size > 3 else 0)
        axes.set_yticks(range(size), names)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        if size > 3:
            axes.set_aspect("equal")
        return drawn.finish("matrix", "Confusion matrix", _told(analysis))


def draw_ranking(ranking: RocCurve, names: tuple[str, str]) -> tuple[Plot, Plot]:
    """The ROC curve, and the numbers that the model gave to either class."""
    return _draw_roc(ranking, names[1]), _draw_scores(ranking, names)


def _draw_roc(ranking: RocCurve, positive: str) -> Plot:
    with sheet() as drawn:
        axes = drawn.axes
        false, true = zip(*ranking.points, strict=True)
        axes.plot((0, 1), (0, 1), color=SOFT, linewidth=1.2, linestyle=(0, (4, 4)))
        axes.fill_between(false, true, color=ONE, alpha=0.12, linewidth=0)
        axes.plot(false, true, color=ONE)
        axes.text(0.62, 0.3, f"AUC {ranking.auc:.3f}", fontsize=16, fontweight="bold")
        axes.text(0.64, 0.56, "guessing", fontsize=SMALL, color=SOFT)
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="false positive rate", ylabel="true positive rate")
        told = (
            "Of two hidden examples, one of each class, the model gives the higher number to the one that "
            f"is “{positive}” in {100 * ranking.auc:.1f}% of cases."
        )
        return drawn.finish("roc", "ROC curve", told)


def _draw_scores(ranking: RocCurve, names: tuple[str, str]) -> Plot:
    with sheet() as drawn:
        axes = drawn.axes
        looks = ((ranking.negative, TWO, (0, (2, 1.5))), (ranking.positive, ONE, "solid"))
        for name, (histogram, colour, dash) in zip(names, looks, strict=True):
            axes.stairs(histogram.counts, histogram.edges, color=colour, alpha=0.22, fill=True)
            axes.stairs(
                histogram.counts,
                histogram.edges,
                color=colour,
                linewidth=2,
                linestyle=dash,
                label=f"really {_short(name)}",
            )
        axes.axvline(ranking.threshold, ymax=0.84, color=INK, linewidth=1.2, linestyle=(0, (4, 4)))
        axes.set(xlabel=f"number given to “{_short(names[1])}”", ylabel="hidden examples")
        axes.set_ylim(0, 1.3 * max(*ranking.negative.counts, *ranking.positive.counts, 1))
        axes.legend(loc="upper center", ncols=2, fontsize=SMALL)
        axes.grid(visible=False, axis="x")
        told = (
            f"How many examples of either class got which number. From {ranking.threshold:g} on, the model "
            f"says “{names[1]}”: what lies on the wrong side of the line is a mistake."
        )
        return drawn.finish("scores", "What the model answered", told)


def _shade(count: int, examples: int, *, right: bool) -> float:
    """Stronger with the share of the true class; mistakes are rare, and shaded so that they are seen."""
    if not count:
        return 0.0
    share = count / examples
    return _DARKEST * (share if right else min(1.0, 0.12 + share**0.5))


def _text_size(classes: int) -> float:
    return 15.0 if classes <= 3 else SMALL if classes <= 10 else 9.0


def _told(analysis: ClassAnalysis) -> str:
    wrong = sum(result.examples - result.correct for result in analysis.classes)
    examples = sum(result.examples for result in analysis.classes)
    told = f"{examples - wrong:,} of {examples:,} hidden examples are on the diagonal; {wrong:,} are not."
    if analysis.confusions:
        worst = analysis.confusions[0]
        told += f" Most often, “{worst.true}” was taken for “{worst.predicted}”: {worst.count:,} times."
    return told


def _short(name: str) -> str:
    """A class's name as it fits beside a drawing; the table below has the whole of it."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
