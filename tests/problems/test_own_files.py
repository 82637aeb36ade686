from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tfprep.errors import BadData
from tfprep.problems.own_files import read_own_tables, read_table, write_table


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_are_found_by_name_whatever_their_order(tmp_path: Path) -> None:
    path = written(tmp_path / "cars.csv", "﻿mpg, note, weight\n18, fine, 3500\n21.5, , 2100\n")
    assert read_table(path, ("weight", "mpg")).tolist() == [[3500.0, 18.0], [2100.0, 21.5]]


def test_missing_columns_are_named_beside_what_is_there(tmp_path: Path) -> None:
    path = written(tmp_path / "cars.csv", "weight,power\n1,2\n")
    with pytest.raises(BadData, match="lacks the columns mpg, year") as caught:
        read_table(path, ("weight", "mpg", "year"))
    assert caught.value.remedy == "Its first line must name weight,mpg,year; it reads: weight,power."


def test_an_empty_file_has_no_columns(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"cars.csv is empty\. Its first line should name the columns"):
        read_table(written(tmp_path / "cars.csv", ""), ("mpg",))


@pytest.mark.parametrize("gap", ["", "?", "NA", "nan", "inf"])
def test_gaps_are_named_by_line_and_column(tmp_path: Path, gap: str) -> None:
    path = written(tmp_path / "cars.csv", f"weight,mpg\n1,2\n3,{gap}\n5,6\n")
    with pytest.raises(BadData, match=r"cars.csv has gaps: line 3 \(mpg is "):
        read_table(path, ("weight", "mpg"))


def test_many_gaps_are_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "cars.csv", "mpg,x\n" + "?,1\n" * 12)
    with pytest.raises(BadData, match="and 7 more"):
        read_table(path, ("mpg",))


def test_a_short_row_is_a_gap(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"line 3 \(mpg is ''\)"):
        read_table(written(tmp_path / "cars.csv", "weight,mpg\n1,2\n3\n"), ("weight", "mpg"))


def test_what_is_written_is_read_back_exactly(tmp_path: Path) -> None:
    rows = np.array([[18.0, 1 / 3], [-0.0, 1e-12], [3.914647, 1e20]])
    write_table(tmp_path / "rows.csv", ("a", "b"), rows)
    assert np.array_equal(read_table(tmp_path / "rows.csv", ("a", "b")), rows)
    assert (tmp_path / "rows.csv").read_text().splitlines()[1] == "18,0.3333333333333333"


def test_a_folder_with_two_parts_keeps_them_apart(tmp_path: Path) -> None:
    written(tmp_path / "public.csv", "a\n1\n")
    written(tmp_path / "hidden.csv", "a\n2\n")
    public, hidden = read_own_tables(tmp_path, ("a",))
    assert (public.tolist(), hidden is not None and hidden.tolist()) == ([[1.0]], [[2.0]])


def test_a_folder_with_several_tables_is_not_guessed_at(tmp_path: Path) -> None:
    written(tmp_path / "one.csv", "a\n1\n")
    written(tmp_path / "two.csv", "a\n2\n")
    with pytest.raises(BadData, match=r"it holds one.csv, two.csv"):
        read_own_tables(tmp_path, ("a",))


def test_a_hidden_part_alone_is_not_shown_to_learners(tmp_path: Path) -> None:
    written(tmp_path / "hidden.csv", "a\n2\n")
    with pytest.raises(BadData, match=r"it holds hidden.csv"):
        read_own_tables(tmp_path, ("a",))
