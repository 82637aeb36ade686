"""What a `problem.toml` of each kind becomes: inputs, outputs, metric, starter, and how its data is split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import perturb_images
from .metrics import accuracy, at_half, log10_error, mean_absolute_error, most_likely, without_last_axis
from .perturb_series import of_series
from .perturb_texts import of_texts
from .pictures import PictureData
from .problem import (
    CLASSES,
    Baseline,
    CommonMistakes,
    DataSource,
    Metric,
    Output,
    OwnFiles,
    Rerendering,
    Splits,
)
from .rerender_images import PictureChanges
from .rerender_texts import TextVariation
from .series import MOST_EARLIER, SeriesData
from .split import Shares
from .table_columns import Column, TableFile
from .tables import FROM_ZERO_TO_ONE, STANDARDISED, UNIT_LENGTH, TableData
from .texts import TextData

if TYPE_CHECKING:
    from .problem_file import ColumnKeys, ImagesKeys, ProblemKeys, SeriesKeys, TableKeys, TextsKeys

Values = dict[str, Any]
"""Fields of a `Problem`, and as "own" how its data is read."""


def values_of(keys: ProblemKeys) -> Values:
    """What a file says with `kind`.

    Raises:
        ValueError: two columns would have one name, or the metric is none of the kind's.
    """
    if keys.table is not None:
        return _table(keys, keys.table)
    if keys.images is not None:
        return _images(keys, keys.images)
    if keys.texts is not None:
        return _texts(keys, keys.texts)
    assert keys.series is not None  # noqa: S101 - the file was checked
    return _series(keys, keys.series)


def table_file(keys: ProblemKeys, table: TableKeys) -> TableFile:
    """How the CSV file of such a problem is read. Raises ValueError where two columns would have one name."""
    columns = tuple(map(_column, table.columns))
    features = tuple(feature for column in columns for feature in column.features)
    target = plain_name(table.target)
    twice = [name for name in features if features.count(name) > 1 or name == target]
    if twice:
        raise ValueError(f"table.columns: two columns would be called {twice[0]}")
    data = TableData(features, target, keys.hidden, keys.validation, table.classes)
    return TableFile(columns, table.target, table.classes, data)


def plain_name(header: str) -> str:
    """A header as numpy reads it from a learner's file: letters, digits and `_`."""
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in header.strip()).strip("_")
    while "__" in plain:
        plain = plain.replace("__", "_")
    return plain if plain[:1].isalpha() else f"column_{plain}".rstrip("_")


def _table(keys: ProblemKeys, table: TableKeys) -> Values:
    file = table_file(keys, table)
    data, classes = file.table, table.classes
    metric = _metric(keys, "accuracy" if classes else "")
    outputs, last_layer, results = _outputs(keys, table)
    return {
        "inputs": (data.input(f"{len(data.features)} numbers in the units of the files"),),
        "outputs": outputs,
        "metric": metric,
        "starter": data.starter(
            **_said(keys, metric, "examples"),
            output=outputs[0].meaning,
            last_layer=last_layer,
            results=results,
        ),
        "common_mistakes": CommonMistakes(
            perturbations=(STANDARDISED, FROM_ZERO_TO_ONE, UNIT_LENGTH), ample_parameters=2_000_000
        ),
        "own": _own(file.split_own, f"a CSV file with the columns {', '.join(_headers(file))}"),
    }


def _outputs(keys: ProblemKeys, table: TableKeys) -> tuple[tuple[Output, ...], str, str]:
    """The shapes of a table's predictions, the last layer that gives the first, and its count of numbers."""
    classes = table.classes
    if not classes:
        meaning = plain_name(table.target) + (f" in {keys.unit}" if keys.unit else "")
        return (Output((1,), meaning, without_last_axis), Output((), meaning)), "Dense(1)", "1"
    if len(classes) == 2:
        meaning = f"the probability of {classes[1]}, and not {classes[0]}"
        outputs = (
            Output((1,), meaning, at_half),
            Output((), meaning, at_half),
            Output((2,), f"the probabilities of {classes[0]} and {classes[1]}", most_likely),
        )
        return outputs, 'Dense(1, activation="sigmoid")', "1"
    meaning = f"the probability of each of {', '.join(classes)}, in this order"
    count = len(classes)
    return (Output((count,), meaning, most_likely),), f'Dense({count}, activation="softmax")', str(count)


def _images(keys: ProblemKeys, images: ImagesKeys) -> Values:
    data = PictureData(images.side, 3 if images.colour else 1, Shares(keys.hidden, keys.validation))
    metric = _metric(keys, "accuracy")
    colours = (perturb_images.BLUE_FIRST,) if images.colour else ()
    output = Output((CLASSES,), "one probability per class, in the order of the folders' names", most_likely)
    return {
        "inputs": (data.input,),
        "outputs": (output,),
        "metric": metric,
        "starter": data.starter(
            **_said(keys, metric, f"{images.what}s"),
            what=f"the pixels of a {images.what}, scaled to 0-1",
            output=output.meaning,
            last_layer='Dense(len(class_names), activation="softmax")',
        ),
        "common_mistakes": CommonMistakes(
            perturbations=(
                perturb_images.CENTRED,
                *colours,
                perturb_images.RESCALED_INSIDE,
                perturb_images.NOT_RESCALED,
                perturb_images.TRANSPOSED,
                perturb_images.RESCALED_TWICE,
            ),
            regularise="random shifts and turns (RandomTranslation, RandomRotation), or Dropout",
            rerendering=Rerendering(
                PictureChanges(turn=3, move=1, zoom=0.04, light=0.05, grain=0.01).render,
                "turned, cropped and lit a little otherwise",
                honest_loss=0.75,
            ),
            ample_parameters=40_000_000,
        ),
        "own": _own(data.split_own, data.own_files.layout),
    }


