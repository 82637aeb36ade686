"""Flowers: photographs in colour, 64x64 pixels, the kind of flower being the folder's name."""

from __future__ import annotations

import csv
import io
import zipfile
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..image_files import Pictures, gather, read_own_pictures, resize, scaled, write_pictures
from ..problem import LabelledSet, Labels, Loaded, Splits
from ..split import Shares, SplitMasks, split

SHAPE: Final = (64, 64, 3)
KINDS: Final = (
    "phlox",
    "rose",
    "calendula",
    "iris",
    "shasta_daisy",
    "bellflower",
    "viola",
    "rudbeckia",
    "peony",
    "aquilegia",
)
"""What the package's labels 0 to 9 stand for."""
FEW: Final = 1000
SHARES_OF_FEW: Final = Shares(hidden=0.3, validation=0.2)
SHARES_OF_MANY: Final = Shares(hidden=0.2, validation=0.2)


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a zip file with flower_labels.csv (file, label) and the photographs it names."""
    from PIL import Image

    with zipfile.ZipFile(raw) as archive:
        table = io.StringIO(archive.read("flower_images/flower_labels.csv").decode())
        rows = list(csv.DictReader(table))
        photos = [
            resize(Image.open(io.BytesIO(archive.read(f"flower_images/{row['file']}"))), SHAPE)
            for row in rows
        ]
    numbers = np.array([int(row["label"]) for row in rows])
    return _split(_named(gather(photos, SHAPE), numbers, KINDS), secret)


def split_tfds(raw: Loaded, secret: bytes) -> Splits:
    """`raw` has photographs of any size."""
    from PIL import Image

    photos, numbers = [], []
    for example in raw.splits["train"]:
        photos.append(resize(Image.fromarray(example["image"]), SHAPE))
        numbers.append(int(example["label"]))
    return _split(_named(gather(photos, SHAPE), np.array(numbers), raw.classes), secret)


def split_own(raw: Path, secret: bytes) -> Splits:
    """`raw` is a mentor's folder of photographs per kind."""
    return _split(read_own_pictures(raw, SHAPE), secret)


def _named(photos: NDArray[np.uint8], numbers: NDArray[np.int64], names: tuple[str, ...]) -> Pictures:
    """Classes renumbered in the alphabetical order of their names, as readers of folders number them."""
    classes = tuple(sorted(names))
    place = np.array([classes.index(name) for name in names], dtype=np.int64)
    return Pictures(photos, place[numbers], classes)


def _split(photos: Pictures, secret: bytes) -> Splits:
    shares = SHARES_OF_FEW if len(photos.labels) < FEW else SHARES_OF_MANY
    masks = split(photos.examples(), secret, shares)
    return Splits(
        write_public=partial(_write_public, photos=photos, masks=masks),
        validation=_labelled_set(photos, masks.validation),
        hidden=_labelled_set(photos, masks.hidden),
        classes=photos.classes,
        public_count=len(masks.public),
        duplicates=masks.duplicates,
        training=_labelled_set(photos, masks.training_sample),
    )


def _write_public(folder: Path, photos: Pictures, masks: SplitMasks) -> None:
    write_pictures(folder / "train", photos, masks.train)
    write_pictures(folder / "validation", photos, masks.validation)


def _labelled_set(photos: Pictures, chosen: NDArray[np.intp]) -> LabelledSet:
    return LabelledSet({"pixels": scaled(photos.pixels[chosen])}, Labels(photos.labels[chosen]))
