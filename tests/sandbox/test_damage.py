"""A damaged file is the file's own fault, wherever in our code the damage shows."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest

from tfprep.sandbox.worker.inspection import damage_refused, extract_saved_model, inspect_keras
from tfprep.sandbox.worker.keras2_files import rewrite_archive
from tfprep.sandbox.worker.reply import Refused

from ..zoo.index import COLLECTION

OF_KERAS_2 = COLLECTION / "tf2.13" / "demand_cells.keras"
WEIGHTS = "model.weights.h5"


def with_weights(change: Callable[[bytes], bytes], path: Path) -> Path:
    """An archive of Keras 2.13 with other bytes in place of its weights."""
    with zipfile.ZipFile(OF_KERAS_2) as whole, zipfile.ZipFile(path, "w") as archive:
        for name in whole.namelist():
            content = whole.read(name)
            archive.writestr(name, change(content) if name == WEIGHTS else content)
    return path


@pytest.mark.parametrize(
    "change",
    [lambda content: content[: len(content) // 2], lambda content: content[:100], lambda _: b"x" * 500],
)
def test_weights_that_were_cut_short_are_damage(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = with_weights(change, tmp_path / "model.keras")
    inspect_keras(path, 2**30)
    with pytest.raises(Refused, match="damaged or was cut short") as raised, damage_refused():
        rewrite_archive(path, "2.13.1")
    assert raised.value.code == "truncated"


def test_a_changed_byte_in_an_archive_is_damage(tmp_path: Path) -> None:
    path = with_weights(lambda content: content, tmp_path / "model.keras")
    content = bytearray(path.read_bytes())
    content[content.index(b"\x89HDF") + 2000] ^= 1
    path.write_bytes(content)
    with pytest.raises(Refused, match="damaged"), damage_refused():
        rewrite_archive(path, "2.13.1")


@pytest.mark.parametrize("names", [["n" * 300], ["a/" * 2500 + "b"], ["a", "a/b"], ["a/b", "a"]])
def test_names_that_no_system_takes_are_the_archive_s_fault(names: list[str], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
        for name in ["saved_model.pb", *names]:
            archive.writestr(name, b"x")
    with pytest.raises(Refused, match="damaged"), damage_refused():
        extract_saved_model(tmp_path / "model.zip", tmp_path / "folder", 2**30)


def test_a_changed_byte_in_a_compressed_member_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("saved_model.pb", bytes(range(256)) * 500)
    whole = path.read_bytes()
    for place in range(50, 200, 10):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        with pytest.raises(Refused, match="damaged"), damage_refused():
            extract_saved_model(path, tmp_path / str(place), 2**30)


def test_what_the_system_reports_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), damage_refused():
        h5py.File(tmp_path / "nowhere", "r")
    with pytest.raises(OSError, match="No space left"), damage_refused():
        raise OSError(28, "No space left on device")
