"""Small grey pictures of ten classes in one NumPy file, as the digits are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import BadData
from ..files.text import counted
from .image_files import Pictures, gather, read_own_pictures, scaled
from .perturb_images import FORM
from .problem import Input, LabelledSet, Labels, Loaded, OwnFiles, Splits
from .split import Shares, SplitMasks, split

SHARES: Final = Shares(hidden=1 / 7, validation=1 / 6)


@dataclass(frozen=True)
class NpzPictures:
    """Pictures of 28x28 grey pixels. The usual test set is public, so all are pooled."""

    classes: tuple[str, ...]
    """In the order of their numbers. A mentor's are called as their folders."""
    file: str
    """The name of the learner's file."""
    shape: tuple[int, int] = (28, 28)

    @property
    def input(self) -> Input:
        """The form of an input."""
        return Input(FORM, self.shape, "float32", "28x28 grey pixels from 0 to 1")

    @property
    def own_files(self) -> OwnFiles:
        """What a mentor's files look like."""
        return OwnFiles(
            "a folder of images for each of ten classes; or public/ and hidden/ with such folders in each"
        )

    def split_tfds(self, raw: Loaded, secret: bytes) -> Splits:
        """`raw` has the splits train and test with (28, 28, 1) images."""
        examples = [example for split_name in ("train", "test") for example in raw.splits[split_name]]
        pixels = gather([example["image"] for example in examples], self.shape)
        labels = np.array([example["label"] for example in examples], dtype=np.int64)
        return self.split(Pictures(pixels, labels, self.classes), secret)

    def split_own(self, raw: Path, secret: bytes) -> Splits:
        """`raw` is a mentor's folder of images per class; there are ten classes, whatever they are called."""
        pictures = read_own_pictures(raw, self.shape)
        if len(pictures.classes) != len(self.classes):
            found = ", ".join(pictures.classes)
            classes = counted(len(pictures.classes), "class", "classes")
            raise BadData(f"{raw} holds {classes} ({found}), and models predict {len(self.classes)}.")
        return self.split(pictures, secret)

    def split(self, pictures: Pictures, secret: bytes) -> Splits:
        """The splits of pictures of the right size."""
        masks = split(pictures.examples(), secret, SHARES)
        return Splits(
            write_public=partial(self._write_public, pictures=pictures, masks=masks),
            validation=_labelled_set(pictures, masks.validation),
            hidden=_labelled_set(pictures, masks.hidden),
            classes=pictures.classes,
            public_count=len(masks.public),
            duplicates=masks.duplicates,
            training=_labelled_set(pictures, masks.training_sample),
        )

    def _write_public(self, folder: Path, pictures: Pictures, masks: SplitMasks) -> None:
        np.savez_compressed(
            folder / self.file,
            x_train=pictures.pixels[masks.train],
            y_train=pictures.labels[masks.train].astype(np.uint8),
            x_valid=pictures.pixels[masks.validation],
            y_valid=pictures.labels[masks.validation].astype(np.uint8),
        )


def _labelled_set(pictures: Pictures, chosen: NDArray[np.intp]) -> LabelledSet:
    return LabelledSet({FORM: scaled(pictures.pixels[chosen])}, Labels(pictures.labels[chosen]))
