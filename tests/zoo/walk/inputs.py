"""Three examples of each kind of inputs: the same in every release, and where the files are answered."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.RandomState(7)
INPUTS: Any = {
    "vector": RANDOM.uniform(-2, 2, (3, 6)).astype("float32"),
    "sequence": RANDOM.uniform(-2, 2, (3, 5, 4)).astype("float32"),
    "image": RANDOM.uniform(0, 1, (3, 8, 8, 3)).astype("float32"),
    "wide_image": RANDOM.uniform(0, 255, (3, 8, 12, 3)).astype("float32"),
    "volume": RANDOM.uniform(-1, 1, (3, 4, 4, 4, 2)).astype("float32"),
    "sequences": RANDOM.uniform(-1, 1, (3, 3, 6, 2)).astype("float32"),
    "movie": RANDOM.uniform(-1, 1, (3, 3, 6, 6, 2)).astype("float32"),
    "volumes": RANDOM.uniform(-1, 1, (3, 2, 4, 4, 4, 2)).astype("float32"),
    "padded": np.where(
        np.arange(5)[:, None] < np.array([[[5]], [[3]], [[2]]]), RANDOM.uniform(-2, 2, (3, 5, 4)), 0
    ).astype("float32"),
    "ids": np.array([[1, 2, 3, 0, 0], [4, 5, 6, 1, 2], [2, 0, 0, 0, 0]], "int32"),
    "empty_ids": np.array([[0, 0, 0, 0, 0], [1, 2, 3, 0, 0], [4, 5, 6, 1, 2]], "int32"),
    "flat_ids": np.array([[1], [4], [6]], "int32"),
    "text": np.array([["the film was good"], ["Bad, boring film!"], ["good unknown words the"]], object),
    "word": np.array([["film"], ["good"], ["unknown"]], object),
    "waves": RANDOM.uniform(-1, 1, (3, 64)).astype("float32"),
}
"""Three examples of each kind of inputs."""
WORDS = ["the", "film", "was", "good", "bad"]
"""Some of the words that the texts hold."""
