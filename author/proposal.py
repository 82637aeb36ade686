"""What a `problem.toml` may say of somebody's data, with the reasons beside it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import BadData, BadOption
from ..files.csv_tables import CsvTable, read_csv
from ..files.text import counted, listed
from ..problems.kinds import plain_name
from ..problems.own_files import number_in, visible_files, visible_folders
from .folder import quoted

_FEWEST: Final = 60
"""Examples of which a problem can be made."""
_MOST_WORDS: Final = 12
"""Values that a column of words may have, to be of use."""
_MOST_CLASSES: Final = 30
_RARE: Final = 12
"""Examples of a class, at least."""
_FEW_NUMBERS: Final = 10
"""So many whole numbers may be classes."""
_SIZES: Final = 20.0
"""Between small and large targets: from here on, an error is told as a share."""
_UNIT: Final = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")
_TELLS: Final = 0.9995
"""A correlation with the target that no honest column has."""


@dataclass(frozen=True)
class Proposal:
    """A `problem.toml` without its bands."""

    head: str
    """Up to the bands."""
    tail: str
    """The table of the kind."""
    data: str
    """What the data is called beside it."""
    higher_is_better: bool
    remarks: tuple[str, ...] = ()
    """What was left out or changed, a sentence each."""

    def text(self, thresholds: Sequence[float], measured: Sequence[str]) -> str:
        """The whole file, with what was measured as comments."""
        seen = (
            "".join(f"# {line}\n" for line in ("Measured on one division of the data:", *measured))
            if measured
            else ""
        )
        bands = ", ".join(f"{value:.10g}" for value in thresholds)
        left = "".join(f"# {remark}\n" for remark in self.remarks)
        return f"{self.head}\n{seen}bands = [{bands}]     # what earns the scores 1 to 5\n\n{left}{self.tail}"


@dataclass(frozen=True)
class _Head:
    """What stands above the bands."""

    name: str
    task: str
    trains: str
    category: str
    kind: str
    data: str
    metric: str
    unit: str = ""

    def __str__(self) -> str:
        unit = f"unit = {quoted(self.unit)}     # of the target, for people\n" if self.unit else ""
        return (
            f"# The problem {self.name}: proposed from data, to be changed. "
            f"`tfprep author prove {self.name}` tries it.\n"
            f"title = {quoted(self.name.capitalize())}\n"
            f"task = {quoted(self.task)}     # one sentence: what is asked\n"
            f"trains = {quoted(self.trains)}     # what one practises with it\n"
            f'category = "{self.category}"     # A regression, B data sets, C images, D text, E series\n'
            f'kind = "{self.kind}"\n'
            f'data = "{self.data}"     # beside this file; leave it out of what learners get\n'
            f'metric = "{self.metric}"\n{unit}'
            "hidden = 0.25     # of all examples\n"
            "validation = 0.2     # of those that learners get\n"
        )


def propose_table(name: str, file: Path, target: str) -> Proposal:
    """From a CSV file and the column to predict.

    Raises:
        BadOption: there is no such column.
        BadData: it cannot be read, has too few rows, or no column that tells anything.
    """
    table = read_csv(file, BadData)
    header = table.column(target)
    if not header:
        raise BadOption(f"{file.name} has no column {target!r}. It has: {listed(table.columns, 20)}.")
    cells = [row.get(header) for row in table.rows]
    known = [place for place, cell in enumerate(cells) if cell]
    if len(known) < _FEWEST:
        raise BadData(f"{file.name} has {counted(len(known), 'row')} with {header}. {_FEWEST} are the least.")
    remarks = []
    if len(known) < len(cells):
        remarks.append(f"{counted(len(cells) - len(known), 'row')} without {header} left out.")
    answers = [cells[place] for place in known]
    classes = _classes(answers, header, remarks)
    columns = [
        line
        for column in table.columns
        if column.strip() and column.strip() != header.strip()
        for line in _column(
            column.strip(), _cells(table, column.strip(), known), answers, bool(classes), remarks
        )
    ]
    if not columns:
        raise BadData(f"No column of {file.name} can tell {header}.", " ".join(remarks))
    higher, metric = bool(classes), _metric(answers, bool(classes))
    trains = "scaling inside the model, a network on a table"
    asked = (
        f"Tell {header} from the other columns." if classes else f"Predict {header} from the other columns."
    )
    category, unit = ("B", "") if classes else ("A", _unit(header))
    head = str(_Head(name, asked, trains, category, "table", "data.csv", metric, unit))
    listed_classes = f"classes = [{', '.join(map(quoted, classes))}]\n" if classes else ""
    tail = f"[table]\ntarget = {quoted(header.strip())}\n{listed_classes}columns = [\n{''.join(columns)}]\n"
    return Proposal(head, tail, "data.csv", higher, tuple(remarks))


def propose_images(name: str, folder: Path) -> Proposal:
    """From a folder with a folder of images for each class. Raises BadData where it has too few."""
    from PIL import Image

    files = _of_classes(folder)
    sizes, colours = [], 0
    for paths in files.values():
        for path in paths[:10]:
            try:
                with Image.open(path) as picture:
                    sizes.append(min(picture.size))
                    colours += picture.mode not in ("1", "L", "I", "I;16", "F", "LA")
            except OSError as error:
                raise BadData(f"{path} cannot be read as an image.", "Replace it or remove it.") from error
    side = next((size for size in (64, 48, 32) if np.median(sizes) >= size), 28)
    colour = colours * 2 > len(sizes)
    task = f"Tell {listed(files, 8)} apart on pictures, with a convolutional network."[:300]
    trains = "convolutions, augmentation, overfitting"
    head = str(_Head(name, task, trains, "C", "images", "data", "accuracy"))
    tail = (
        f"[images]\nside = {side}     # pixels; pictures are cut to squares and shrunk\n"
        f'colour = {str(colour).lower()}\nwhat = "picture"\n'
    )
    return Proposal(head, tail, "data", True, _uneven(files))


def propose_texts(name: str, folder: Path) -> Proposal:
    """From a folder with a folder of text files for each class. Raises BadData where it has too few."""
    files = _of_classes(folder)
    classes = ", ".join(quoted(name.lower()) for name in files)
    lengths = [len(path.read_bytes()[: 2**16].split()) for paths in files.values() for path in paths[:100]]
    length = int(np.clip(np.quantile(lengths, 0.8), 8, 200))
    task = f"Tell {listed(files, 8)} apart by their text."[:300]
    trains = "an embedding, padding, a vocabulary"
    head = str(_Head(name, task, trains, "D", "texts", "data", "accuracy"))
    tail = (
        f"[texts]\nclasses = [{classes}]     # the folders, in small letters\n"
        f'length = {length}     # words of a text that a model sees\nvocabulary = 5000\nwhat = "text"\n'
    )
    return Proposal(head, tail, "data", True, _uneven(files))


def _classes(answers: Sequence[str], header: str, remarks: list[str]) -> list[str]:
    """The target's classes, sorted; none where it is a number."""
    counts = Counter(answers)
    numbers = [number_in(answer) for answer in counts]
    whole = all(number.is_integer() for number in numbers if math.isfinite(number))
    if all(map(math.isfinite, numbers)) and not (whole and len(counts) <= _FEW_NUMBERS):
        return []
    words = [answer for answer in counts if not math.isfinite(number_in(answer))]
    if len(words) < len(counts) and len(words) <= len(counts) / 10:
        raise BadData(
            f"{header} is a number in most rows, and {listed(words)!r} in others.", "Mend these cells."
        )
    if not 2 <= len(counts) <= _MOST_CLASSES:
        raise BadData(f"{header} has {counted(len(counts), 'value')}. Classes are 2 to {_MOST_CLASSES}.")
    if rare := [f"{answer} ({count})" for answer, count in counts.items() if count < _RARE]:
        raise BadData(
            f"{header} has classes with fewer than {_RARE} rows: {listed(rare)}.", "Merge or remove them."
        )
    remarks.append(f"{header} has {len(counts)} values, which are taken as classes.")
    return sorted(counts, key=lambda answer: (number_in(answer) if whole else 0.0, answer))


