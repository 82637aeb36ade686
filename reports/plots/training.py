"""Training curves: each number over the epochs, on training and on validation data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from matplotlib.ticker import MaxNLocator

from ...grader.records import Curve, Curves
from ..measures import best_of
from ..wording import number
from .canvas import ONE, SMALL, TWO, Plot, sheet

MOST_PANELS: Final = 4
_DOTTED: Final = 30
"""Up to so many points each of them gets a dot."""


def draw_curves(curves: Curves) -> tuple[Plot, ...]:
    """A panel for each thing measured: the loss first, then what has a validation curve as well."""
    subjects: dict[str, list[Curve]] = {}
    for curve in (curve for curve in curves.curves if len(curve.values) > 1):
        subjects.setdefault(curve.subject, []).append(curve)
    order = sorted(subjects.items(), key=lambda item: (item[0] != "loss", -len(item[1])))
    # A loss is often measured a second time, as a metric: the same curves are drawn once.
    seen: dict[tuple[tuple[float | None, ...], ...], tuple[str, list[Curve]]] = {}
    for subject, group in order:
        seen.setdefault(tuple(curve.values for curve in group), (subject, group))
    panels = list(seen.values())[:MOST_PANELS]
    return tuple(_draw(place, subject, group) for place, (subject, group) in enumerate(panels))


def _draw(place: int, subject: str, group: Iterable[Curve]) -> Plot:
    told = []
    with sheet() as drawn:
        axes = drawn.axes
        for curve in group:
            colour, dash = (TWO, (0, (4, 1.5))) if curve.of_validation else (ONE, "solid")
            values = [float("nan") if value is None else value for value in curve.values]
            marker = "o" if len(values) <= _DOTTED else None
            name = "validation" if curve.of_validation else "training"
            axes.plot(
                curve.steps, values, color=colour, linestyle=dash, marker=marker, markersize=4, label=name
            )
            told.append(_sentence(name, curve))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
        axes.set(xlabel="epoch")
        axes.margins(y=0.12)
        axes.legend(loc="best", fontsize=SMALL)
        return drawn.finish(f"curve{place}", subject.replace("_", " "), " ".join(told))


def _sentence(name: str, curve: Curve) -> str:
    last = next(value for value in reversed(curve.values) if value is not None)
    told = f"On {name} data {number(last)} at the end"
    best = best_of(curve)
    if best is None or best[0] == curve.steps[-1]:
        return f"{told}."
    return f"{told}, best in epoch {best[0]} with {number(best[1])}."