def _texts(keys: ProblemKeys, texts: TextsKeys) -> Values:
    shares = Shares(keys.hidden, keys.validation)
    data = TextData(texts.classes, texts.length, texts.vocabulary, shares, texts.what, near=True)
    metric = _metric(keys, "accuracy")
    count = len(texts.classes)
    meaning = "the probability of each of CLASSES"
    last_layer = f'Dense({count}, activation="softmax")'
    return {
        "inputs": data.inputs,
        "outputs": (Output((count,), meaning, most_likely),),
        "metric": metric,
        "starter": data.starter(
            **_said(keys, metric, f"{texts.what}s"),
            output=f"({count},) {meaning}, as {last_layer} gives it",
            last_layer=last_layer,
            results=str(count),
        ),
        "common_mistakes": CommonMistakes(
            perturbations=of_texts(texts.vocabulary, texts.what),
            regularise="Dropout before the last layer, or an Embedding of fewer numbers",
            rerendering=Rerendering(
                TextVariation(texts.length, rename=False, loose=True).render,
                "with sentences and words in a slightly other order",
            ),
            ample_parameters=20_000_000,
        ),
        "own": _own(data.split_own, data.own_files.layout),
    }


def _series(keys: ProblemKeys, series: SeriesKeys) -> Values:
    data = SeriesData(
        columns=series.columns,
        window=series.window,
        horizon=series.horizon,
        group=series.group,
        rows=series.rows,
        long_enough=f"{20 * (series.window + series.horizon):,} {series.rows} are few",
        file="series.csv",
    )
    metric = _metric(keys, "")
    row, units = series.rows.removesuffix("s"), keys.unit or "their own units"
    future = f"{series.columns[0]} of the next {series.horizon} {series.rows}"
    return {
        "inputs": data.inputs(", ".join(series.columns)),
        "outputs": data.outputs(f"{future} in {units}"),
        "metric": metric,
        "groups_apart": data.groups_apart,
        "starter": data.starter(
            **_said(keys, metric, f"{series.rows} that come after those in the file"),
            row=row,
            row_holds=", ".join(series.columns),
            output=f"{future} in {units}",
            what=f"{series.columns[0]} of the {series.horizon} {series.rows}",
        ),
        "common_mistakes": CommonMistakes(
            perturbations=of_series(row, "their own units", units),
            baselines=(
                Baseline(
                    "persistence",
                    data.last_value,
                    "Your model repeats the last value of the window instead of forecasting.",
                    "Look at the targets: what comes after the window, not its end. Then train longer.",
                    "the window's last value",
                ),
            ),
            rerendering=Rerendering(
                data.begun_earlier,
                f"that begin one or two {series.rows} earlier",
                honest_move=0.6,
                positions=data.positions,
                reach=data.reach + MOST_EARLIER,
            ),
            ample_parameters=2_000_000,
        ),
        "own": _own(data.split_own, data.own_files.layout),
    }


def _said(keys: ProblemKeys, metric: Metric, unseen: str) -> dict[str, str]:
    """The words of every starter."""
    unit = f" in {metric.unit}" if metric.unit else ""
    return {
        "headline": keys.title.upper(),
        "task": f"does this. {keys.task}",
        "metric": f"{metric.name}{unit}, on {unseen}"
        + ("" if unseen.endswith("in the file") else " that your model has never seen"),
    }


def _metric(keys: ProblemKeys, only: str) -> Metric:
    """The metric that was chosen. Raises ValueError for one that the kind has not."""
    chosen = keys.metric or only or "mean absolute error"
    if (chosen == "accuracy") is not (only == "accuracy"):
        raise ValueError(f"metric: {chosen} is none for " + ("classes" if only else "numbers"))
    if chosen == "accuracy":
        return accuracy
    # A metric without a unit would be a share from 0 to 1.
    unit = keys.unit or "units"
    return log10_error(keys.least, unit) if chosen == "mean log10 error" else mean_absolute_error(unit)


def _column(keys: ColumnKeys) -> Column:
    values = {value: f"{keys.name}_{plain_name(value)}" for value in keys.values} if keys.values else None
    return Column(keys.name, keys.header or keys.name, keys.missing, values)


def _headers(file: TableFile) -> list[str]:
    return [*(column.header for column in file.columns), file.target]


def _own(split: Callable[[Path, bytes], Splits], layout: str) -> DataSource:
    return DataSource("own", OwnFiles(layout), split)
