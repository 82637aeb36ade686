from __future__ import annotations

import contextlib
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tfprep.errors import BadData
from tfprep.problems import DataStore, find
from tfprep.problems.image_files import SUFFIXES, read_own_pictures, read_pictures, resize

SHAPE = (64, 64, 3)


def photo(path: Path, seed: int = 0, size: tuple[int, int] = (80, 80)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def test_classes_are_the_folders_in_alphabetical_order(tmp_path: Path) -> None:
    for number, name in enumerate(["tulip", "Daisy", "rose"]):
        photo(tmp_path / name / "a.png", number)
    pictures = read_pictures(tmp_path, SHAPE)
    assert pictures.classes == ("Daisy", "rose", "tulip")
    assert pictures.pixels.shape == (3, *SHAPE)


def test_what_systems_hide_in_folders_is_passed_over(tmp_path: Path) -> None:
    photo(tmp_path / "rose" / "a.png")
    photo(tmp_path / "tulip" / "a.png")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / "LICENSE.txt").write_text("free")
    (tmp_path / "rose" / ".DS_Store").write_text("x")
    assert len(read_pictures(tmp_path, SHAPE).labels) == 2


def test_a_photograph_taken_sideways_is_turned_upright() -> None:
    picture = Image.new("RGB", (40, 40), "black")
    picture.paste((255, 0, 0), (0, 0, 40, 10))
    exif = picture.getexif()
    exif[0x0112] = 6
    assert resize(picture, SHAPE)[:, -5:, 0].min() > 200


def test_a_wide_photograph_keeps_its_proportions() -> None:
    picture = Image.new("RGB", (200, 100), "black")
    picture.paste((255, 255, 255), (50, 0, 150, 100))
    assert resize(picture, SHAPE).min() > 200


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [("b.png", b"not an image", "cannot be read as an image"), ("b.doc", b"word", "is not an image")],
)
def test_a_file_that_is_no_picture_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    photo(tmp_path / "rose" / "a.png")
    photo(tmp_path / "tulip" / "a.png")
    (tmp_path / "tulip" / name).write_bytes(content)
    with pytest.raises(BadData, match=f"{name} {message}"):
        read_pictures(tmp_path, SHAPE)


def test_a_picture_of_900_megapixels_is_named(tmp_path: Path) -> None:
    photo(tmp_path / "rose" / "a.png")
    (tmp_path / "tulip").mkdir()
    parts = [b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0), b"IDAT"]
    chunks = [struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts]
    (tmp_path / "tulip" / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    with pytest.raises(BadData, match=r"huge.png has more than 179 million pixels\. Make it smaller"):
        read_pictures(tmp_path, SHAPE)


def test_a_picture_that_pillow_only_warns_of_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4_000)  # of the 6,400 of each picture here
    photo(tmp_path / "rose" / "a.png")
    photo(tmp_path / "tulip" / "a.png")
    assert len(read_pictures(tmp_path, (8, 8)).labels) == 2


@pytest.mark.parametrize("suffix", sorted(SUFFIXES - {".jpeg", ".tif"}))
def test_whatever_is_damaged_in_a_picture_it_is_read_or_named(tmp_path: Path, suffix: str) -> None:
    whole = photo(tmp_path / "tulip" / f"a{suffix}", size=(20, 20)).read_bytes()
    photo(tmp_path / "rose" / "a.png")
    draw = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in draw.integers(0, min(len(whole), 200), 4):
            damaged[place] = draw.integers(0, 256)
        (tmp_path / "tulip" / f"a{suffix}").write_bytes(damaged)
        with contextlib.suppress(BadData):
            read_pictures(tmp_path, (8, 8))


def test_half_a_picture_is_named(tmp_path: Path) -> None:
    photo(tmp_path / "rose" / "a.png")
    whole = photo(tmp_path / "tulip" / "a.png").read_bytes()
    (tmp_path / "tulip" / "a.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadData, match=r"a.png cannot be read"):
        read_pictures(tmp_path, SHAPE)


def test_a_folder_of_loose_pictures_has_no_classes(tmp_path: Path) -> None:
    photo(tmp_path / "a.png")
    with pytest.raises(BadData, match="should hold a folder of images per class; it holds no folder"):
        read_pictures(tmp_path, SHAPE)


def test_both_parts_must_hold_the_same_classes(tmp_path: Path) -> None:
    for place in ("public/rose", "public/tulip", "hidden/rose", "hidden/daisy"):
        photo(tmp_path / place / "a.png")
    with pytest.raises(BadData, match="do not hold the same classes: daisy, tulip"):
        read_own_pictures(tmp_path, SHAPE)


def test_the_same_photograph_as_another_file_counts_as_a_duplicate(tmp_path: Path, store: DataStore) -> None:
    for number in range(120):
        photo(tmp_path / "own" / ("rose", "tulip")[number % 2] / f"{number}.png", number)
    Image.open(tmp_path / "own" / "rose" / "0.png").save(tmp_path / "own" / "rose" / "copy.bmp")
    assert store.load(find("flowers"), str(tmp_path / "own")).counts.duplicates == 1


def test_own_digits_must_come_in_ten_classes(tmp_path: Path, store: DataStore) -> None:
    photo(tmp_path / "own" / "one" / "a.png")
    photo(tmp_path / "own" / "two" / "a.png")
    with pytest.raises(BadData, match=r"holds 2 classes \(one, two\), and models predict 10"):
        store.load(find("mnist"), str(tmp_path / "own"))


def test_too_few_photographs_are_refused_with_the_class_named(tmp_path: Path, store: DataStore) -> None:
    for number in range(20):
        photo(tmp_path / "own" / "rose" / f"{number}.png", number)
    photo(tmp_path / "own" / "tulip" / "a.png", 99)
    with pytest.raises(BadData, match="it has 1 of the class 'tulip'"):
        store.load(find("flowers"), str(tmp_path / "own"))
    assert store.list() == ()
