"""Inputs are sent packed: what is packed comes back unchanged, and nothing in it is ever unpickled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tfprep.sandbox import InputForm, pack_inputs
from tfprep.sandbox.protocol.frames import BadFrame
from tfprep.sandbox.protocol.packing import ALIGNED, pack_arrays, read_array, read_calls
from tfprep.sandbox.worker.adapt_inputs import AdaptedInputs
from tfprep.sandbox.worker.predict import batches

ARRAYS = arrays.arrays(
    dtype=st.sampled_from(["float32", "float64", "int32", "uint8", "bool"]),
    shape=arrays.array_shapes(min_dims=1, max_dims=4, max_side=5),
)


@settings(max_examples=50)
@given(ARRAYS, st.lists(st.text(max_size=30), max_size=10))
def test_arrays_and_texts_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray, texts: list[str]
) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    path = tmp_path_factory.mktemp("parts") / "packed"
    path.write_bytes(pack_arrays({"array": array, "texts": texts}))
    found = read_array(path, "array")
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype
    assert read_array(path, "texts") == texts


@settings(max_examples=50)
@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=9), ARRAYS, min_size=1, max_size=4),
    st.text(max_size=99),
)
def test_numbers_are_aligned_as_tensorflow_uses_them_in_place(
    tmp_path_factory: pytest.TempPathFactory, named: dict[str, np.ndarray], text: str
) -> None:
    path = tmp_path_factory.mktemp("parts") / "packed"
    path.write_bytes(pack_arrays({"text": [text.encode("utf-8", "replace").decode()], **named}))
    for name in named:
        part = read_array(path, name)
        assert isinstance(part, np.ndarray)
        assert part.ctypes.data % ALIGNED == 0
        assert part.flags.writeable


def test_what_is_written_to_an_array_does_not_change_the_file(tmp_path: Path) -> None:
    path = tmp_path / "packed"
    path.write_bytes(packed := pack_arrays({"a": np.zeros(3)}))
    part = read_array(path, "a")
    assert isinstance(part, np.ndarray)
    part[:] = 1
    del part
    assert path.read_bytes() == packed


def test_the_same_inputs_have_the_same_digest() -> None:
    forms = (InputForm("a", (3,), "float32"),)
    array = np.arange(12, dtype=np.float32).reshape(4, 3)
    assert pack_inputs({"a": array}, forms).digest == pack_inputs({"a": array.copy()}, forms).digest
    assert pack_inputs({"a": array}, forms).digest != pack_inputs({"a": array + 1}, forms).digest
    # The memory layout is not content.
    assert (
        pack_inputs({"a": array}, forms).digest == pack_inputs({"a": np.asfortranarray(array)}, forms).digest
    )


def test_the_digest_is_that_of_versions_before_since_ledgers_store_it() -> None:
    forms = (InputForm("a", (2,), "float32"), InputForm("t", (), "string"))
    inputs = {"a": np.arange(6, dtype=np.float32).reshape(3, 2), "t": ["x", "é", ""]}
    digest = "8d13981a5930a6981352a4d0d41e4120477a93ab638cd28f775b47634f9faf6b"
    assert pack_inputs(inputs, forms).digest == digest


def test_an_array_that_is_not_there_is_a_key_error(tmp_path: Path) -> None:
    path = tmp_path / "packed"
    path.write_bytes(pack_arrays({"a": np.zeros(2)}))
    with pytest.raises(KeyError):
        read_array(path, "b")


def test_objects_are_neither_packed_nor_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        pack_arrays({"a": np.array([{}], dtype=object)})


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "packed"
    path.write_bytes(pack_arrays({"a": ["x", "y"]})[:-3])
    with pytest.raises(BadFrame):
        read_array(path, "a")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "no form called 'a'"),
        ({"a": np.zeros((4, 3), np.float32), "t": ["x"]}, "same examples"),
        ({"a": np.zeros((4, 2), np.float32), "t": ["x"] * 4}, "declares"),
        ({"a": np.zeros((4, 3), np.float64), "t": ["x"] * 4}, "declares"),
    ],
)
def test_inputs_that_differ_from_their_form_are_not_packed(inputs: dict[str, object], message: str) -> None:
    forms = (InputForm("a", (3,), "float32"), InputForm("t", (), "string"))
    with pytest.raises(ValueError, match=message):
        pack_inputs(inputs, forms)  # type: ignore[arg-type]


def test_calls_travel_with_the_inputs_and_no_batch_goes_beyond_one(tmp_path: Path) -> None:
    inputs = {"numbers": np.arange(12, dtype=np.float32)}
    forms = (InputForm("numbers", (), "float32"),)
    path = tmp_path / "packed"
    path.write_bytes(pack_inputs(inputs, forms, (5, 1, 6)).packed)
    numbers, calls = read_array(path, "numbers"), read_calls(path)
    adapted = [AdaptedInputs(forms[0], (), "float32", batch, ()) for batch in (None, 4)]
    assert [kept for _, kept in batches(adapted[0], numbers, calls)] == [5, 1, 6]
    assert [kept for _, kept in batches(adapted[1], numbers, calls)] == [4, 1, 1, 4, 2]
    path.write_bytes(pack_inputs(inputs, forms).packed)
    assert [kept for _, kept in batches(adapted[0], numbers, read_calls(path))] == [12]


@pytest.mark.parametrize("calls", [(5, 1), (12, 1), (0, 12), (13, -1)])
def test_calls_that_are_not_for_these_inputs_are_refused(calls: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="Calls of"):
        pack_inputs({"n": np.arange(12, dtype=np.float32)}, (InputForm("n", (), "float32"),), calls)
