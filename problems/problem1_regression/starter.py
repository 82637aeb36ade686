# =====================================================================================
# PROBLEM 1: HOW FAR DOES A CAR GO ON A GALLON?
#
# Build and train a neural network that tells a car's fuel consumption, in miles per
# gallon, from nine facts about it.
#
# Input:   (9,) float32, in the units of the files, in this order: cylinders,
#          displacement, horsepower, weight, acceleration, model_year, usa, europe, japan
# Output:  (1,) the miles per gallon
# Metric:  mean absolute error in mpg, on cars that your model has never seen
#
# Full marks: a mean absolute error of at most 2.4 mpg
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
        f"There is no folder data/ in {beside}. In that folder, `tfprep start 1 --resume --into .` "
        "makes it. In a notebook service, upload data/ beside this file."
    )


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


# DO NOT CHANGE THIS CODE: says which gap is still empty
def filled(value, gap, what):
    if value is None:
        raise SystemExit(f"Gap {gap} is still empty: {what}")


# END OF THE CODE NOT TO CHANGE


def solution_model():
    # DO NOT CHANGE THIS CODE
    train_facts, train_mpg = read_cars("train.csv")
    valid_facts, valid_mpg = read_cars("validation.csv")
    # END OF THE CODE NOT TO CHANGE

    # YOUR CODE HERE (gap 1): build the model.
    # For example tf.keras.Sequential([tf.keras.Input((9,)), ...]) ending in Dense(1).
    model = None
    filled(model, 1, "build the model, from 9 numbers to 1.")

    # YOUR CODE HERE (gap 2): compile the model and train it on train_facts and train_mpg.
    # For example model.compile(...), then history = model.fit(..., callbacks=[log]).
    log = tf.keras.callbacks.CSVLogger("history.csv")
    history = None
    filled(history, 2, "compile the model, then train it with model.fit.")

    return model


# The grader loads the file that is saved here. Do not change its name.
if __name__ == "__main__":
    model = solution_model()
    model.save("mymodel.h5")
