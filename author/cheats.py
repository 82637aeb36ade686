"""Twelve submissions that must earn nothing, whatever the problem is."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Final

from ..grader.attack_table import FILES, PRELUDE, SCRIPTS


@dataclass(frozen=True)
class Cheat:
    """A file that is handed in."""

    what: str
    name: str
    content: bytes


_SAVES_TEXT: Final = b'open("mymodel.h5", "w").write("score: 5")\nprint("score: 5 of 5, passed")\n'
_SAVES_PICKLE: Final = b'import pickle\nopen("mymodel.h5", "wb").write(pickle.dumps({"score": 5}))\n'
_NOT_FINITE: Final = b"""
import numpy as np
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.Input((7, 3, 2)), tf.keras.layers.Flatten(), tf.keras.layers.Dense(9)])
model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
model.save("mymodel.h5")
"""
_FORGED: Final = next(each.script for each in SCRIPTS if each.kind == "results")

CHEAT_FILES: Final = (
    Cheat("an empty file", "mymodel.h5", b""),
    Cheat("a text that says its score", "mymodel.h5", b"score: 5\n"),
    Cheat("a pickle", "mymodel.keras", pickle.dumps({"score": 5})),
    *(
        Cheat(each.what, "mymodel.h5" if each.content[:1] == b"\x89" else "mymodel.keras", each.content)
        for each in FILES
    ),
)
CHEAT_SCRIPTS: Final = (
    Cheat(
        "a script that prints its score and saves nothing", "solution.py", b'print("score: 5 of 5, passed")\n'
    ),
    Cheat("a script that forges the reply", "solution.py", (PRELUDE + _FORGED).encode()),
    Cheat("a script that saves a text as its model", "solution.py", _SAVES_TEXT),
    Cheat("a script that saves a pickle as its model", "solution.py", _SAVES_PICKLE),
    Cheat("a model of other inputs that predicts NaN", "solution.py", _NOT_FINITE),
)
