"""A solution that has learned little: one linear layer, one epoch of plain gradient descent."""

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


# DO NOT CHANGE THIS CODE: reads the digits, and scales the pixels to 0-1
def read_digits():
    """Pixels (n, 28, 28) float32 from 0 to 1 and digits (n,) from 0 to 9, for training and validation."""
    with np.load(data_folder() / "mnist.npz", allow_pickle=False) as digits:
        train = digits["x_train"].astype(np.float32) / 255.0, digits["y_train"].astype(np.int32)
        valid = digits["x_valid"].astype(np.float32) / 255.0, digits["y_valid"].astype(np.int32)
    return train, valid


# END OF THE CODE NOT TO CHANGE


def solution_model():
    # DO NOT CHANGE THIS CODE
    (train_pixels, train_digits), (valid_pixels, valid_digits) = read_digits()
    # END OF THE CODE NOT TO CHANGE

    model = tf.keras.Sequential(
        [
            tf.keras.Input((28, 28)),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        train_pixels,
        train_digits,
        validation_data=(valid_pixels, valid_digits),
        epochs=1,
        batch_size=128,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model


# The grader loads the file that is saved here. Do not change its name.
if __name__ == "__main__":
    model = solution_model()
    model.save("mymodel.h5")
