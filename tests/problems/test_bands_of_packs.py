"""A data pack's bands are those that its mentor wrote last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tfprep.problems import Band, DataStore, find
from tfprep.problems.data_pack import write_pack

from ..grader.examples import make_mnist

FIRST = (Band(5, at_least=0.9), Band(1, at_least=0.5))
SECOND = (Band(5, at_least=0.7), Band(1, at_least=0.3))


def test_a_second_data_pack_with_other_bands_replaces_the_first_and_says_so(tmp_path: Path) -> None:
    """The data is the same, so both have the same name."""
    dataset, store = make_mnist(tmp_path / "mentor"), DataStore(tmp_path / "home", b"a learner's")
    told: list[str] = []
    for name, bands in (("first", FIRST), ("second", SECOND), ("again", SECOND)):
        pack = tmp_path / f"{name}.zip"
        write_pack(replace(dataset, chosen_bands=bands), name, pack)
        loaded = store.load(find("mnist"), str(pack), told.append)
        assert loaded.bands == bands
        assert store.load(find("mnist"), loaded.data_source).bands == bands
    assert told == ["Other bands for the same data of problem2: from now on it is scored by 1: 0.3, 5: 0.7."]


def test_a_data_pack_without_bands_brings_back_those_of_the_problem(tmp_path: Path) -> None:
    dataset, store = make_mnist(tmp_path / "mentor"), DataStore(tmp_path / "home", b"a learner's")
    for bands in (FIRST, ()):
        pack = tmp_path / f"{len(bands)}.zip"
        write_pack(replace(dataset, chosen_bands=bands), "spring", pack)
        loaded = store.load(find("mnist"), str(pack))
    assert loaded.bands == find("mnist").data_source("package").bands
