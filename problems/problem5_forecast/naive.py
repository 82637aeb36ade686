"""A solution that has learned nothing: it always tells the average demand."""

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


# DO NOT CHANGE THIS CODE: reads the half-hours, and cuts them into windows
PAST = 96
HORIZON = 24
COLUMNS = ["demand", "temperature", "working_day"]


def read_series():
    """The half-hours in order of time, (n, 3) float32."""
    path = data_folder() / "electricity.csv"
    table = np.genfromtxt(path, delimiter=",", names=True, dtype=np.float32, encoding="utf-8")
    return np.stack([table[column] for column in COLUMNS], axis=1)


def cut_windows(series):
    """Every stretch of two days (n, 96, 3), and the demand of the twelve hours after it (n, 24)."""
    starts = range(len(series) - PAST - HORIZON + 1)
    past = np.stack([series[start : start + PAST] for start in starts])
    future = np.stack([series[start + PAST : start + PAST + HORIZON, 0] for start in starts])
    return past, future


# END OF THE CODE NOT TO CHANGE


def solution_model():
    # DO NOT CHANGE THIS CODE
    series = read_series()
    # The last fifth of the time is set aside for validation.
    end = len(series) * 4 // 5
    train_past, train_future = cut_windows(series[:end])
    valid_past, valid_future = cut_windows(series[end:])
    # END OF THE CODE NOT TO CHANGE

    model = tf.keras.Sequential(
        [
            tf.keras.Input((PAST, 3)),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(
                HORIZON,
                kernel_initializer="zeros",
                bias_initializer=tf.keras.initializers.Constant(float(train_future.mean())),
            ),
        ]
    )
    model.compile(optimizer=tf.keras.optimizers.SGD(0.0), loss="mae", metrics=["mae"])
    model.fit(
        train_past,
        train_future,
        validation_data=(valid_past, valid_future),
        epochs=1,
        batch_size=256,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model


# The grader loads the file that is saved here. Do not change its name.
if __name__ == "__main__":
    model = solution_model()
    model.save("mymodel.h5")
