"""A problem like one of tfprep's: its files, to be changed, and a `problem.toml` that takes the rest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ..errors import BadOption
from ..home import Home
from ..problems import Problem, find
from ..problems.folders import FILE, FolderProblem
from ..problems.problem import OwnFiles
from ..problems.scripts import script_of
from .folder import MadeProblem, new_place, quoted, write_folder

_SCRIPTS: Final = ("starter", "reference", "ordinary", "naive")
_TEXTS: Final = ("statement.md", "hints.md")
_FILE: Final = """\
# The problem {name}. `tfprep author prove {name}` tries it before anybody sits it.
# Whatever is not said here is as in {like}: inputs, outputs, metric, and how data is read.
like = "{like}"

# What learners read in lists and pages.
title = {title}
task = {task}
trains = {trains}
category = "{category}"     # A regression, B learning data sets, C images, D text, E series

# Your data, beside this file: {layout}.
# Without it, the problem has the data of {like}.
# data = "data"

# What earns the scores 1 to 5. Measure them with `tfprep author prove`: other data, other thresholds.
{bands_off}bands = {bands}     # {metric}
"""


def make_like(name: str, like: str, into: Path, home: Home) -> MadeProblem:
    """Make a problem in the folder `into`/`name`, like one of tfprep's.

    Raises:
        UnknownProblem: there is no such problem to be like.
        BadOption: the name or the place is taken, or the example is no problem of tfprep's.
    """
    example = find(like)
    if isinstance(example, FolderProblem):
        raise BadOption(
            f"{like} is no problem of tfprep itself.", f"Copy its folder instead: {example.folder}."
        )
    folder = new_place(name, into)
    texts = {f"{script}.py": script_of(example, script) for script in _SCRIPTS}
    texts |= {text: (example.folder / text).read_text("utf-8") for text in _TEXTS}
    renamed = {file: _renamed(text, example, name) for file, text in texts.items()}
    return write_folder(folder, {FILE: _declared(example, name), **renamed}, home)


def _declared(example: Problem, name: str) -> str:
    own = example.data_source("own")
    layout = own.source.layout if isinstance(own.source, OwnFiles) else ""
    thresholds = ", ".join(f"{band.threshold:g}" for band in reversed(own.bands))
    several = len({each.bands for each in example.data_sources}) > 1
    return _FILE.format(
        name=name,
        like=example.name,
        title=quoted(name.capitalize()),
        task=quoted(example.task),
        trains=quoted(example.trains),
        category=example.category.value,
        layout=layout,
        bands_off="# " if several else "",
        bands=f"[{thresholds}]",
        metric=f"{example.metric.name} {example.metric.unit}".strip(),
    )


def _renamed(text: str, example: Problem, name: str) -> str:
    """The text with this problem's name where the example's number stands."""
    text = re.sub(rf"\b(problem) {example.number}\b", rf"\1 {name}", text, flags=re.IGNORECASE)
    return text.replace(f"start {example.number} ", f"start {name} ")
