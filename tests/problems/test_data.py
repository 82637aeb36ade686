"""What is particular to each problem's data, on the real thing where it matters."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tfprep.errors import BadData
from tfprep.problems import DataStore, Split, find
from tfprep.problems.problem4_imdb.data import REVIEWS
from tfprep.problems.problem5_forecast.data import DEMAND
from tfprep.problems.problem14_line.common_mistakes import along_the_line
from tfprep.problems.problem14_line.data import line
from tfprep.problems.problem17_spam.data import plain
from tfprep.problems.texts import read_tab_files, tokens

from ..calibration import secret_of
from .own import MAKERS


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_all_392_cars_are_there_with_their_real_consumption(real_store: DataStore) -> None:
    dataset = real_store.load(find("regression"), "package")
    public = [row for name in ("train", "validation") for row in rows_of(dataset.public / f"{name}.csv")]
    consumption = [float(row["mpg"]) for row in public] + dataset.labels(Split.HIDDEN).values.tolist()
    assert len(consumption) == 392
    assert np.mean(consumption) == pytest.approx(23.445918, abs=1e-5)
    assert all(int(row["usa"]) + int(row["europe"]) + int(row["japan"]) == 1 for row in public)


@pytest.mark.slow
def test_all_70000_digits_are_there_with_their_real_labels(real_store: DataStore) -> None:
    dataset = real_store.load(find("mnist"), "package")
    with np.load(dataset.public / "mnist.npz") as arrays:
        labels = np.concatenate([arrays["y_train"], arrays["y_valid"], dataset.labels(Split.HIDDEN).values])
        assert arrays["x_train"].dtype == np.uint8
        assert arrays["x_train"].shape == (dataset.counts.public - dataset.counts.validation, 28, 28)
    # The counts of the original's 60,000 and 10,000 digits together.
    assert np.bincount(labels).tolist() == [6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958]


def test_all_210_photographs_are_there_in_a_folder_per_kind(real_store: DataStore) -> None:
    dataset = real_store.load(find("flowers"), "package")
    files = list(dataset.public.rglob("*.png"))
    assert len(files) + dataset.counts.hidden == 210
    for part in ("train", "validation"):
        assert tuple(sorted(path.name for path in (dataset.public / part).iterdir())) == dataset.classes
    assert "rose" in dataset.classes
    assert len(dataset.classes) == 10


@pytest.mark.slow
def test_all_25000_reviews_are_there_and_balanced(real_store: DataStore) -> None:
    dataset = real_store.load(find("imdb"), "package")
    public = [row for name in ("train", "validation") for row in rows_of(dataset.public / f"{name}.csv")]
    labels = Counter(int(row["label"]) for row in public) + Counter(
        dataset.labels(Split.HIDDEN).values.tolist()
    )
    assert labels == {0: 12_500, 1: 12_500}
    texts = dataset.inputs(Split.HIDDEN)["text"]
    assert any("<br />" in text for text in texts), "inputs in text are raw"


@pytest.mark.slow
def test_the_vocabulary_is_that_of_the_public_reviews(real_store: DataStore) -> None:
    dataset = real_store.load(find("imdb"), "package")
    vocabulary = (dataset.public / "vocabulary.txt").read_text().splitlines()
    public = [
        row["text"] for name in ("train", "validation") for row in rows_of(dataset.public / f"{name}.csv")
    ]
    counts = Counter(
        word for text in public for word in re.findall(r"[a-z0-9']+", text.lower().replace("<br />", " "))
    )
    assert vocabulary[:2] == ["[PAD]", "[OOV]"]
    assert len(vocabulary) == REVIEWS.vocabulary
    shares = [counts[word] for word in vocabulary[2:]]
    assert shares == sorted(counts.values(), reverse=True)[: REVIEWS.vocabulary - 2]


def test_a_review_becomes_its_first_words_as_numbers() -> None:
    vocabulary = REVIEWS.count_vocabulary(["good film<br /><br />good END", "film it's good"])
    assert vocabulary == ("[PAD]", "[OOV]", "good", "film", "end", "it's")
    ids = REVIEWS.encode(["Good unheard film!", "end " * 500], vocabulary)
    assert ids[0].tolist() == [2, 1, 3] + [0] * (REVIEWS.length - 3)
    assert ids[1].tolist() == [4] * REVIEWS.length


def test_words_are_small_letters_digits_and_apostrophes() -> None:
    assert tokens("Don't<br />STOP -- 10/10, café") == ["don't", "stop", "10", "10", "caf"]


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text.replace(" good", "\t good"),
        lambda text: f"{text}\n",
        lambda text: f"{text}<br /><br />",
    ],
)
def test_a_trivially_changed_review_is_a_duplicate(
    store: DataStore, tmp_path: Path, change: type[str]
) -> None:
    maker = MAKERS["imdb"]
    reviews = maker.make(np.random.default_rng(0), 100)
    changed = [(name, change(text)) for name, text in reviews]
    dataset = store.load(find("imdb"), str(maker.one_pool(tmp_path, [*reviews, *changed])))
    assert dataset.counts.duplicates == 100


def test_reviews_in_folders_that_say_nothing_are_refused(store: DataStore, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / "own" / name).mkdir(parents=True)
        (tmp_path / "own" / name / "a.txt").write_text("a film")
    with pytest.raises(BadData, match=r"neg/ and pos/; it holds first/, second/"):
        store.load(find("imdb"), str(tmp_path / "own"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_review_is_read_as_windows_saves_text(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes("a fine film, déjà vu\r\n".encode(encoding))
    assert REVIEWS.read_text(tmp_path / "a.txt") == "a fine film, déjà vu"


@pytest.mark.parametrize(
    ("content", "message"), [(b"\xff\xfe\x00", "not text in UTF-8"), (b" ... ", "holds no words")]
)
def test_a_file_that_is_no_review_is_named(
    store: DataStore, tmp_path: Path, content: bytes, message: str
) -> None:
    for name in ("neg", "pos"):
        (tmp_path / "own" / name).mkdir(parents=True)
    (tmp_path / "own" / "pos" / "odd.txt").write_bytes(content)
    with pytest.raises(BadData, match=f"odd.txt.* {message}|odd.txt {message}"):
        store.load(find("imdb"), str(tmp_path / "own"))


def test_hidden_windows_lie_wholly_after_the_public_stretch(real_store: DataStore, tmp_path: Path) -> None:
    dataset = real_store.load(find("forecast"), "package")
    public = rows_of(dataset.public / "electricity.csv")
    assert (len(public), list(public[0])) == (14_016, ["demand", "temperature", "working_day"])
    known = {np.float32(row["demand"]) for row in public}
    windows = np.asarray(dataset.inputs(Split.HIDDEN)["window"])
    labels = dataset.labels(Split.HIDDEN)
    assert windows.shape[1:] == (DEMAND.window, 3)
    assert labels.values.shape[1:] == (DEMAND.horizon,)
    for window, label in zip(windows, labels.values, strict=True):
        # Demand has six digits, so single values do repeat, and a row of them does not.
        assert np.isin(np.concatenate([window[:, 0], label]), list(known)).mean() < 0.5


def test_windows_are_grouped_by_the_day_they_forecast(real_store: DataStore) -> None:
    for part, first_day in ((Split.HIDDEN, 2), (Split.VALIDATION, 2)):
        dataset = real_store.load(find("forecast"), "package")
        groups = dataset.labels(part).groups
        assert groups is not None
        assert groups.min() >= first_day
        assert np.all(np.diff(groups) >= 0)
        assert len(set(groups)) > 40


def test_validation_windows_come_from_the_end_of_the_public_stretch(real_store: DataStore) -> None:
    dataset = real_store.load(find("forecast"), "package")
    rows = [list(row.values()) for row in rows_of(dataset.public / "electricity.csv")]
    recent = np.array(rows[len(rows) * 8 // 10 :], dtype=np.float32)
    stretches = {
        recent[start : start + DEMAND.window].tobytes() for start in range(len(recent) - DEMAND.window)
    }
    windows = np.asarray(dataset.inputs(Split.VALIDATION)["window"])
    assert all(window.tobytes() in stretches for window in windows)


def test_a_series_that_only_repeats_itself_cannot_be_asked(store: DataStore, tmp_path: Path) -> None:
    maker = MAKERS["forecast"]
    week = maker.make(np.random.default_rng(0), 12)[:336]
    with pytest.raises(BadData, match="Only 0 windows can be cut from the hidden part") as caught:
        store.load(find("forecast"), str(maker.one_pool(tmp_path, week * 10)))
    assert "repeats" in caught.value.remedy


def test_a_series_that_is_too_short_is_refused(store: DataStore, tmp_path: Path) -> None:
    maker = MAKERS["forecast"]
    series = maker.make(np.random.default_rng(0), 40)[:400]
    with pytest.raises(BadData, match="hidden part of the series has 80 half-hours"):
        store.load(find("forecast"), str(maker.one_pool(tmp_path, series)))


def test_a_text_with_a_lone_carriage_return_is_one_row(store: DataStore, tmp_path: Path) -> None:
    maker = MAKERS["imdb"]
    reviews = [
        (name, text.replace(" <br />", "\r")) for name, text in maker.make(np.random.default_rng(0), 60)
    ]
    dataset = store.load(find("imdb"), str(maker.one_pool(tmp_path, reviews)))
    public = [row for name in ("train", "validation") for row in rows_of(dataset.public / f"{name}.csv")]
    assert len(public) == dataset.counts.public
    assert {row["label"] for row in public} == {"0", "1"}


@pytest.mark.parametrize("number", ["2", "-1", "0.5"])
def test_a_class_without_a_name_is_told_with_the_classes_there_are(tmp_path: Path, number: str) -> None:
    cells = find("cells")
    maker = MAKERS["cells"]
    rows = maker.make(np.random.default_rng(0), 20)
    rows[7][-1] = number
    source = cells.data_source("own")
    with pytest.raises(BadData, match=f"well_segmented is {number} in a row") as caught:
        source.split(maker.one_pool(tmp_path, rows), b"secret")
    assert caught.value.remedy == "Write 0 for poorly, 1 for well."


def test_each_secret_has_a_line_of_its_own_and_its_hidden_points_lie_on_it(tmp_path: Path) -> None:
    lines = {tuple(np.polyfit(*line(secret_of(seed)).T, 1).round(1)) for seed in range(30)}
    assert len(lines) == 30
    dataset = DataStore(tmp_path, secret_of(3)).load(find("line"))
    assert (dataset.data_source, dataset.source) == ("generated", "a line of this home's own")
    slope, base = np.polyfit(*line(secret_of(3)).T, 1)
    assert 0.5 <= abs(slope) < 9.5
    hidden = np.asarray(dataset.inputs(Split.HIDDEN)["features"])[:, 0]
    assert dataset.labels(Split.HIDDEN).values == pytest.approx(slope * hidden + base, abs=0.01)


def test_copies_of_points_lie_on_the_line_too(tmp_path: Path) -> None:
    dataset = DataStore(tmp_path, secret_of(4)).load(find("line"))
    slope, base = np.polyfit(*line(secret_of(4)).T, 1)
    copies = along_the_line(dataset.inputs(Split.HIDDEN), np.random.default_rng(1), dataset.public)
    moved = copies.relabel(dataset.labels(Split.HIDDEN).values)
    x = np.asarray(copies.inputs["features"])[:, 0]
    assert moved == pytest.approx(slope * x + base, abs=0.01)


def test_missing_days_lie_between_their_neighbours_and_no_day_is_impossibly_cold(
    real_store: DataStore,
) -> None:
    dataset = real_store.load(find("temperature"), "package")
    days = np.array([list(row.values()) for row in rows_of(dataset.public / "temperature.csv")], float)
    assert days.shape == (26_590, 3)
    assert np.isfinite(days).all()
    assert days[:, 1].min() > -20
    # Every day follows the one before it in its year, but the first of January.
    steps = np.diff(days[:, 2])
    assert set(steps) <= {1, -364, -365}


def test_of_a_mail_subject_and_words_are_read_and_no_other_header() -> None:
    mail = (
        "From: a@example.org\nList-Id: wanted\nSubject: =?utf-8?q?Hi?= Cheap loans\n"
        'Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<b>Act=20now</b> &amp; "win"'
    )
    assert plain(mail) == 'Cheap loans Act now & "win"'


def test_orange_s_tables_have_three_lines_of_header_and_a_text_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.tab").write_text(
        "Category\tText\nd\tstring\nclass\t\n\nearn\tnet profit\n\nacq\tbuys \n", "utf-8"
    )
    read = read_tab_files([tmp_path / "a.tab"], ("acq", "earn"))
    assert (read.texts, read.labels.tolist()) == (["net profit", "buys"], [1, 0])
