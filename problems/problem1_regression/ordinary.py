"""An ordinary first attempt: two layers of 64, stopped after twenty epochs while they still learn."""

# DO NOT CHANGE THIS CODE: libraries, quiet logs, and a seed that makes a training repeatable
import logging
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.getLogger("absl").setLevel(logging.ERROR)

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

tf.keras.utils.set_random_seed(int(os.environ.get("SEED", "0")))
# END OF THE CODE NOT TO CHANGE


# DO NOT CHANGE THIS CODE: finds the folder data/ beside this file, or beside the notebook
def data_folder():
    beside = Path(__file__).resolve().parent if "__file__" in globals() else Path.cwd()
    for folder in (beside / "data", Path.cwd() / "data"):
        if folder.is_dir():
            return folder
    raise SystemExit(f"There is no folder data/ in {beside}: put the one that came with this file beside it.")


# DO NOT CHANGE THIS CODE: reads the cars
FEATURES = [
    "cylinders",
    "displacement",
    "horsepower",
    "weight",
    "acceleration",
    "model_year",
    "usa",
    "europe",
    "japan",
]


def read_cars(name):
    """The cars of one file: facts (n, 9) and miles per gallon (n, 1), both float32."""
    table = np.genfromtxt(data_folder() / name, delimiter=",", names=True, dtype=np.float32, encoding="utf-8")
    facts = np.stack([table[feature] for feature in FEATURES], axis=1)
    return facts, table["mpg"].reshape(-1, 1)


# END OF THE CODE NOT TO CHANGE


def solution_model():
    # DO NOT CHANGE THIS CODE
    train_facts, train_mpg = read_cars("train.csv")
    valid_facts, valid_mpg = read_cars("validation.csv")
    # END OF THE CODE NOT TO CHANGE

    scale = tf.keras.layers.Normalization()
    scale.adapt(train_facts)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((9,)),
            scale,
            tf.keras.layers.Dense(64, activation="relu"),
            tf.keras.layers.Dense(64, activation="relu"),
            tf.keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    model.fit(
        train_facts,
        train_mpg,
        validation_data=(valid_facts, valid_mpg),
        epochs=20,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model


# The grader loads the file that is saved here. Do not change its name.
if __name__ == "__main__":
    model = solution_model()
    model.save("mymodel.h5")
