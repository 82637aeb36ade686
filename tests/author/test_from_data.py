from __future__ import annotations

import csv
import random
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tfprep.author import from_data
from tfprep.author.bands import Measures, propose_bands
from tfprep.author.baselines import BaselineResult, measure_baselines
from tfprep.author.from_data import FromData, make_from
from tfprep.author.trials import Trained, secret_of
from tfprep.errors import BadData, BadOption, TfprepError
from tfprep.home import Home
from tfprep.problems import DataStore, find
from tfprep.problems.dataset import Counts
from tfprep.problems.metrics import accuracy, mean_absolute_error
from tfprep.problems.scripts import script_of

EARNED = {
    "reference": Trained(5, 0.9, 0.88, 0.92, "", 3.0, 0.1, 1000),
    "ordinary": Trained(3, 0.8, 0.78, 0.82, "", 2.0, 0.1, 1000),
    "naive": Trained(0, 0.5, 0.48, 0.52, "", 1.0, 0.1, 1000),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home, in which solutions need no training: what they would earn is known."""
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TFPREP_PROBLEMS", raising=False)
    as_read = {
        '"""A solution that is to earn': "reference",
        '"""An ordinary': "ordinary",
        '"""A solution that has': "naive",
    }

    def earned(script: str, *others: object) -> Trained:
        compile(script, "script", "exec")
        name = next(name for begins, name in as_read.items() if script.startswith(begins))
        better = {"reference": 1, "ordinary": 2, "naive": 9}[name]
        return (
            EARNED[name]
            if "Dense(1)" not in script and "Rescaling(float" not in script
            else Trained(None, float(better), better * 0.9, better * 1.1, "", 1.0, 0.1, 1000)
        )

    monkeypatch.setattr(from_data, "run_script", earned)
    found = Home.find()
    found.make()
    return found


def make(home: Home, data: Path, target: str | None = None, name: str = "flats") -> list[str]:
    told: list[str] = []
    make_from(FromData(name, data, target, data.parent), home, nullcontext, told.append)
    return told


def write_flats(file: Path, rows: int = 200) -> Path:
    """Flats with a counter, gaps, words, a constant, remarks, and prices of which some are missing."""
    random.seed(3)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, delimiter=";")
        writer.writerow(
            ["Nr", "Living area (m²)", "rooms", "Town", "land", "Price (k€)", "Price in $", "remark", "sold"]
        )
        for row in range(rows):
            area, town = random.uniform(25, 160), random.randrange(3)
            price = round(area * (2 + town), 1)
            rooms = "" if row % 9 == 0 else round(area / 28)
            towns = ("Bonn", "Köln", "Trier")
            sold = ("no", "yes")[price > 200]
            writer.writerow(
                [
                    row + 1,
                    f"{area:.1f}",
                    rooms,
                    towns[town],
                    "D",
                    "" if row == 7 else price,
                    price * 1.1,
                    f"no. {row}",
                    sold,
                ]
            )
    return file


def test_a_csv_file_becomes_a_problem_with_its_words_and_gaps(home: Home, tmp_path: Path) -> None:
    told = make(home, write_flats(tmp_path / "flats.csv"), "price (k€)")
    text = (tmp_path / "flats" / "problem.toml").read_text("utf-8")
    problem = find("flats")
    assert (problem.category, problem.metric.name, problem.metric.unit) == ("A", "mean absolute error", "k€")
    assert '{ name = "Living_area_m", header = "Living area (m²)" }' in text
    assert '{ name = "rooms", missing = 3 },     # 23 gaps: the median' in text
    assert 'values = ["Bonn", "Köln", "Trier"]' in text
    assert "# the nearest example: " in text
    for remark in (
        "1 row without Price (k€) left out.",
        "Nr counts the rows: left out.",
        "remark has 199 different words: left out.",
        "land is the same in every row: left out.",
        "Price in $ tells the target itself: left out.",
    ):
        assert remark in told
        assert f"# {remark}" in text
    assert script_of(problem, "starter").count('"Town_K_ln"') == 1


@pytest.mark.parametrize(("target", "outputs"), [("sold", (1,)), ("Town", (3,))])
def test_words_to_predict_are_classes(
    home: Home, tmp_path: Path, target: str, outputs: tuple[int, ...]
) -> None:
    make(home, write_flats(tmp_path / "flats.csv"), target)
    problem = find("flats")
    assert (problem.metric.name, problem.category) == ("accuracy", "B")
    assert problem.outputs[0].shape == outputs
    assert f"Dense({outputs[0]}, activation=" in script_of(problem, "reference")


def test_prices_of_all_sizes_are_measured_by_their_logarithm(home: Home, tmp_path: Path) -> None:
    rows = "".join(f"{size * 37 % 100},{10 ** (1 + size * 37 % 100 / 20)}\n" for size in range(100))
    (tmp_path / "gems.csv").write_text(f"size,price\n{rows}", "utf-8")
    make(home, tmp_path / "gems.csv", "price", "gems")
    assert find("gems").metric.unit == "log10(units)"


