"""What a learner is given: honest about its lines, free of tfprep, and clear about what is still missing."""

from __future__ import annotations

import ast
import csv
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tfprep.problems import Problem, all_problems
from tfprep.problems.problem4_imdb.data import REVIEWS
from tfprep.problems.scripts import KIND, PROTECTED, kept_in_solutions
from tfprep.problems.scripts import script_of as source
from tfprep.problems.series import SeriesData
from tfprep.problems.tables import TableData
from tfprep.problems.texts import tokens

from .. import warm_python
from .own import SERIES, TABLES
from .script_blocks import SCRIPTS, SOLUTIONS, rendered

PROBLEMS = pytest.mark.parametrize("problem", all_problems(), ids=lambda problem: problem.name)
ONE_OF_A_KIND = pytest.mark.parametrize(
    "problem",
    {problem.starter.get(KIND, problem.name): problem for problem in reversed(all_problems())}.values(),
    ids=lambda problem: problem.name,
)
"""Of problems whose starters come from one template, the first."""
ODD_TEXTS = (
    "",
    "   ",
    "It's GREAT!<br /><br />Really<BR />great.",
    "No-one's 10/10, isn't it? ''quoted''",
    "Zoë naïvely said: İstanbul, STRASSE, \u017f \u2028 new\nlines\tand\x00nulls",
    "word " * 500,
    "[PAD] [OOV] pad oov",
    "<br/><br />",
)


@PROBLEMS
def test_no_file_of_a_problem_that_a_learner_runs_imports_tfprep(problem: Problem) -> None:
    for name in SCRIPTS:
        assert _imported(source(problem, name)) <= {*sys.stdlib_module_names, "numpy", "tensorflow"}


@PROBLEMS
def test_the_full_marks_in_the_header_are_those_of_the_bands(problem: Problem) -> None:
    comment = re.match(r"(#.*\n)+", source(problem, "starter"))
    assert comment is not None
    _assert_full_marks(problem, comment[0], r"Full marks:(?P<lines>(.|\n)*?)\n#\s*\n")


@PROBLEMS
def test_the_full_marks_in_the_statement_are_those_of_the_bands(problem: Problem) -> None:
    statement = (problem.folder / "statement.md").read_text("utf-8")
    _assert_full_marks(problem, statement, r"\| full marks \|(?P<lines>.*)\|")


@PROBLEMS
def test_the_header_tells_the_exams_rules(problem: Problem) -> None:
    text = source(problem, "starter")
    assert text.startswith("# ===")
    assert "Do not use Lambda layers" in text
    assert "def solution_model():" in text
    assert text.endswith('model = solution_model()\n    model.save("mymodel.h5")\n')
    assert text.count("# YOUR CODE HERE (gap ") == 2


@PROBLEMS
def test_a_solution_keeps_what_the_starter_says_not_to_change(problem: Problem) -> None:
    kept = kept_in_solutions(problem)
    assert len(kept) >= 3
    for name in _present(problem, SOLUTIONS):
        assert PROTECTED.findall(source(problem, name)) == kept


@PROBLEMS
@pytest.mark.parametrize("name", SCRIPTS)
def test_what_scripts_share_comes_from_one_source(problem: Problem, name: str) -> None:
    assert rendered(problem, name) == source(problem, name)


def test_the_starters_word_numbers_are_those_of_the_inputs() -> None:
    starter = _definitions(_source_of_imdb(), {"words_of", "encode"}, {"VOCABULARY", "LENGTH", "PADDING"})
    vocabulary = REVIEWS.count_vocabulary([*ODD_TEXTS, "a great film"])[:40]
    words_of: Callable[[str], list[str]] = starter["words_of"]
    encode: Callable[[Any, Mapping[str, int]], NDArray[np.int32]] = starter["encode"]
    numbers = encode(ODD_TEXTS, {word: number for number, word in enumerate(vocabulary)})
    assert [words_of(text) for text in ODD_TEXTS] == [tokens(text) for text in ODD_TEXTS]
    np.testing.assert_array_equal(numbers, REVIEWS.encode(ODD_TEXTS, vocabulary), strict=True)
    assert starter["VOCABULARY"] == REVIEWS.vocabulary
    assert numbers.max() > 1


@pytest.mark.slow
@ONE_OF_A_KIND
def test_an_unfilled_starter_says_that_its_first_gap_is_empty(problem: Problem, tmp_path: Path) -> None:
    ended = _run(source(problem, "starter"), problem, tmp_path)
    assert ended.returncode == 1
    assert re.fullmatch(r"Gap 1 is still empty: build the model.*\n", ended.stderr), ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.slow
