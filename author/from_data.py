"""A problem from somebody's own data: a CSV file with a target, or a folder of classes.

What it holds is proposed as a `problem.toml`: inputs, gaps, words, metric and division. Then three solutions
are trained on it, and the bands follow from what they and the baselines earn. All of it may be changed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import BadData, BadOption, UnknownProblem
from ..files.atomic import whole_folder
from ..home import Home
from ..problems import Problem
from ..problems.folders import FILE, read_folder
from ..problems.image_files import SUFFIXES
from ..problems.own_files import visible_files, visible_folders
from ..problems.problem_file import read_keys
from ..problems.scripts import script_of
from ..sandbox import Sandbox
from .bands import Measures, propose_bands
from .baselines import measure_baselines
from .folder import MadeProblem, make_known, new_place
from .proposal import Proposal, propose_images, propose_table, propose_texts
from .solutions import SCRIPTS, solutions_for
from .statement import hints_for, statement_for
from .trials import divided, run_script

Tell = Callable[[str], None]
OpenSandbox = Callable[[], Sandbox]
_SEED: Final = 0
_PROVISIONAL: Final = {True: (0.2, 0.4, 0.6, 0.8, 0.9), False: (5e12, 4e12, 3e12, 2e12, 1e12)}
"""Bands until some are measured, by whether higher is better."""


@dataclass(frozen=True)
class FromData:
    """What is asked for."""

    name: str
    data: Path
    target: str | None
    into: Path


def make_from(asked: FromData, home: Home, open_sandbox: OpenSandbox, tell: Tell) -> MadeProblem:
    """Make a problem's folder from data, which is copied into it.

    Args:
        asked: the name, the data, and for a CSV file the column to predict.
        home: gets a link to the folder.
        open_sandbox: makes the sandbox in which solutions are trained.
        tell: gets a sentence on what was seen and measured.

    Raises:
        BadOption: the name or place is taken, or the target is missing.
        BadData: nothing can be made of the data; the message says why.
        SandboxUnavailable: no solution could be trained.
    """
    folder = new_place(asked.name, asked.into)
    proposal = _propose(asked)
    for remark in proposal.remarks:
        tell(remark)
    with tempfile.TemporaryDirectory(prefix="tfprep-author-") as scratch:
        draft = Path(scratch) / asked.name
        draft.mkdir()
        problem = _write(draft, proposal, asked, _PROVISIONAL[proposal.higher_is_better], ())
        measured = _measure(problem, home, open_sandbox, tell)
        thresholds, remarks = propose_bands(measured)
        for remark in remarks:
            tell(remark)
        _write(draft, proposal, asked, thresholds, (*measured.lines, *remarks))
        folder.parent.mkdir(parents=True, exist_ok=True)
        with whole_folder(folder) as whole:
            shutil.copytree(draft, whole, dirs_exist_ok=True)
            whole.chmod(0o755)
    return MadeProblem(folder, read_folder(folder), make_known(folder, home))


def _propose(asked: FromData) -> Proposal:
    data = asked.data
    if data.is_dir():
        files = [path for folder in visible_folders(data) for path in visible_files(folder)[:20]]
        if not files:
            raise BadData(
                f"{data} holds no folder with files.", "Give a folder with a folder for each class."
            )
        images = sum(path.suffix.lower() in SUFFIXES for path in files)
        return (
            propose_images(asked.name, data) if 2 * images > len(files) else propose_texts(asked.name, data)
        )
    if not data.is_file():
        raise BadOption(f"{data} is not there.")
    if not asked.target:
        raise BadOption("A CSV file needs --target, the column to predict.")
    return propose_table(asked.name, data, asked.target)


def _write(
    folder: Path,
    proposal: Proposal,
    asked: FromData,
    thresholds: tuple[float, ...],
    measured: tuple[str, ...],
) -> Problem:
    """Write every file of the problem; the data at the first call."""
    (folder / FILE).write_text(proposal.text(thresholds, measured), "utf-8")
    data = folder / proposal.data
    if asked.data.is_dir():
        if not data.exists():
            shutil.copytree(asked.data, data, ignore=shutil.ignore_patterns(".*"))
    else:
        shutil.copyfile(asked.data, data)
    try:
        keys = read_keys(folder)
        for name, text in solutions_for(keys).items():
            (folder / name).write_text(text, "utf-8")
        for name in ("statement.md", "hints.md"):
            (folder / name).touch()
        problem = read_folder(folder)
    except UnknownProblem as error:
        raise BadData(f"No problem can be made of {asked.data}: {error}") from error
    (folder / "statement.md").write_text(statement_for(problem, keys), "utf-8")
    (folder / "hints.md").write_text(hints_for(problem, keys), "utf-8")
    return problem


def _measure(problem: Problem, home: Home, open_sandbox: OpenSandbox, tell: Tell) -> Measures:
    with divided(problem, _SEED, home.data / "downloads", lambda line: None) as dataset:
        baselines = measure_baselines(dataset)
        with open_sandbox() as sandbox:
            trained = {}
            for name in SCRIPTS:
                tell(f"Training {name}.py …")
                trained[name] = run_script(script_of(problem, name), dataset, _SEED, sandbox)
                if trained[name].value is None:
                    raise BadData(f"{name}.py could not be scored: {trained[name].reason}")
    return Measures(problem.metric, dataset.counts, baselines, trained)
