# =====================================================================================
# PROBLEM 5: HOW MUCH ELECTRICITY WILL BE NEEDED?
#
# Build and train a neural network that looks at the last two days of a state's electricity
# demand, in steps of half an hour, and tells the demand of the next twelve hours.
#
# Input:   (96, 3) float32, one row per half-hour, oldest first: demand in GW, temperature
#          in degrees Celsius, and 1 on a working day or else 0
# Output:  (24,) the demand of the next 24 half-hours in GW; (24, 1) is read the same way,
#          and of (96, 24), a prediction at every step, the last is read
# Metric:  mean absolute error in GW, on days that come after all those in the file
#
# Full marks: a mean absolute error of at most 0.23 GW
#
# Do not use Lambda layers, they are not supported by the grading infrastructure.
# The grader gives your model raw numbers: if you scale them, do it inside the model.
# =====================================================================================

# DO NOT CHANGE THIS CODE: libraries, quiet logs, and a seed that makes a training repeatable
import logging
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.getLogger("absl").setLevel(logging.ERROR)

# Whatever the level, TensorFlow writes to the terminal while it looks for a GPU: here that goes nowhere.
terminal, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
os.dup2(nowhere, 2)
try:
    __import__("tensorflow").config.list_physical_devices()
finally:
    os.dup2(terminal, 2)

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
    raise SystemExit(
        f"There is no folder data/ in {beside}. In that folder, `tfprep start 5 --resume --into .` "
        "makes it. In a notebook service, upload data/ beside this file."
    )


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


# DO NOT CHANGE THIS CODE: says which gap is still empty
def filled(value, gap, what):
    if value is None:
        raise SystemExit(f"Gap {gap} is still empty: {what}")


# END OF THE CODE NOT TO CHANGE


def solution_model():
    # DO NOT CHANGE THIS CODE
    series = read_series()
    # The last fifth of the time is set aside for validation.
    end = len(series) * 4 // 5
    train_past, train_future = cut_windows(series[:end])
    valid_past, valid_future = cut_windows(series[end:])
    # END OF THE CODE NOT TO CHANGE

    # YOUR CODE HERE (gap 1): build the model.
    # For example tf.keras.Sequential([tf.keras.Input((PAST, 3)), ...]) ending in Dense(HORIZON).
    model = None
    filled(model, 1, "build the model, from 96 half-hours of 3 numbers to the next 24 of 1.")

    # YOUR CODE HERE (gap 2): compile the model and train it on train_past and train_future.
    # For example model.compile(...), then history = model.fit(..., callbacks=[log]).
    log = tf.keras.callbacks.CSVLogger("history.csv")
    history = None
    filled(history, 2, "compile the model, then train it with model.fit.")

    return model


# The grader loads the file that is saved here. Do not change its name.
if __name__ == "__main__":
    model = solution_model()
    model.save("mymodel.h5")
