"""A data store for tests of what comes after the data."""

from __future__ import annotations

from pathlib import Path

from tfprep.errors import BadData
from tfprep.problems import Dataset, DataStore


class OneDataset(DataStore):
    """A store that holds one data set, or a damaged one (None), and counts how often it is asked for it."""

    def __init__(self, dataset: Dataset | None) -> None:
        super().__init__(Path(), b"a secret")
        self.dataset = dataset
        self.loads = 0
        self.reads = 0

    def load(self, *_: object, **__: object) -> Dataset:
        self.loads += 1
        assert self.dataset is not None
        return self.dataset

    def ready(self, *_: object, **__: object) -> Dataset:
        self.reads += 1
        if self.dataset is None:
            raise BadData("It is damaged.", "Fetch it again.")
        return self.dataset
