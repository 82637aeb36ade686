"""Every hand-in of a class lands where it belongs, whatever platform and roster; the rest is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..stand_in import stand_in_pool
from .evening import Evening, imported_evening
from .layouts import LAYOUTS
from .people import Fault, make_class
from .rosters import LANGUAGES, ROSTERS

CLASS = make_class(18)
_NUMBERED = {name: index for index, name in enumerate(LAYOUTS)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_class_lands_as_zip_and_as_folder_with_and_without_a_folder_around(
    tmp_path: Path, layout: str
) -> None:
    wrong = {
        (wrapper, as_folder): imported_evening(
            _new(tmp_path), CLASS, LAYOUTS[layout], ROSTERS["one's own"], wrapper=wrapper, as_folder=as_folder
        )
        for wrapper in ("", "week 1/")
        for as_folder in (False, True)
    }
    assert not any(wrong.values()), wrong


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_class_lands_with_the_roster_of_any_platform_in_any_language(tmp_path: Path, layout: str) -> None:
    """Each layout with three languages; `python -m tests.evening` tries each with all."""
    languages = [LANGUAGES[(_NUMBERED[layout] + shift) % len(LANGUAGES)] for shift in range(3)]
    kinds = ("worksheet", "participants", "blind")
    names = ["Canvas", *(f"{kind} {language}" for kind, language in zip(kinds, languages, strict=True))]
    wrong = {name: imported_evening(_new(tmp_path), CLASS, LAYOUTS[layout], ROSTERS[name]) for name in names}
    assert not any(wrong.values()), wrong


@pytest.mark.parametrize(
    ("layout", "roster"),
    [("moodle folders", "worksheet de"), ("blackboard", "participants fr")],
)
def test_one_command_grades_a_class_and_a_corrected_draft_settles_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str, roster: str
) -> None:
    monkeypatch.setattr("tfprep.sandbox.host.select_sandbox.docker_pool", stand_in_pool)
    evening = Evening(tmp_path, make_class(16), LAYOUTS[layout], ROSTERS[roster])
    evening.prepare()
    graded = evening.grade("--problem", "1")
    assert graded.exit_code == 1, graded.output
    assert "not-placed.csv" in graded.output
    assert "cohort.html shows how far it has come." in graded.output
    assert "last updated" not in (tmp_path / "out" / "cohort.html").read_text("utf-8")
    assert not evening.wrong_cells()
    settled = evening.grade("--problem", "1", "--manifest", evening.correct().name)
    assert settled.exit_code == 0, settled.output
    assert not evening.wrong_cells(everybody=True)


def test_a_class_has_every_fault() -> None:
    assert {one.fault for one in CLASS} == set(Fault)


def _new(folder: Path) -> Path:
    made = folder / str(len(list(folder.iterdir())))
    made.mkdir()
    return made
