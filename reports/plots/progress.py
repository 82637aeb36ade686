"""Progress: a training's numbers over its epochs, and the scores of all attempts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matplotlib.ticker import MaxNLocator

from ...files.text import counted
from ...grader import Record
from ...grader.records import Curve, Curves
from ...grader.scoring.card import FULL_MARKS
from ...grader.scoring.reasons import decimals_of
from ..measures import best_of
from ..wording import number, value_of
from .canvas import INK, ONE, SMALL, SOFT, TWO, Plot, sheet

MOST_PANELS: Final = 4
_DOTTED: Final = 30
"""Up to so many points each of them gets a dot."""


def draw_curves(curves: Curves) -> tuple[Plot, ...]:
    """A panel for each thing measured: the loss first, then what has a validation curve as well."""
    order = sorted(_by_subject(curves).items(), key=lambda item: (item[0] != "loss", -len(item[1])))
    # A loss is often measured a second time, as a metric: the same curves are drawn once.
    seen: dict[tuple[tuple[float | None, ...], ...], tuple[str, list[Curve]]] = {}
    for subject, group in order:
        seen.setdefault(tuple(curve.values for curve in group), (subject, group))
    panels = list(seen.values())[:MOST_PANELS]
    return tuple(_draw(place, subject, map(_alone, group)) for place, (subject, group) in enumerate(panels))


def draw_both(before: Curves, after: Curves, numbers: tuple[int, int]) -> tuple[Plot, ...]:
    """The curves of two attempts over each other: a panel for each thing measured in both, the loss first.

    `numbers` are those of the attempts.
    """
    both = _by_subject(before), _by_subject(after)
    subjects = sorted(both[0].keys() & both[1].keys(), key=lambda subject: (subject != "loss", subject))
    return tuple(
        _draw(
            place,
            subject,
            [
                _Line(curve, colour, number)
                for number, colour, curves in zip(numbers, (ONE, TWO), both, strict=True)
                for curve in curves[subject]
            ],
        )
        for place, subject in enumerate(subjects[:MOST_PANELS])
    )


@dataclass(frozen=True)
class _Line:
    """A curve as it is drawn."""

    curve: Curve
    colour: str
    number: int | None = None
    """Of its attempt, where curves of several are drawn."""

    @property
    def dash(self) -> Any:
        return (0, (4, 1.5)) if self.curve.of_validation else "solid"

    @property
    def kind(self) -> str:
        return "validation" if self.curve.of_validation else "training"

    @property
    def label(self) -> str:
        return self.kind if self.number is None else f"{self.number}, {self.kind}"

    @property
    def sentence(self) -> str:
        subject = "On" if self.number is None else f"Submission {self.number} on"
        return _sentence(f"{subject} {self.kind} data", self.curve)


def _alone(curve: Curve) -> _Line:
    return _Line(curve, TWO if curve.of_validation else ONE)


def _by_subject(curves: Curves) -> dict[str, list[Curve]]:
    subjects: dict[str, list[Curve]] = {}
    for curve in (curve for curve in curves.curves if len(curve.values) > 1):
        subjects.setdefault(curve.subject, []).append(curve)
    return subjects


def _draw(place: int, subject: str, lines: Iterable[_Line]) -> Plot:
    caption = []
    with sheet() as drawn:
        axes = drawn.axes
        for line in lines:
            values = [float("nan") if value is None else value for value in line.curve.values]
            axes.plot(
                line.curve.steps,
                values,
                color=line.colour,
                linestyle=line.dash,
                marker="o" if len(values) <= _DOTTED else None,
                markersize=4,
                label=line.label,
            )
            caption.append(line.sentence)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
        axes.set(xlabel="epoch")
        axes.margins(y=0.12)
        axes.legend(loc="best", fontsize=SMALL)
        return drawn.finish(f"curve{place}", subject.replace("_", " "), " ".join(caption))


def _sentence(where: str, curve: Curve) -> str:
    last = next(value for value in reversed(curve.values) if value is not None)
    caption = f"{where} {number(last)} at the end"
    best = best_of(curve)
    if best is None or best[0] == curve.steps[-1]:
        return f"{caption}."
    return f"{caption}, best in epoch {best[0]} with {number(best[1])}."


MOST: Final = 200
"""Of more attempts only the last ones are drawn."""


def draw_attempts(attempts: Sequence[Record], number: int) -> Plot | None:
    """Scores from the first attempt to the last; `number` is the one that the page is about."""
    if len(attempts) < 2:
        return None
    first = max(0, len(attempts) - MOST)
    shown = list(enumerate(attempts, 1))[first:]
    scored = [(place, each.score) for place, each in shown if each.score is not None]
    unscored = [place for place, each in shown if each.card.score is None]
    untold = [(place, each.card.score or 0) for place, each in shown if each.figures_of is not None]
    with sheet(height=230) as drawn:
        axes = drawn.axes
        axes.axhline(FULL_MARKS, color=SOFT, linewidth=1.2, linestyle=(0, (4, 4)))
        marker = "o" if len(shown) <= 60 else None
        places = [place for place, _ in scored]
        axes.plot(places, [score for _, score in scored], color=ONE, marker=marker, markersize=6)
        places, bests = [place for place, _ in untold], [best for _, best in untold]
        axes.plot(places, bests, color=SOFT, linestyle="none", marker="_", markersize=9)
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
        caption = (
            f"{counted(len(attempts), 'attempt')} at this problem; the best earned {best} of {FULL_MARKS}."
        )
        if best is None:
            caption = f"{counted(len(attempts), 'attempt')} at this problem; none could be scored."
        if unscored:
            caption += " A cross is an attempt that could not be scored."
        if untold:
            caption += " A dash is an attempt that did not change the best."
        return drawn.finish("attempts", "Attempts", caption)


def draw_metric(attempts: Sequence[Record]) -> Plot | None:
    """The metric from attempt to attempt, where it was told: it moves while the score stands still."""
    told = [
        (place, round(each.card.value, decimals_of(each.card.value, each.card.margin)), each.card)
        for place, each in enumerate(attempts, 1)
        if each.card.value is not None and each.figures_of is None
    ][-MOST:]
    if len(told) < 2:
        return None
    values, last = [value for _, value, _ in told], told[-1][2]
    with sheet(height=230) as drawn:
        axes = drawn.axes
        marker = "o" if len(told) <= 60 else None
        axes.plot([place for place, _, _ in told], values, color=ONE, marker=marker, markersize=6)
        for band in last.bands:
            axes.axhline(band.threshold, color=SOFT, linewidth=0.8, linestyle=(0, (1, 3)))
        margin = 0.12 * (max(values) - min(values)) or 0.05 * abs(values[0]) or 1.0
        axes.set(xlabel="attempt", ylabel=f"{last.metric} {last.unit}".strip())
        axes.set_ylim(min(values) - margin, max(values) + margin)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
        axes.tick_params(labelsize=SMALL)
        caption = f"From {value_of(told[0][2])} to {value_of(last)}. The thresholds are dotted."
        return drawn.finish("metric", last.metric[:1].upper() + last.metric[1:], caption)
