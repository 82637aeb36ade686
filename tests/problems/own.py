"""A mentor's own files for each problem, made up: with duplicates, in any order, split or not."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tfprep.problems.problem1_regression.data import TABLE as CARS
from tfprep.problems.problem5_forecast.data import DEMAND
from tfprep.problems.problem6_concrete.data import TABLE as MIXTURES
from tfprep.problems.problem7_diamonds.data import TABLE as DIAMONDS
from tfprep.problems.problem8_cells.data import TABLE as CELLS
from tfprep.problems.problem9_bbc.data import NEWS
from tfprep.problems.problem11_sunspots.data import SUNSPOTS
from tfprep.problems.problem12_household.data import HOUSEHOLD
from tfprep.problems.problem14_line.data import TABLE as POINTS
from tfprep.problems.problem15_reuters.data import MESSAGES
from tfprep.problems.problem16_temperature.data import DAYS
from tfprep.problems.series import SeriesData
from tfprep.problems.tables import TableData

WORDS = [
    "the",
    "film",
    "was",
    "long",
    "good",
    "bad",
    "plot",
    "actor",
    "never",
    "again",
    "love",
    "hate",
    "music",
]


@dataclass(frozen=True)
class Maker:
    """Makes `count` examples from a seed, and lays them out on disk in the order of a permutation."""

    make: Callable[[np.random.Generator, int], list[Any]]
    lay_out: Callable[[Path, list[Any]], None]
    suffix: str = ""
    """Of the single file that the layout is; empty for a folder."""

    def one_pool(self, place: Path, examples: list[Any]) -> Path:
        """One pool of examples, from which tfprep chooses what is hidden."""
        path = place / f"pool{self.suffix}"
        self.lay_out(path, examples)
        return path

    def in_two_parts(self, place: Path, public: list[Any], hidden: list[Any]) -> Path:
        """A public and a hidden part, as the mentor wants them."""
        for name, part in (("public", public), ("hidden", hidden)):
            self.lay_out(place / "parts" / f"{name}{self.suffix}", part)
        return place / "parts"


def _make_rows(table: TableData) -> Callable[[np.random.Generator, int], list[Any]]:
    """Rows of whole numbers, and last a number with a decimal or that of a class."""

    def make(rng: np.random.Generator, count: int) -> list[Any]:
        classes = len(table.classes)
        return [
            [
                *rng.integers(4, 200, len(table.features) - 1).tolist(),
                another,
                number % classes if classes else round(rng.uniform(9, 45), 1),
            ]
            for number, another in enumerate(rng.permutation(10 * count)[:count].tolist())
        ]

    return make


def _lay_out_table(columns: tuple[str, ...]) -> Callable[[Path, list[Any]], None]:
    def lay_out(path: Path, rows: list[Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])

    return lay_out


def _make_pictures(side: int, classes: int) -> Callable[[np.random.Generator, int], list[Any]]:
    def make(rng: np.random.Generator, count: int) -> list[Any]:
        pixels = rng.integers(0, 256, (count, side, side, 3), dtype=np.uint8)
        return [(f"kind{number % classes}", picture) for number, picture in enumerate(pixels)]

    return make


def _lay_out_pictures(path: Path, pictures: list[tuple[str, NDArray[np.uint8]]]) -> None:
    for number, (name, pixels) in enumerate(pictures):
        (path / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path / name / f"{number:04}.png")


def _make_texts(folders: tuple[str, ...]) -> Callable[[np.random.Generator, int], list[Any]]:
    def make(rng: np.random.Generator, count: int) -> list[Any]:
        return [
            (folders[number % len(folders)], " ".join(rng.choice(WORDS, 30)) + " <br /><br />The End.")
            for number in range(count)
        ]

    return make


def _lay_out_texts(path: Path, reviews: list[tuple[str, str]]) -> None:
    for number, (name, text) in enumerate(reviews):
        (path / name).mkdir(parents=True, exist_ok=True)
        (path / name / f"{number:04}.txt").write_text(text, encoding="utf-8")


def _make_series(series: SeriesData) -> Callable[[np.random.Generator, int], list[Any]]:
    """Ten rows for each example asked for: a rhythm of 48 rows, and noise."""

    def make(rng: np.random.Generator, count: int) -> list[Any]:
        steps = np.arange(count * 10)
        forecast = 4 + np.sin(steps / 48 * 2 * np.pi) + rng.normal(0, 0.1, len(steps))
        others = rng.uniform(5, 40, (len(steps), len(series.columns) - 1)).round(1)
        return np.column_stack([forecast.round(6), others]).tolist()

    return make


TABLES = {"regression": CARS, "concrete": MIXTURES, "diamonds": DIAMONDS, "cells": CELLS, "line": POINTS}
SERIES = {"forecast": DEMAND, "sunspots": SUNSPOTS, "household": HOUSEHOLD, "temperature": DAYS}
MAKERS = {
    "mnist": Maker(_make_pictures(28, 10), _lay_out_pictures),
    "flowers": Maker(_make_pictures(80, 5), _lay_out_pictures),
    "solar": Maker(_make_pictures(32, 2), _lay_out_pictures),
    "imdb": Maker(_make_texts(("neg", "pos")), _lay_out_texts),
    "bbc": Maker(_make_texts(NEWS.classes), _lay_out_texts),
    "tweets": Maker(_make_texts(("neg", "pos")), _lay_out_texts),
    "spam": Maker(_make_texts(("spam", "wanted")), _lay_out_texts),
    "reuters": Maker(_make_texts(MESSAGES.classes), _lay_out_texts),
    **{
        name: Maker(_make_rows(table), _lay_out_table(table.columns), ".csv")
        for name, table in TABLES.items()
    },
    **{
        name: Maker(_make_series(series), _lay_out_table(series.columns), ".csv")
        for name, series in SERIES.items()
    },
}
