from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tfprep
from tfprep.errors import UnknownProblem
from tfprep.problems import all_problems, draw_exam, draw_problem, find, usual_problems

ROOT = Path(tfprep.__file__).resolve().parent

ANOTHER = """
from dataclasses import replace

from ..problem1_regression import problem as first

problem = replace(first, package=__name__, title="Another")
"""


def run_in_copy(place: Path, code: str) -> str:
    """What Python prints in a folder that holds a copy of the package, for tests that add to it."""
    run = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True)
    return run.stdout.strip()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for room in ("files", "problems", "sandbox"):
        shutil.copytree(ROOT / room, tmp_path / "tfprep" / room)
    for module in ("__init__.py", "errors.py", "home.py"):
        shutil.copyfile(ROOT / module, tmp_path / "tfprep" / module)
    return tmp_path


def test_the_usual_problems_are_five_in_the_order_of_the_exam() -> None:
    assert [problem.name for problem in usual_problems()] == [
        "regression",
        "mnist",
        "flowers",
        "imdb",
        "forecast",
    ]
    assert [problem.number for problem in usual_problems()] == [1, 2, 3, 4, 5]
    assert sum(problem.weight for problem in usual_problems()) == 100


def test_problems_are_numbered_without_a_gap() -> None:
    numbers = [problem.number for problem in all_problems()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    "name", ["3", "problem3", "flowers", "problem3_flowers", " Flowers ", "problem3-flowers"]
)
def test_a_problem_goes_by_its_number_its_id_and_its_name(name: str) -> None:
    assert find(name).id == "problem3"


@pytest.mark.parametrize(
    ("misspelt", "nearest"),
    [("flower", "flowers"), ("minst", "mnist"), ("regresion", "regression"), ("imbd", "imdb")],
)
def test_a_misspelt_name_gets_the_nearest_one_offered(misspelt: str, nearest: str) -> None:
    sentence = f"No problem is called {misspelt!r}. Did you mean {nearest!r}?"
    with pytest.raises(UnknownProblem, match=re.escape(sentence)):
        find(misspelt)


@pytest.mark.parametrize(
    ("meant", "name"),
    [
        ("cars", "regression"),
        ("digits", "mnist"),
        ("film", "imdb"),
        ("demand", "forecast"),
        ("photos", "flowers"),
    ],
)
def test_a_word_of_a_problem_s_title_or_task_leads_to_its_name(meant: str, name: str) -> None:
    with pytest.raises(UnknownProblem, match=f"Did you mean '{name}'"):
        find(meant)


@pytest.mark.parametrize("name", ["problem77", "0", "99", "problem", "p66"])
def test_a_number_that_there_is_not_gets_all_of_them_listed(name: str) -> None:
    with pytest.raises(UnknownProblem, match="There are: 1 regression"):
        find(name)


def test_a_name_near_none_gets_all_of_them_listed() -> None:
    with pytest.raises(UnknownProblem, match="1 regression, 2 mnist, 3 flowers, 4 imdb, 5 forecast"):
        find("quantum")


def test_another_folder_is_another_problem_with_no_other_change(copy: Path) -> None:
    folder = copy / "tfprep" / "problems" / "problem99_another"
    folder.mkdir()
    (folder / "__init__.py").write_text(ANOTHER)
    code = "from tfprep.problems import *; p = find('another'); print(p.id, p.title, len(all_problems()))"
    assert run_in_copy(copy, code) == f"problem99 Another {len(all_problems()) + 1}"


def test_an_empty_folder_left_behind_is_no_problem(copy: Path) -> None:
    (copy / "tfprep" / "problems" / "problem77_leftover" / "__pycache__").mkdir(parents=True)
    code = "from tfprep.problems import *; print(len(all_problems()))"
    assert run_in_copy(copy, code) == str(len(all_problems()))


def test_listing_the_problems_loads_nothing_heavy(copy: Path) -> None:
    heavy = ["tensorflow", "keras", "tensorflow_datasets", "pandas", "PIL"]
    code = (
        f"import sys; from tfprep.problems import *; all_problems(); print(set({heavy}) & set(sys.modules))"
    )
    assert run_in_copy(copy, code) == "set()"


def test_every_problem_has_data_without_tensorflow_datasets_and_takes_own_files() -> None:
    for problem in all_problems():
        names = {data_source.name for data_source in problem.data_sources}
        assert "own" in names
        assert names & {"package", "generated"}


def test_every_data_source_has_five_bands_that_rise_with_the_score() -> None:
    for problem in all_problems():
        for data_source in problem.data_sources:
            assert [band.score for band in data_source.bands] == [5, 4, 3, 2, 1]
            better = 1 if problem.metric.higher_is_better else -1
            lines = [better * band.threshold for band in data_source.bands]
            assert lines == sorted(set(lines), reverse=True)
            assert all(
                (band.at_least is not None) == problem.metric.higher_is_better for band in data_source.bands
            )


def test_a_problem_that_is_named_is_loaded_alone(copy: Path) -> None:
    code = (
        "import sys; from tfprep.problems import find; find('mnist'); "
        "print(sorted(m.split('.')[2] for m in sys.modules if '.problem' in m and m.count('.') == 2 "
        "and m.split('.')[2][7:8].isdigit()))"
    )
    assert run_in_copy(copy, code) == "['problem2_mnist']"


def test_the_usual_problems_are_one_of_each_category() -> None:
    assert [problem.category.value for problem in usual_problems()] == list("ABCDE")
    assert all(problem.trains for problem in all_problems())


def test_a_problem_is_drawn_from_its_category_and_is_not_the_one_tried_last() -> None:
    of_a = {problem.id for problem in all_problems() if problem.category == "A"}
    assert len(of_a) > 1
    assert {draw_problem("A", seed=seed).id for seed in range(60)} == of_a
    assert {draw_problem("A", ["problem1"]).id for _ in range(60)} == of_a - {"problem1"}
    assert draw_problem("A", of_a - {"problem1"}).id == "problem1"
    assert draw_problem("A", of_a).id in of_a


def test_an_exam_is_drawn_anew_with_each_seed_and_again_with_the_same() -> None:
    drawn = [draw_exam((), seed) for seed in range(40)]
    assert all([problem.category.value for problem in one] == list("ABCDE") for one in drawn)
    assert drawn == [draw_exam((), seed) for seed in range(40)]
    assert {problem for one in drawn for problem in one} == set(all_problems())
    assert len(set(drawn)) > 15
    practised = [problem.id for problem in usual_problems()]
    assert not {"problem1", "problem2", "problem4", "problem5"} & {one.id for one in draw_exam(practised, 3)}
