"""Photographs of one size in a folder per class: what such problems share, from raw pictures to splits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import BadData
from ..files.text import counted
from .image_files import Pictures, Pixels, gather, read_own_pictures, resize, scaled, write_pictures
from .perturb_images import FORM
from .problem import Input, LabelledSet, Labels, Loaded, OwnFiles, Splits
from .split import Shares, SplitMasks, split

_COLOURS: Final = {1: "grey", 3: "red, green and blue"}
FEW: Final = 1000
_READ_AS: Final = {1: "grayscale", 3: "rgb"}
"""As `image_dataset_from_directory` calls them, by the number of channels."""


@dataclass(frozen=True)
class PictureData:
    """Square photographs of `side` pixels, and the class of each."""

    side: int
    depth: int
    """1 for grey, 3 for colours."""
    shares: Shares
    classes: int | None = None
    """So many classes there must be; any number where it is None."""
    small: Shares | None = None
    """The shares of a set of less than a thousand, where they are others."""

    @property
    def input(self) -> Input:
        """The form of an input."""
        meaning = f"{self.side}x{self.side} {_COLOURS[self.depth]} pixels from 0 to 1"
        return Input(FORM, (self.side, self.side, self.depth), "float32", meaning)

    @property
    def own_files(self) -> OwnFiles:
        """What a mentor's files look like."""
        each = {None: "each class", 2: "each of two classes"}.get(
            self.classes, f"each of {self.classes} classes"
        )
        return OwnFiles(f"a folder of images for {each}; or public/ and hidden/ with such folders in each")

    def starter(self, **words: str) -> dict[str, str]:
        """The words of a starter that is made from starters/photographs.txt: these, and the data's own."""
        return {
            "kind": "photographs",
            "side": str(self.side),
            "depth": str(self.depth),
            "colours": _READ_AS[self.depth],
            "three_colours": "pixels" if self.depth == 3 else "tf.keras.layers.Concatenate()([pixels] * 3)",
            **words,
        }

    def split(self, pictures: Pictures, secret: bytes) -> Splits:
        """The splits of pictures of the right size."""
        few = self.small is not None and len(pictures.labels) < FEW
        masks = split(pictures.examples(), secret, self.small if few and self.small else self.shares)
        return Splits(
            write_public=partial(_write_public, pictures=pictures, masks=masks),
            validation=self._labelled_set(pictures, masks.validation),
            hidden=self._labelled_set(pictures, masks.hidden),
            classes=pictures.classes,
            public_count=len(masks.public),
            duplicates=masks.duplicates,
            training=self._labelled_set(pictures, masks.training_sample),
        )

    def split_own(self, raw: Path, secret: bytes) -> Splits:
        """`raw` is a mentor's folder of photographs per class.

        Raises:
            BadData: for another number of classes, another layout, or a file that is no picture.
        """
        pictures = read_own_pictures(raw, self._stored)
        if self.classes not in (None, len(pictures.classes)):
            found = ", ".join(pictures.classes)
            classes = counted(len(pictures.classes), "class", "classes")
            raise BadData(f"{raw} holds {classes} ({found}), and models tell {self.classes} apart.")
        return self.split(pictures, secret)

    def split_tfds(self, raw: Loaded, secret: bytes) -> Splits:
        """`raw` has photographs of any size, in one split or several, which are pooled."""
        from PIL import Image

        pixels: list[Pixels] = []
        numbers: list[int] = []
        for examples in raw.splits.values():
            for example in examples:
                pixels.append(self.shrink(Image.fromarray(example["image"])))
                numbers.append(int(example["label"]))
        return self.split(self.named(pixels, np.array(numbers), raw.classes), secret)

    @property
    def shrink(self) -> Callable[..., Pixels]:
        """From a Pillow image to (side, side) or (side, side, 3)."""
        return partial(resize, shape=self._stored)

    def named(self, pixels: Sequence[Pixels], numbers: NDArray[np.int64], names: Sequence[str]) -> Pictures:
        """Classes renumbered in the alphabetical order of their names, as readers of folders number them."""
        classes = tuple(sorted(names))
        place = np.array([classes.index(name) for name in names], dtype=np.int64)
        return Pictures(gather(pixels, self._stored), place[numbers], classes)

    @property
    def _stored(self) -> tuple[int, ...]:
        return (self.side, self.side, 3) if self.depth == 3 else (self.side, self.side)

    def _labelled_set(self, pictures: Pictures, chosen: NDArray[np.intp]) -> LabelledSet:
        shape = (len(chosen), self.side, self.side, self.depth)
        return LabelledSet(
            {FORM: scaled(pictures.pixels[chosen]).reshape(shape)}, Labels(pictures.labels[chosen])
        )


def _write_public(folder: Path, pictures: Pictures, masks: SplitMasks) -> None:
    write_pictures(folder / "train", pictures, masks.train)
    write_pictures(folder / "validation", pictures, masks.validation)