def write_pictures(folder: Path, mode: str) -> Path:
    random = np.random.default_rng(0)
    for label, name in enumerate(("cat", "dog")):
        (folder / name).mkdir(parents=True)
        for number in range(40):
            pixels = random.integers(0, 128, (40, 50, 3) if mode == "RGB" else (40, 50)) + 100 * label
            Image.fromarray(pixels.astype(np.uint8), mode).save(folder / name / f"{number}.png")
    return folder


@pytest.mark.parametrize(("mode", "shape"), [("RGB", (32, 32, 3)), ("L", (32, 32, 1))])
@pytest.mark.filterwarnings("ignore:'mode' parameter")
def test_a_folder_of_images_becomes_a_problem(
    home: Home, tmp_path: Path, mode: str, shape: tuple[int, ...]
) -> None:
    make(home, write_pictures(tmp_path / "pets", mode), None, "beasts")
    problem = find("beasts")
    assert (problem.category, problem.inputs[0].shape) == ("C", shape)
    assert f"(SIDE, SIDE, {shape[-1]})" in script_of(problem, "reference")
    dataset = DataStore(tmp_path / "data", secret_of(0)).load(problem)
    line = {each.name: each.value for each in measure_baselines(dataset)}["a straight line"]
    assert (dataset.classes, line) == (("cat", "dog"), 1.0)


def test_a_folder_of_texts_becomes_a_problem(home: Home, tmp_path: Path) -> None:
    for name, word in (("Ham", "meeting"), ("spam", "winner")):
        (tmp_path / "mail" / name).mkdir(parents=True)
        for number in range(60):
            words = f"{word} number{number} " * 5 + " ".join(f"w{number * place}" for place in range(20))
            (tmp_path / "mail" / name / f"{number}.txt").write_text(words)
    make(home, tmp_path / "mail", None, "letters")
    assert (find("letters").category, find("letters").outputs[0].shape) == ("D", (2,))


def no_rows(place: Path) -> Path:
    return write_flats(place / "flats.csv", rows=20)


@pytest.mark.parametrize(
    ("bring", "target", "error", "told"),
    [
        (no_rows, "rooms", BadData, "60 are the least"),
        (lambda place: write_flats(place / "flats.csv"), "cost", BadOption, "has no column 'cost'"),
        (lambda place: write_flats(place / "flats.csv"), None, BadOption, "needs --target"),
        (lambda place: write_flats(place / "flats.csv"), "remark", BadData, "Classes are 2 to 30"),
        (lambda place: place / "gone.csv", "x", BadOption, "is not there"),
    ],
)
def test_what_no_problem_can_be_made_of_is_told_and_leaves_nothing(  # noqa: PLR0917
    home: Home,
    tmp_path: Path,
    bring: Callable[[Path], Path],
    target: str | None,
    error: type[TfprepError],
    told: str,
) -> None:
    with pytest.raises(error, match=told):
        make(home, bring(tmp_path), target)
    assert not (tmp_path / "flats").exists()
    assert not list((tmp_path / "home" / "problems").glob("*"))


def measured(metric: str, **values: float) -> Measures:
    kind = accuracy if metric == "accuracy" else mean_absolute_error("kg")
    trained = {
        name: Trained(0, value, value - 0.01, value + 0.01, "", 1, 1, 1) for name, value in values.items()
    }
    guess = 0.5 if metric == "accuracy" else 9.0
    return Measures(kind, Counts(100, 20, 30, 0), (BaselineResult("a guess", guess, 0),), trained)


@pytest.mark.parametrize(
    "given",
    [
        measured("accuracy", reference=0.9, ordinary=0.8, naive=0.4),
        measured("error", reference=1.0, ordinary=2.0, naive=9.5),
        measured("error", reference=1.0, ordinary=1.02, naive=80.0),
    ],
)
def test_bands_give_the_reference_full_marks_and_a_guess_none(given: Measures) -> None:
    thresholds, remarks = propose_bands(given)
    sign = 1 if given.metric.higher_is_better else -1
    earned = {
        name: sum(sign * each.value >= sign * threshold for threshold in thresholds)
        for name, each in given.trained.items()
    }
    assert (earned["reference"], earned["naive"]) == (5, 0)
    assert 2 <= earned["ordinary"] <= 4
    assert sum(sign * given.baselines[0].value >= sign * threshold for threshold in thresholds) == 0
    assert remarks == ()


def test_a_reference_that_is_no_better_than_a_guess_is_told() -> None:
    thresholds, remarks = propose_bands(measured("accuracy", reference=0.5, ordinary=0.5, naive=0.5))
    assert "make it better" in remarks[0]
    assert list(thresholds) == sorted(set(thresholds))
