"""Drawings: the same bytes every time, named for those who do not see them, and nothing but a drawing."""

from __future__ import annotations

import re
from functools import cache
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tfprep.grader.records import Curve, Curves
from tfprep.grader.scoring.analysis import Analysis, compare_with_labels
from tfprep.reports.plots import Plot, draw_analysis, draw_attempts, draw_curves
from tfprep.reports.plots.classes import LONGEST_NAME

from .cards import HOSTILE, INVALID, PARTIAL, recorded

RANDOM = np.random.default_rng(3)
NAMES = {
    "digits": tuple("0123456789"),
    "two": ("negative", "positive"),
    "many": tuple(map(str, range(25))),
    "hostile": ("$\\frac{", HOSTILE.replace("\x1b", "").replace("\x07", "")),
}


def analysis(kind: str) -> Analysis:
    if kind in NAMES:
        classes = len(NAMES[kind])
        truth = RANDOM.integers(0, classes, 400)
        raw = RANDOM.random((400, classes)) + np.eye(classes)[truth] * 0.6
        made = compare_with_labels(raw, raw.argmax(axis=1), truth, NAMES[kind])
    else:
        shape = 120 if kind == "number" else (120, 24)
        truth = RANDOM.normal(20, 5, shape)
        predicted = truth + RANDOM.normal(0, 1, shape)
        made = compare_with_labels(predicted, predicted, truth, ())
    assert made is not None
    return made


@cache
def drawn(kind: str) -> tuple[Plot, ...]:
    return draw_analysis(analysis(kind), "mpg")


CURVES = Curves(
    "history.csv",
    (
        Curve("loss", (1, 2, 3), (1.0, None, 0.5)),
        Curve("val_loss", (1, 2, 3), (1.1, 0.7, 0.9)),
        Curve("mae", (1, 2, 3), (1.0, None, 0.5)),
        Curve("val_mae", (1, 2, 3), (1.1, 0.7, 0.9)),
        Curve("accuracy", (1, 2, 3), (0.1, 0.2, 0.3)),
        Curve("once", (1,), (3.0,)),
    ),
)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("digits", ["matrix"]),
        ("two", ["matrix", "roc", "scores"]),
        ("many", ["matrix"]),
        ("number", ["groups", "errors"]),
        ("series", ["movements", "horizon"]),
    ],
)
def test_a_problem_gets_the_plots_of_its_kind(kind: str, names: list[str]) -> None:
    assert [plot.name for plot in drawn(kind)] == names


@pytest.mark.parametrize("kind", [*NAMES, "number", "series"])
def test_a_drawing_is_an_image_with_a_name_and_a_description(kind: str) -> None:
    for plot in drawn(kind):
        root = ET.fromstring(plot.svg)
        assert root.get("role") == "img"
        texts = {element.get("id"): element.text for element in root.iter() if element.get("id")}
        title, described = (root.get("aria-labelledby") or "").split()
        assert (texts[title], texts[described]) == (plot.title, plot.caption)
        assert plot.caption.endswith(".")


@pytest.mark.parametrize("kind", [*NAMES, "number", "series"])
def test_a_drawing_brings_nothing_along_and_takes_the_page_s_colours(kind: str) -> None:
    for plot in drawn(kind):
        root = ET.fromstring(plot.svg)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {
            "svg",
            "title",
            "desc",
            "defs",
            "g",
            "path",
            "clipPath",
            "rect",
            "text",
            "use",
            "tspan",
        }
        for element in root.iter():
            for name, value in element.attrib.items():
                assert not name.startswith("on")
                assert "http" not in value
                assert not re.search(r"#0d0d", value)
                assert not re.search(r"(fill|stroke): *#", value), value
        assert "currentColor" in plot.svg or "var(--" in plot.svg
        assert len(plot.svg) < 150_000


def test_ids_of_two_drawings_never_meet() -> None:
    plots = [*drawn("two"), *drawn("number"), *drawn("series"), *draw_curves(CURVES)]
    ids = [found for plot in plots for found in re.findall(r'\bid="([^"]+)"', plot.svg)]
    assert len(ids) == len(set(ids))
    for plot in plots:
        wanted = re.findall(r'(?:href="#|url\(#)([^")]+)', plot.svg)
        assert set(wanted) <= set(ids)


def test_the_same_numbers_draw_the_same_bytes() -> None:
    made = analysis("two")
    assert draw_analysis(made, "") == draw_analysis(made, "")
    assert draw_curves(CURVES) == draw_curves(CURVES)


def test_a_hostile_name_is_written_out() -> None:
    matrix, *_ = drawn("hostile")
    assert "<script" not in matrix.svg
    texts = {element.text for element in ET.fromstring(matrix.svg).iter()}
    assert NAMES["hostile"][0] in texts
    assert f"{NAMES['hostile'][1][: LONGEST_NAME - 1]}…" in texts
    assert NAMES["hostile"][1] in matrix.caption


def test_training_is_drawn_once_for_each_thing_measured() -> None:
    assert [plot.title for plot in draw_curves(CURVES)] == ["loss", "accuracy"]
    loss = draw_curves(CURVES)[0]
    assert "0.9 at the end, best in epoch 2 with 0.7" in loss.caption


def test_attempts_are_drawn_from_the_second_on() -> None:
    assert draw_attempts([recorded(PARTIAL, number=1)], 1) is None
    plot = draw_attempts([recorded(INVALID, number=1), recorded(PARTIAL, number=2)], 2)
    assert plot is not None
    assert "best earned 4 of 5" in plot.caption
    assert "could not be scored" in plot.caption
