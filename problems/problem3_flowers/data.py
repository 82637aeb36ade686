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

from ..image_files import Pictures, fit, gather, read_own_pictures, scaled, write_pictures
from ..problem import Answers, Exam, Loaded, Parts
from ..split import Shares, Split, split

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


def divide_package(raw: Path, secret: bytes) -> Parts:
    """`raw` is a zip file with flower_labels.csv (file, label) and the photographs it names."""
    from PIL import Image

    with zipfile.ZipFile(raw) as archive:
        table = io.StringIO(archive.read("flower_images/flower_labels.csv").decode())
        rows = list(csv.DictReader(table))
        photos = [
            fit(Image.open(io.BytesIO(archive.read(f"flower_images/{row['file']}"))), SHAPE) for row in rows
        ]
    numbers = np.array([int(row["label"]) for row in rows])
    return _divide(_named(gather(photos, SHAPE), numbers, KINDS), secret)


def divide_tfds(raw: Loaded, secret: bytes) -> Parts:
    """`raw` has photographs of any size."""
    from PIL import Image

    photos, numbers = [], []
    for example in raw.splits["train"]:
        photos.append(fit(Image.fromarray(example["image"]), SHAPE))
        numbers.append(int(example["label"]))
    return _divide(_named(gather(photos, SHAPE), np.array(numbers), raw.classes), secret)


def divide_own(raw: Path, secret: bytes) -> Parts:
    """`raw` is a mentor's folder of photographs per kind."""
    return _divide(read_own_pictures(raw, SHAPE), secret)


def _named(photos: NDArray[np.uint8], numbers: NDArray[np.int64], names: tuple[str, ...]) -> Pictures:
    """Classes renumbered in the alphabetical order of their names, as readers of folders number them."""
    classes = tuple(sorted(names))
    place = np.array([classes.index(name) for name in names], dtype=np.int64)
    return Pictures(photos, place[numbers], classes)


def _divide(photos: Pictures, secret: bytes) -> Parts:
    shares = SHARES_OF_FEW if len(photos.labels) < FEW else SHARES_OF_MANY
    sides = split(photos.examples(), secret, shares)
    return Parts(
        write_public=partial(_write_public, photos=photos, sides=sides),
        validation=_exam(photos, sides.validation),
        hidden=_exam(photos, sides.hidden),
        classes=photos.classes,
        public_count=len(sides.public),
        duplicates=sides.duplicates,
        training=_exam(photos, sides.sample),
    )


def _write_public(folder: Path, photos: Pictures, sides: Split) -> None:
    write_pictures(folder / "train", photos, sides.train)
    write_pictures(folder / "validation", photos, sides.validation)


def _exam(photos: Pictures, chosen: NDArray[np.intp]) -> Exam:
    return Exam({"pixels": scaled(photos.pixels[chosen])}, Answers(photos.labels[chosen]))
