# =====================================================================================
# PROBLEM 2: WHICH DIGIT IS IT?
#
# Build and train a neural network that recognises handwritten digits.
#
# Input:   (28, 28) float32, the pixels scaled to 0-1
# Output:  (10,) one number per digit; the largest is your model's prediction
# Metric:  accuracy, on digits that your model has never seen
#
# Full marks: an accuracy of at least 0.98
#
# Do not use Lambda layers, they are not supported by the grading infrastructure.
# The grader gives your model (28, 28), without a channel axis: if your model wants one,
# begin with tf.keras.layers.Reshape((28, 28, 1)).
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
        f"There is no folder data/ in {beside}. In that folder, `tfprep start 2 --resume --into .` "
        "makes it. In a notebook service, upload data/ beside this file."
    )


# DO NOT CHANGE THIS CODE: reads the digits, and scales the pixels to 0-1
def read_digits():
    """Pixels (n, 28, 28) float32 from 0 to 1 and digits (n,) from 0 to 9, for training and validation."""
    with np.load(data_folder() / "mnist.npz", allow_pickle=False) as digits:
        train = digits["x_train"].astype(np.float32) / 255.0, digits["y_train"].astype(np.int32)
        valid = digits["x_valid"].astype(np.float32) / 255.0, digits["y_valid"].astype(np.int32)
    return train, valid


# END OF THE CODE NOT TO CHANGE


# DO NOT CHANGE THIS CODE: says which gap is still empty
def filled(value, gap, what):
    if value is None:
        raise SystemExit(f"Gap {gap} is still empty: {what}")


# END OF THE CODE NOT TO CHANGE


def solution_model():
    # DO NOT CHANGE THIS CODE
    (train_pixels, train_digits), (valid_pixels, valid_digits) = read_digits()
    # END OF THE CODE NOT TO CHANGE

    # YOUR CODE HERE (gap 1): build the model.
    # For example tf.keras.Sequential([tf.keras.Input((28, 28)), ...])
    # ending in Dense(10, activation="softmax").
    model = None
    filled(model, 1, "build the model, from 28x28 pixels to 10 numbers.")

    # YOUR CODE HERE (gap 2): compile the model and train it on train_pixels and train_digits.
    # For example model.compile(...), then history = model.fit(..., callbacks=[log]).
    log = tf.keras.callbacks.CSVLogger("history.csv")
    history = None
    filled(history, 2, "compile the model, then train it with model.fit.")

    return model


# The grader loads the file that is saved here. Do not change its name.
if __name__ == "__main__":
    model = solution_model()
    model.save("mymodel.h5")
