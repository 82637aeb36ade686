"""Everyone's hidden examples differ, and one band means the same for all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfprep.errors import BadData, DataUnavailable
from tfprep.exams.variant import choose_variant, write_variant
from tfprep.problems import Dataset, DataStore, Labels, Split, find

from ..grader.examples import make_mnist

LABELS = Labels(np.repeat(np.arange(10), 40).astype(np.int64))
NUMBERS = Labels(np.linspace(0, 100, 400).astype(np.float32))
DAYS = Labels(np.random.default_rng(0).random((400, 24)).astype(np.float32), np.arange(400) // 8)
keys = st.binary(min_size=32, max_size=32)


@settings(max_examples=20)
@given(keys)
def test_every_class_has_the_same_share_for_everyone(key: bytes) -> None:
    chosen = choose_variant(LABELS, key, 0.7)
    assert np.bincount(LABELS.values[chosen], minlength=10).tolist() == [28] * 10


@settings(max_examples=20)
@given(keys)
def test_every_tenth_of_a_quantity_has_the_same_share_for_everyone(key: bytes) -> None:
    chosen = choose_variant(NUMBERS, key, 0.5)
    assert np.bincount(chosen // 40, minlength=10).tolist() == [20] * 10


@settings(max_examples=20)
@given(keys)
def test_examples_of_one_group_stay_together(key: bytes) -> None:
    assert DAYS.groups is not None
    chosen = choose_variant(DAYS, key, 0.6)
    assert set(np.bincount(DAYS.groups[chosen], minlength=50).tolist()) == {0, 8}


def test_the_same_key_draws_the_same_and_another_key_others() -> None:
    first, again, other = (choose_variant(LABELS, bytes([each]) * 32, 0.7) for each in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert set(first.tolist()) != set(other.tolist())
    assert len(set(first.tolist())) == len(first)


def test_a_variant_s_mean_is_close_to_the_pool_s() -> None:
    means = [NUMBERS.values[choose_variant(NUMBERS, bytes([key]) * 32, 0.7)].mean() for key in range(50)]
    assert np.abs(np.array(means) - NUMBERS.values.mean()).max() < 1.0


@pytest.mark.parametrize("share", [0, -1, 1.1])
def test_a_share_is_above_nothing_and_at_most_all(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        choose_variant(LABELS, b"k", share)


@pytest.fixture
def variant(tmp_path: Path) -> Dataset:
    dataset = make_mnist(tmp_path / "digits")
    chosen = choose_variant(dataset.labels(Split.HIDDEN), b"ann", 0.5)
    (folder := tmp_path / "variant").mkdir()
    return write_variant(folder, dataset, chosen)


def test_a_variant_holds_the_chosen_examples_with_their_own_labels(variant: Dataset) -> None:
    labels = variant.labels(Split.HIDDEN).values
    pixels = variant.inputs(Split.HIDDEN)["pixels"]
    assert len(labels) == variant.counts.hidden == 100
    assert np.argmax(np.asarray(pixels)[:, 0, :10], axis=1).tolist() == labels.tolist()
    assert len(variant.labels(Split.VALIDATION).values) == 50


def test_another_home_imports_it_under_a_name_of_its_own(variant: Dataset, tmp_path: Path) -> None:
    store = DataStore(tmp_path / "data", b"another secret")
    imported = store.import_pack(find("mnist"), variant.folder)
    assert imported.data_source == f"package:{variant.fingerprint[:12]}"
    assert imported.fingerprint == variant.fingerprint
    assert imported.bands == find("mnist").data_source("package").bands
    assert store.load(find("mnist"), imported.data_source) == store.import_pack(find("mnist"), variant.folder)


def test_a_variant_that_is_not_here_is_not_built_from_something_else(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match="not on this machine"):
        DataStore(tmp_path, b"secret").load(find("mnist"), "package:0123456789ab")


def test_a_damaged_variant_is_not_imported(variant: Dataset, tmp_path: Path) -> None:
    (variant.folder / "labels" / "hidden" / "values.npy").write_bytes(b"other labels")
    with pytest.raises(BadData):
        DataStore(tmp_path / "data", b"another secret").import_pack(find("mnist"), variant.folder)
