"""An analysis of predictions, and training curves, as facts and tables: the same for every renderer."""

from __future__ import annotations

from collections.abc import Iterator

from ..files.text import counted
from ..grader.records import Curve, Curves
from ..grader.scoring.analysis import Analysis, NumberAnalysis, SeriesAnalysis
from ..grader.scoring.class_analysis import ClassAnalysis, ClassResult
from .wording import Fact, Table, amount, columns, number, share, too_much

_MOST_ROWS = 12
_OUT_OF_RANGE = 10


def facts_of(analysis: Analysis, unit: str) -> tuple[Fact, ...]:
    """The few most important numbers of an analysis."""
    match analysis:
        case ClassAnalysis():
            return tuple(_class_facts(analysis))
        case NumberAnalysis():
            return tuple(_number_facts(analysis, unit))
        case SeriesAnalysis():
            return tuple(_series_facts(analysis, unit))


def tables_of(analysis: Analysis, unit: str) -> tuple[Table, ...]:
    """The numbers behind the plots; the one that matters most first."""
    match analysis:
        case ClassAnalysis():
            return tuple(table for table in (_pairs(analysis), _classes(analysis)) if table.rows)
        case NumberAnalysis():
            return (_groups(analysis, unit),) if analysis.groups else ()
        case SeriesAnalysis():
            return (_horizon(analysis, unit),)


def curve_table(curves: Curves) -> Table:
    """The first, last and best number of each training curve."""
    numbers = ("first", "last", "best", "in epoch")
    epochs = max(len(curve.values) for curve in curves.curves)
    return Table(
        f"{counted(epochs, 'epoch')}, from {curves.source}",
        columns("series", *numbers, numbers=numbers),
        tuple(map(_curve_row, curves.curves)),
    )


def curve_facts(curves: Curves) -> tuple[Fact, ...]:
    """Each curve in a sentence: "0.213 after epoch 12, best 0.201 in epoch 9"."""
    return tuple((curve.name, _last_and_best(curve)) for curve in curves.curves)


def best_of(curve: Curve) -> tuple[int, float] | None:
    """Where a loss or an error was lowest, or an accuracy highest; None for what has no better side."""
    known = [(value, -at) for at, value in zip(curve.steps, curve.values, strict=True) if value is not None]
    subject = curve.subject.lower()
    if not known:
        return None
    if any(word in subject for word in ("loss", "error", "mae", "mse")):
        value, at = min((value, -at) for value, at in known)
        return at, value
    if any(word in subject for word in ("accuracy", "acc", "auc", "precision", "recall")):
        value, at = max(known)
        return -at, value
    return None


def _class_facts(analysis: ClassAnalysis) -> Iterator[Fact]:
    if analysis.macro_f1 is not None:
        value, classes = analysis.macro_f1
        few = len(analysis.classes) - classes
        left_out = f"; {counted(few, 'class', 'classes')} with few examples left out" if few else ""
        yield "Macro-F1", f"about {value:.2f}: each class counts alike{left_out}"
    if analysis.roc is not None:
        yield "Area under the ROC curve", f"{analysis.roc.auc:.3f}"
    if analysis.confusions:
        pair = analysis.confusions[0]
        yield (
            "Most confused",
            f"{pair.true} predicted as {pair.predicted}: {pair.count:,} ({share(pair.share)})",
        )
    known = [(result.recall, result.name) for result in analysis.classes if result.recall is not None]
    if known:
        recall, name = min(known)
        yield "Lowest recall", f"{name}: {share(recall)}"


def _number_facts(analysis: NumberAnalysis, unit: str) -> Iterator[Fact]:
    yield "On average", too_much(analysis.bias, unit)
    yield "Half of the predictions", f"within {amount(analysis.median_error, unit)}"
    yield "90% of the predictions", f"within {amount(analysis.p90_error, unit)}"
    if analysis.r2 is not None:
        yield "R²", f"{analysis.r2:.3f}" if abs(analysis.r2) < _OUT_OF_RANGE else number(analysis.r2)


def _series_facts(analysis: SeriesAnalysis, unit: str) -> Iterator[Fact]:
    first, last = analysis.steps[0], analysis.steps[-1]
    yield "One step ahead", f"error {amount(first.mean_error, unit)}"
    yield f"{last.step} steps ahead", f"error {amount(last.mean_error, unit)}"
    yield "On average", too_much(analysis.bias, unit)


def _pairs(analysis: ClassAnalysis) -> Table:
    numbers = ("examples", "share")
    rows = ((pair.true, pair.predicted, f"{pair.count:,}", share(pair.share)) for pair in analysis.confusions)
    return Table(
        "Most confused pairs", columns("true class", "predicted", *numbers, numbers=numbers), tuple(rows)
    )


def _classes(analysis: ClassAnalysis) -> Table:
    names = ("examples", "recall", "precision")
    return Table(
        "Class by class", columns("class", *names, numbers=names), tuple(map(_class_row, analysis.classes))
    )


def _class_row(result: ClassResult) -> tuple[str, ...]:
    shares = ("-" if part is None else share(part) for part in (result.recall, result.precision))
    return (result.name, f"{result.examples:,}", *shares)


def _groups(analysis: NumberAnalysis, unit: str) -> Table:
    names = ("mean true value", "10th percentile", "median", "90th percentile", "examples")
    rows = (
        (*map(number, (group.true, group.p10, group.median, group.p90)), f"{group.examples}")
        for group in analysis.groups
    )
    title = f"Predictions by true value, in {unit}" if unit else "Predictions by true value"
    return Table(title, columns(*names, numbers=names), tuple(rows))


def _horizon(analysis: SeriesAnalysis, unit: str) -> Table:
    stride = -(-len(analysis.steps) // _MOST_ROWS)
    names = ("steps ahead", "mean error", "10th percentile", "90th percentile", "bias")
    rows = (
        (str(step.step), *map(number, (step.mean_error, step.p10, step.p90)), f"{step.bias:+.2g}")
        for step in analysis.steps
        if step.step % stride == 0 or step.step == 1
    )
    title = f"Error by horizon, in {unit}" if unit else "Error by horizon"
    return Table(title, columns(*names, numbers=names), tuple(rows))


def _last_and_best(curve: Curve) -> str:
    last = next(value for value in reversed(curve.values) if value is not None)
    sentence = f"{number(last)} after epoch {curve.steps[-1]}"
    best = best_of(curve)
    return sentence if best is None else f"{sentence}, best {number(best[1])} in epoch {best[0]}"


def _curve_row(curve: Curve) -> tuple[str, ...]:
    known = [value for value in curve.values if value is not None]
    best = best_of(curve)
    shown = ("-", "-") if best is None else (number(best[1]), str(best[0]))
    return (curve.name, number(known[0]), number(known[-1]), *shown)
