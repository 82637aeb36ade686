"""A statement in another language tells the same task: the same files, shapes and full marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tfprep.languages import ENGLISH, in_language, use
from tfprep.problems import Dataset, all_problems
from tfprep.problems.workspace_files import STATEMENT, text_of

from ..grader.made import digits

CODE = re.compile(r"`([^`\n]+)`")
TRANSLATED = [
    (problem, path.name.split(".")[1])
    for problem in all_problems()
    for path in sorted(problem.folder.glob("statement.*.md"))
]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return digits(tmp_path_factory.mktemp("made") / "data", count=40, training=20)


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use(ENGLISH)


@pytest.mark.parametrize(("problem", "language"), TRANSLATED, ids=lambda each: getattr(each, "name", each))
def test_a_statement_names_the_same_files_shapes_and_marks(problem, language: str, dataset: Dataset) -> None:
    own = replace(dataset, problem=problem, data_source=problem.data_sources[0].name)
    english = text_of(own, STATEMENT)
    use(language)
    assert in_language(problem.folder / STATEMENT).name == f"statement.{language}.md"
    translated, in_exam = text_of(own, STATEMENT), text_of(own, STATEMENT, hints=False)
    assert set(CODE.findall(english)) - set(CODE.findall(translated)) == set()
    best = max(own.bands, key=lambda band: band.score)
    assert (
        sum(f"{best.threshold:g}" in line and line.startswith("|") for line in translated.splitlines()) == 1
    )
    assert "\n- " in translated
    assert "\n- " not in in_exam
    assert Path(problem.folder / STATEMENT).is_file()
