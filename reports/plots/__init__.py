"""The plots of a page: matplotlib's only door. Importing this loads it."""

from __future__ import annotations

from collections.abc import Iterator

from ...grader.scoring.analysis import Analysis, NumberAnalysis
from ...grader.scoring.class_analysis import ClassAnalysis
from .canvas import Plot
from .classes import draw_matrix, draw_roc
from .progress import draw_attempts, draw_both, draw_curves, draw_metric
from .regression import draw_errors, draw_groups, draw_horizon, draw_movements


def draw_analysis(analysis: Analysis | None, unit: str) -> tuple[Plot, ...]:
    """The plots that belong to a kind of problem."""
    return () if analysis is None else tuple(plot for plot in _draw(analysis, unit) if plot is not None)


def _draw(analysis: Analysis, unit: str) -> Iterator[Plot | None]:
    if isinstance(analysis, ClassAnalysis):
        yield draw_matrix(analysis)
        if analysis.roc is not None:
            negative, positive = (result.name for result in analysis.classes)
            yield from draw_roc(analysis.roc, (negative, positive))
    elif isinstance(analysis, NumberAnalysis):
        yield draw_groups(analysis, unit)
        yield draw_errors(analysis, unit)
    else:
        yield draw_movements(analysis, unit)
        yield draw_horizon(analysis, unit)


__all__ = ["Plot", "draw_analysis", "draw_attempts", "draw_both", "draw_curves", "draw_metric"]
