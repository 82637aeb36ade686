# =====================================================================================
# PROBLEM 3: WHICH FLOWER IS IT?
#
# Build and train a convolutional neural network that tells flowers apart on colour
# photographs. The folders in data/train/ name the classes; there is one per flower.
#
# Input:   (64, 64, 3) float32, the pixels scaled to 0-1
# Output:  one number per class, in the order of class_names (the folders' names, sorted);
#          the largest is your model's prediction
# Metric:  accuracy, on photographs that your model has never seen
#
# Full marks: an accuracy of at least 0.67 with the five classes of tf_flowers or your
#             mentor's own photographs, of at least 0.50 with the small package of ten classes
#
# Do not use Lambda layers, they are not supported by the grading infrastructure.
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
        f"There is no folder data/ in {beside}. In that folder, `tfprep start 3 --resume --into .` "
        "makes it. In a notebook service, upload data/ beside this file."
    )


# DO NOT CHANGE THIS CODE: reads the photographs, and scales the pixels to 0-1
SIDE = 64
BATCH = 32


def read_photographs(part):
    """Single photographs (64, 64, 3) from 0 to 1 with their class numbers, and the classes' names."""
    photographs = tf.keras.utils.image_dataset_from_directory(
        data_folder() / part, image_size=(SIDE, SIDE), batch_size=None, shuffle=False, verbose=False
    )
    scaled = photographs.map(lambda pixels, number: (pixels / 255.0, number))
    return scaled.cache(), photographs.class_names


# END OF THE CODE NOT TO CHANGE


# DO NOT CHANGE THIS CODE: says which gap is still empty
def filled(value, gap, what):
    if value is None:
        raise SystemExit(f"Gap {gap} is still empty: {what}")


# END OF THE CODE NOT TO CHANGE


def solution_model():
    # DO NOT CHANGE THIS CODE
    train, class_names = read_photographs("train")
    valid, _ = read_photographs("validation")
    train = train.shuffle(len(train)).batch(BATCH)
    valid = valid.batch(BATCH)
    # END OF THE CODE NOT TO CHANGE

    # YOUR CODE HERE (gap 1): build the model, with at least one convolution.
    # For example tf.keras.Sequential([tf.keras.Input((SIDE, SIDE, 3)), ...]) ending in
    # Dense(len(class_names), activation="softmax").
    #
    # Or begin with a base that was trained on a million other photographs, and takes pixels from -1 to 1:
    #     base = tf.keras.applications.MobileNetV2(
    #         input_shape=(SIDE, SIDE, 3), include_top=False, pooling="avg", weights="imagenet"
    #     )
    #     base.trainable = False
    #     pixels = tf.keras.Input((SIDE, SIDE, 3))
    #     seen = base(tf.keras.layers.Rescaling(2, offset=-1)(pixels))
    # Keras fetches its weights, 9 MB, at the first use. Without a network, give the path of weights that you
    # have instead of "imagenet". A script that is submitted is trained without a network: submit the model.
    model = None
    filled(model, 1, f"build the model, from 64x64x3 pixels to {len(class_names)} numbers.")

    # YOUR CODE HERE (gap 2): compile the model and train it on train.
    # For example model.compile(...), then history = model.fit(train, ..., callbacks=[log]).
    log = tf.keras.callbacks.CSVLogger("history.csv")
    history = None
    filled(history, 2, "compile the model, then train it with model.fit.")

    return model


# The grader loads the file that is saved here. Do not change its name.
if __name__ == "__main__":
    model = solution_model()
    model.save("mymodel.h5")