def _column(
    header: str, cells: Sequence[str], answers: Sequence[str], is_class: bool, remarks: list[str]
) -> list[str]:
    """The line of one column; none where it is left out, with a remark on why."""
    given = [cell for cell in cells if cell]
    numbers = [number_in(cell) for cell in given]
    if why := _useless(cells, answers, is_class):
        remarks.append(f"{header} {why}: left out.")
        return []
    renamed = f", header = {quoted(header)}" if plain_name(header) != header else ""
    start = f'    {{ name = "{plain_name(header)[:40]}"{renamed}'
    if not all(map(math.isfinite, numbers)):
        return [f"{start}, values = [{', '.join(map(quoted, sorted(set(given))))}] }},\n"]
    gaps = len(cells) - len(given)
    if not gaps:
        return [f"{start} }},\n"]
    return [
        f"{start}, missing = {float(np.median(numbers)):g} }},     # {counted(gaps, 'gap')}: the median\n"
    ]


def _useless(cells: Sequence[str], answers: Sequence[str], is_class: bool) -> str:
    """Why a column is of no use: what it is; empty where it is."""
    given = [cell for cell in cells if cell]
    distinct, numbers = set(given), [number_in(cell) for cell in given]
    if len(distinct) < 2:
        return "is the same in every row"
    if not all(map(math.isfinite, numbers)):
        return f"has {len(distinct)} different words" if len(distinct) > _MOST_WORDS else ""
    if len(given) < len(cells):
        return ""
    if len(distinct) == len(cells) and all(map(float.is_integer, numbers)) and _counts_up(numbers):
        return "counts the rows"
    return "tells the target itself" if not is_class and _tells(numbers, answers) else ""