@ONE_OF_A_KIND
def test_a_half_filled_starter_says_that_its_second_gap_is_empty(problem: Problem, tmp_path: Path) -> None:
    built = "    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])\n"
    half = source(problem, "starter").replace("    model = None\n", built)
    ended = _run(half, problem, tmp_path)
    assert ended.returncode == 1
    assert re.search(r"^Gap 2 is still empty: compile the model", ended.stderr, re.MULTILINE)
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.slow
def test_a_starter_runs_in_a_notebook_that_knows_no_file(tmp_path: Path) -> None:
    (problem, *_) = all_problems()
    cell = "exec(open('starter.py', encoding='utf-8').read())"
    ended = _run(source(problem, "starter"), problem, tmp_path, "-c", cell)
    assert "Gap 1 is still empty" in ended.stderr


@pytest.mark.slow
def test_a_starter_without_its_data_says_so_in_one_sentence(tmp_path: Path) -> None:
    (problem, *_) = all_problems()
    (tmp_path / "starter.py").write_text(source(problem, "starter"), "utf-8")
    ended = _python(tmp_path, "starter.py")
    assert ended.returncode == 1
    assert f"There is no folder data/ in {tmp_path}" in ended.stderr
    assert "`tfprep start 1 --resume --into .` makes it" in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def _present(problem: Problem, names: Sequence[str]) -> list[str]:
    """Those of the files that there are: an ordinary solution may be missing."""
    return [name for name in names if name != "ordinary" or (problem.folder / "ordinary.py").is_file()]


def _source_of_imdb() -> str:
    return next(source(problem, "starter") for problem in all_problems() if problem.name == "imdb")


def _imported(source: str) -> set[str]:
    """The top-level packages that a script imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return {name.split(".")[0] for name in found}


def _definitions(source: str, functions: set[str], constants: set[str]) -> dict[str, Any]:
    """Some functions and constants of a script, without running the rest, which would load TensorFlow."""
    wanted = [
        node
        for node in ast.parse(source).body
        if (isinstance(node, ast.FunctionDef) and node.name in functions)
        or (
            isinstance(node, ast.Assign)
            and constants & {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        )
    ]
    names: dict[str, Any] = {"re": re, "np": np}
    exec(compile(ast.Module(wanted, []), "starter", "exec"), names)
    return names


def _assert_full_marks(problem: Problem, text: str, pattern: str) -> None:
    """The numbers after "Full marks" are the best band's thresholds of all data sources, and no others."""
    match = re.search(pattern, text)
    assert match is not None
    written = {float(number) for number in re.findall(r"\d+\.\d+", match["lines"])}
    lines = {max(data_source.bands, key=lambda band: band.score) for data_source in problem.data_sources}
    assert written == {band.threshold for band in lines}
    assert ("at most" in match["lines"]) == all(band.at_most is not None for band in lines)


def _run(source: str, problem: Problem, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script beside a small set of the problem's data."""
    (folder / "starter.py").write_text(source, "utf-8")
    (folder / "data").mkdir()
    if problem.name not in WRITERS:
        pytest.skip(f"nothing here writes a small {problem.name} set")
    WRITERS[problem.name](folder / "data")
    return _python(folder, *(arguments or ("starter.py",)))


def _python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return warm_python.run(arguments, cwd=folder, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})


def _write_table(table: TableData) -> Callable[[Path], None]:
    def write(data: Path) -> None:
        row = ",".join("1" for _ in table.columns)
        for name in ("train.csv", "validation.csv"):
            (data / name).write_text(",".join(table.columns) + "\n" + f"{row}\n" * 3, "utf-8")

    return write


def _write_digits(data: Path) -> None:
    pixels, digits = np.zeros((3, 28, 28), np.uint8), np.arange(3, dtype=np.uint8)
    np.savez(data / "mnist.npz", x_train=pixels, y_train=digits, x_valid=pixels, y_valid=digits)


def _write_flowers(data: Path) -> None:
    from PIL import Image

    for name in ("train/daisy", "train/rose", "validation/daisy", "validation/rose"):
        (data / name).mkdir(parents=True)
        Image.new("RGB", (64, 64)).save(data / name / "1.png")


def _write_reviews(data: Path) -> None:
    for name in ("train.csv", "validation.csv"):
        with (data / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("text", "label"), ("Good,<br />\ngood.", 1), ('So "bad"', 0)])
    (data / "vocabulary.txt").write_text("[PAD]\n[OOV]\ngood\n", "utf-8")


def _write_series(series: SeriesData) -> Callable[[Path], None]:
    def write(data: Path) -> None:
        row = ",".join("1.5" for _ in series.columns)
        (data / series.file).write_text(",".join(series.columns) + "\n" + f"{row}\n" * 1500, "utf-8")

    return write


WRITERS: dict[str, Callable[[Path], None]] = (
    {
        "mnist": _write_digits,
        "flowers": _write_flowers,
        "solar": _write_flowers,
        "spam": _write_reviews,
        "reuters": _write_reviews,
        "imdb": _write_reviews,
        "bbc": _write_reviews,
        "tweets": _write_reviews,
    }
    | {name: _write_series(series) for name, series in SERIES.items()}
    | {name: _write_table(table) for name, table in TABLES.items()}
)
