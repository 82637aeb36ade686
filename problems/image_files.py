"""Pictures in a folder per class: read in one size, written so that the same pixels give the same bytes."""

from __future__ import annotations

import hashlib
import struct
import warnings
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import BadData
from .own_files import has_predefined_hidden, visible_files, visible_folders
from .split import Examples, Mask

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"})

_DAMAGED: Final = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, MemoryError),
    *(struct.error, zlib.error),
)
"""What Pillow raises for a file that is no picture, or a damaged one: the error depends on the format."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Pictures:
    """n pictures of one size, and what is on each."""

    pixels: Pixels
    """(n, height, width, 3), or (n, height, width) in grey."""
    labels: NDArray[np.int64]
    """(n,) indices into `classes`."""
    classes: tuple[str, ...]
    """In alphabetical order, which is how readers of folders number them."""
    predefined_hidden: Mask | None = None
    """(n,) True for pictures from a folder `hidden/`; None where there was none."""

    def examples(self) -> Examples:
        """Pictures are the same when the pixels a learner would see are."""
        contents = [picture.tobytes() for picture in self.pixels]
        details = [int(label).to_bytes(4) for label in self.labels]
        return Examples(contents, details, self.labels, self.classes, self.predefined_hidden)


def read_own_pictures(root: Path, shape: tuple[int, ...]) -> Pictures:
    """A mentor's pictures: a folder per class, or `public/` and `hidden/` with such folders in each.

    Raises:
        BadData: for a layout without classes, or a file that is no picture.
    """
    if not has_predefined_hidden(root):
        return read_pictures(root, shape)
    shown, kept = read_pictures(root / "public", shape), read_pictures(root / "hidden", shape)
    if shown.classes != kept.classes:
        odd = ", ".join(sorted(set(shown.classes) ^ set(kept.classes)))
        raise BadData(
            f"public/ and hidden/ do not hold the same classes: {odd}.", "Give both the same folders."
        )
    return Pictures(
        np.concatenate([shown.pixels, kept.pixels]),
        np.concatenate([shown.labels, kept.labels]),
        shown.classes,
        np.repeat([False, True], [len(shown.labels), len(kept.labels)]),
    )


def read_pictures(root: Path, shape: tuple[int, ...]) -> Pictures:
    """Every picture of a folder per class, `shape` being (height, width) for grey or (height, width, 3)."""
    folders = visible_folders(root)
    classes = tuple(folder.name for folder in folders)
    if len(classes) < 2:
        found = f"only {classes[0]}/" if classes else "no folder"
        raise BadData(f"{root} should hold a folder of images per class; it holds {found}.")
    pixels: list[Pixels] = []
    labels: list[int] = []
    for label, folder in enumerate(folders):
        for path in visible_files(folder):
            pixels.append(_read_picture(path, shape))
            labels.append(label)
    return Pictures(
        np.array(pixels, dtype=np.uint8).reshape(-1, *shape), np.array(labels, dtype=np.int64), classes
    )


def resize(picture: Image, shape: tuple[int, ...]) -> Pixels:
    """A picture turned upright, cut to the shape's proportions around its middle, and shrunk to it."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(picture).convert("RGB" if len(shape) == 3 else "L")
    height, width = shape[:2]
    return np.asarray(ImageOps.fit(upright, (width, height), Image.Resampling.LANCZOS), dtype=np.uint8)


def write_pictures(folder: Path, pictures: Pictures, chosen: Iterable[int]) -> None:
    """Writes the chosen pictures as PNG files into a folder per class, named after their pixels.

    Every class gets its folder, so that readers number the classes alike in every split.
    """
    from PIL import Image

    homes = [folder / name for name in pictures.classes]
    for home in homes:
        home.mkdir(parents=True)
    for index in chosen:
        pixels = pictures.pixels[index]
        home = homes[pictures.labels[index]]
        Image.fromarray(pixels).save(_free_name(home, hashlib.sha256(pixels.tobytes()).hexdigest()[:12]))


def scaled(pixels: Pixels) -> NDArray[np.float32]:
    """Pixels from 0 to 1."""
    return pixels.astype(np.float32) / np.float32(255)


def gather(pictures: Sequence[Pixels], shape: tuple[int, ...]) -> Pixels:
    """Single pictures to (n, *shape); (0, *shape) for none."""
    return np.array(pictures, dtype=np.uint8).reshape(-1, *shape)


def _read_picture(path: Path, shape: tuple[int, ...]) -> Pixels:
    from PIL import Image

    if path.suffix.lower() not in SUFFIXES:
        raise BadData(
            f"{path} is not an image.", f"Class folders hold {', '.join(sorted(SUFFIXES))} files only."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of large pictures and of odd metadata
            with Image.open(path) as picture:
                return resize(picture, shape)
    except Image.DecompressionBombError as error:
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0) / 1e6  # where Pillow does more than warn
        raise BadData(f"{path} has more than {most:.0f} million pixels.", "Make it smaller.") from error
    except _DAMAGED as error:
        raise BadData(f"{path} cannot be read as an image.", "Replace it or remove it.") from error


def _free_name(home: Path, stem: str) -> Path:
    """Pictures with the same pixels in one class share a stem and get numbers."""
    path, number = home / f"{stem}.png", 1
    while path.exists():
        path, number = home / f"{stem}-{number}.png", number + 1
    return path