def _unit(header: str) -> str:
    """What stands in brackets behind a header: "EUR" of "Price (EUR)"."""
    found = _UNIT.search(header)
    return found[1].strip()[:20] if found else ""


def _counts_up(numbers: Sequence[float]) -> bool:
    steps = np.diff(numbers)
    return bool((steps == 1).mean() > 0.95)


def _tells(numbers: Sequence[float], answers: Sequence[str]) -> bool:
    true = np.array([number_in(answer) for answer in answers])
    return bool(abs(np.corrcoef(np.array(numbers), true)[0, 1]) > _TELLS)


def _metric(answers: Sequence[str], is_class: bool) -> str:
    if is_class:
        return "accuracy"
    numbers = np.array([number_in(answer) for answer in answers])
    low, high = np.quantile(numbers, [0.05, 0.95])
    return "mean log10 error" if low > 0 and high / low > _SIZES else "mean absolute error"


def _cells(table: CsvTable, column: str, places: Sequence[int]) -> list[str]:
    named = next(each for each in table.columns if each.strip() == column)
    return [table.rows[place].get(named) for place in places]


def _of_classes(folder: Path) -> dict[str, list[Path]]:
    files = {each.name: visible_files(each) for each in visible_folders(folder)}
    if len(files) < 2:
        raise BadData(f"{folder} should hold a folder for each class, two at least; it holds {len(files)}.")
    if few := [f"{name} ({len(paths)})" for name, paths in files.items() if len(paths) < _RARE]:
        raise BadData(
            f"{folder} has classes with fewer than {_RARE} files: {listed(few)}.", "Merge or remove them."
        )
    return files


def _uneven(files: dict[str, list[Path]]) -> tuple[str, ...]:
    counts = {name: len(paths) for name, paths in files.items()}
    if max(counts.values()) <= 3 * min(counts.values()):
        return ()
    return (f"Classes are of unlike size: {listed(f'{name} {count}' for name, count in counts.items())}.",)
