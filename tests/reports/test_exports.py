"""What is exported can be imported where it is meant to be, and no cell of it is ever run."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprep.cohorts import Cohort, Pending
from tfprep.errors import BadCohort
from tfprep.files.csv_tables import as_csv, spreadsheet_text
from tfprep.reports.cohort.exports import write_exports

from .cohorts import PROBLEMS, small, strangers
from .exported import exported

RUNS = set("=+-@")


def is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9.,]+([eE][+-]?[0-9]+)?%?|[+-]", cell) is not None


def would_run(cell: str) -> bool:
    """Whether a spreadsheet may take the cell for a formula, in any width and behind any space."""
    first = unicodedata.normalize("NFKC", cell.lstrip()[:1])
    return bool(first) and first[0] in RUNS and not is_number(cell.strip())


def test_the_gradebook_has_a_row_for_everybody(tmp_path: Path) -> None:
    header, *rows = exported(tmp_path, small())["gradebook.csv"]
    assert header[:4] == ["learner", "name", "email", "total"]
    ada, bo, cem, dee = (dict(zip(header, row, strict=True)) for row in rows)
    assert (ada["learner"], ada["total"], ada["problem1 points"]) == ("ada", "100", "5")
    assert (bo["problem2 points"], bo["problem2 machine"], bo["problem2 penalty"]) == ("3.2", "4", "0.2")
    assert (bo["problem2 hours late"], bo["problem2 attempts"]) == ("26", "2")
    assert (bo["problem3 override"], bo["problem3 machine"]) == ("4", "2")
    assert (cem["name"], cem["problem2 verdict"]) == ("Cem Öztürk-Oyelaran de la Fuente", "invalid")
    assert (dee["total"], dee["problem1 submission"]) == ("0", "")


def test_what_has_no_result_for_now_is_no_zero_in_the_gradebook(tmp_path: Path) -> None:
    waiting = replace(
        small(), pending=(Pending("dee", "problem1", "dee/mymodel.h5", "Not graded yet."),), unmatched=()
    )
    header, *rows = exported(tmp_path, waiting)["gradebook.csv"]
    dee = dict(zip(header, rows[-1], strict=True))
    assert (dee["problem1 points"], dee["problem2 points"], dee["total"]) == ("", "0", "")


def test_pandas_reads_the_numbers_as_numbers(tmp_path: Path) -> None:
    cohort = replace(small(), pending=())
    write_exports(cohort, tmp_path)
    table = pd.read_csv(tmp_path / "gradebook.csv", encoding="utf-8-sig")
    assert table["total"].dtype == float
    assert table["total"].tolist() == [round(one.total, 2) for one in cohort.learners]
    assert table["problem2 points"].tolist() == [5.0, 3.2, 0.0, 0.0]


@pytest.mark.parametrize("cohort", [strangers(), small()], ids=["strangers", "small"])
def test_no_cell_of_an_export_is_run(tmp_path: Path, cohort: Cohort) -> None:
    for path in write_exports(cohort, tmp_path).paths:
        if path.suffix == ".csv":
            text = path.read_text("utf-8-sig")
            for separator in ",;\t|":
                for row in csv.reader(io.StringIO(text), delimiter=separator):
                    assert not [cell for cell in row if would_run(cell)]


RUNNING = (
    *(
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        " =1",
        "\t=1",
        "\r=1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0dcmd",
        "\uff20x",
    ),
    *("\u00a0=1", "'=1", '"=1', "Ada;=1+1", "Ada, @x", "a\t=1", "\u200b=1", "\ufeff=1", "\u22122+3"),
    "=cmd|'/C calc'!A0",
)
PLAIN = (
    *("-5", "-0.25", "+3", "1e-5", "-", "0,5", "ada", "007", "Participant 12345", "ada@example.org"),
    *("Lovelace, Ada", "M\u00fcller-L\u00fcdenscheidt", "100.00", "3%"),
)


@pytest.mark.parametrize("text", RUNNING)
def test_what_would_run_becomes_text(text: str) -> None:
    for separator in ",;\t":
        (cells,) = csv.reader([spreadsheet_text(text)], delimiter=separator)
        assert not [cell for cell in cells if would_run(cell)]


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_names_and_ids_stay_as_they_are(text: str) -> None:
    assert spreadsheet_text(text) == text


@given(st.lists(st.lists(st.text(max_size=40), min_size=2, max_size=4), min_size=1, max_size=4))
def test_whatever_is_written_no_cell_runs_in_any_reading(rows: list[list[str]]) -> None:
    text = as_csv(rows)
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert not [cell for cell in row if would_run(cell)]
    assert [len(row) for row in csv.reader(io.StringIO(text, newline=""))] == [len(row) for row in rows]


HARMFUL = st.text(st.sampled_from("=+-@;,|\t\r\n '\"\uff1d\uff0da1"), min_size=1, max_size=12)


@given(st.lists(HARMFUL, min_size=1, max_size=4))
def test_what_is_made_to_run_does_not(cells: list[str]) -> None:
    text = as_csv([cells])
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert not [cell for cell in row if would_run(cell)]


@given(st.floats(-1e6, 1e6) | st.integers(-(10**9), 10**9))
def test_numbers_come_back(number: float) -> None:
    ((cell,),) = csv.reader(io.StringIO(as_csv([[number]])))
    assert float(cell) == pytest.approx(number, abs=0.005001)
    assert "e" not in cell


def test_a_mail_merge_has_a_line_for_each_result(tmp_path: Path) -> None:
    header, *rows = exported(tmp_path, small())["mail-merge.csv"]
    assert header == ["name", "email", "problem", "score", "reason", "page"]
    ada = [row for row in rows if row[1] == "ada@school.example"]
    assert [(row[2], row[3]) for row in ada] == [(problem, "5") for problem in PROBLEMS]
    assert {row[5] for row in ada} == {"learners/0001-ada.html"}
    assert not [row for row in rows if row[0] == "Dee"], "nothing was handed in"


def test_there_is_no_worksheet_without_moodles_own(tmp_path: Path) -> None:
    assert "moodle-worksheet.csv" not in exported(tmp_path, small())


def test_moodles_gradebook_knows_people_by_id_and_address(tmp_path: Path) -> None:
    header, ada, *_ = exported(tmp_path, small())["moodle.csv"]
    assert header[:3] == ["ID number", "Full name", "Email address"]
    assert ada[:4] == ["ada", "Ada Okonkwo", "ada@school.example", "5"]


def test_a_problem_that_this_installation_lacks_is_exported_by_its_id(tmp_path: Path) -> None:
    """Graded by one that had more problems."""
    cohort = small()
    people = tuple(
        replace(one, results=(replace(one.results[0], problem="problem99"), *one.results[1:]))
        for one in cohort.learners
    )
    tables = exported(tmp_path, replace(cohort, problems=("problem99", *PROBLEMS[1:]), learners=people))
    assert "Spring 2026: problem99" in tables["moodle.csv"][0]


def test_what_is_still_to_come_or_was_never_handed_in_is_left_open(tmp_path: Path) -> None:
    _, _, _, cem, dee = exported(tmp_path, small())["moodle.csv"]
    assert cem[-1] == "", "the engine went away: no result yet"
    assert dee[3:] == [""] * 5, "nothing was handed in"
    *_, dee = exported(tmp_path, replace(small(), missing_is_zero=True))["moodle.csv"]
    assert dee[3:] == ["0"] * 5


def test_the_results_for_programs_keep_their_shape(tmp_path: Path) -> None:
    write_exports(small(), tmp_path)
    values = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert (values["schema"], values["version"]) == ("tfprep.cohort.results", 1)
    assert set(values) == {
        "schema", "version", "cohort", "deadline", "pass_mark", "notes", "problems", "learners", "unplaced",
        "pending", "exams",
    }  # fmt: skip
    ada = values["learners"][0]
    assert set(ada) == {"id", "name", "email", "total", "results"}
    assert set(ada["results"][0]) == {
        "problem", "points", "machine_score", "override", "penalty", "handed_in", "deadline",
            "marked_late", "late_seconds", "counted", "attempts",
    }  # fmt: skip
    bo = values["learners"][1]["results"]
    assert bo[1]["late_seconds"] == 26 * 3600
    assert bo[2]["override"]["by"] == "m. ortiz"
    assert values["pending"][0]["learner"] == "c-17"


def test_strangers_words_are_valid_json_in_utf_8(tmp_path: Path) -> None:
    write_exports(strangers(), tmp_path)
    json.loads((tmp_path / "results.json").read_bytes().decode("utf-8"))


def test_the_same_cohort_gives_the_same_files(tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in write_exports(small(), tmp_path / "a").paths}
    assert first == {path.name: path.read_bytes() for path in write_exports(small(), tmp_path / "b").paths}


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_exports(small(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (tmp_path / "canvas.csv").unlink()
    (tmp_path / "canvas.csv").mkdir()
    with pytest.raises(BadCohort, match="cannot be written"):
        write_exports(replace(small(), name="Summer"), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(before)
    assert (tmp_path / "results.json").read_bytes() == before["results.json"]


def test_an_empty_cohort_can_be_exported(tmp_path: Path) -> None:
    tables = exported(tmp_path, replace(small(), learners=(), pending=()))
    assert {name: len(rows) for name, rows in tables.items()} == {"gradebook.csv": 1}
