# =====================================================================================
# PROBLEM 4: DID THEY LIKE THE FILM?
#
# Build and train a neural network with an LSTM that tells from the text of a film review
# whether its author liked the film.
#
# Input:   (160,) int32, the numbers of a review's first 160 words as encode() below gives
#          them: 0 stands for no more words, 1 for a word outside the vocabulary of 5000;
#          or () string, the text itself, for a model that begins with TextVectorization
# Output:  (1,) from 0 (did not like it) to 1 (liked it), as Dense(1, activation="sigmoid")
#          gives it; or (2,) as Dense(2, activation="softmax") gives it, the second for liked
# Metric:  accuracy, on reviews that your model has never seen
#
# Full marks: an accuracy of at least 0.83
#
# Do not use Lambda layers, they are not supported by the grading infrastructure.
# =====================================================================================

# DO NOT CHANGE THIS CODE: libraries, quiet logs, and a seed that makes a training repeatable
import csv
import logging
import os
import re
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
        f"There is no folder data/ in {beside}. In that folder, `tfprep start 4 --resume --into .` "
        "makes it. In a notebook service, upload data/ beside this file."
    )


# DO NOT CHANGE THIS CODE: reads the reviews, and turns words into numbers
VOCABULARY = 5000
LENGTH = 160
PADDING, UNKNOWN = 0, 1


def read_reviews(name):
    """The texts of one file, and whether their authors liked the film: 1 or 0, float32 (n,)."""
    with open(data_folder() / name, newline="", encoding="utf-8") as file:
        reviews = list(csv.DictReader(file))
    return [review["text"] for review in reviews], np.array(
        [review["label"] for review in reviews], np.float32
    )


def read_vocabulary():
    """The number of each word in data/vocabulary.txt: the line it stands on, from 0."""
    words = (data_folder() / "vocabulary.txt").read_text("utf-8").splitlines()
    return {word: number for number, word in enumerate(words)}


def words_of(text):
    """The words of a text: small letters, digits and apostrophes."""
    return re.findall(r"[a-z0-9']+", text.lower().replace("<br />", " "))


def encode(texts, vocabulary):
    """Word numbers (n, 160) int32: long reviews are cut after 160 words, short ones end in zeros."""
    numbers = np.full((len(texts), LENGTH), PADDING, dtype=np.int32)
    for row, text in zip(numbers, texts):
        known = [vocabulary.get(word, UNKNOWN) for word in words_of(text)[:LENGTH]]
        row[: len(known)] = known
    return numbers


# END OF THE CODE NOT TO CHANGE


# DO NOT CHANGE THIS CODE: says which gap is still empty
def filled(value, gap, what):
    if value is None:
        raise SystemExit(f"Gap {gap} is still empty: {what}")


# END OF THE CODE NOT TO CHANGE


def solution_model():
    # DO NOT CHANGE THIS CODE
    vocabulary = read_vocabulary()
    train_texts, train_labels = read_reviews("train.csv")
    valid_texts, valid_labels = read_reviews("validation.csv")
    train_words, valid_words = encode(train_texts, vocabulary), encode(valid_texts, vocabulary)
    # END OF THE CODE NOT TO CHANGE

    # YOUR CODE HERE (gap 1): build the model, with an LSTM.
    # For example tf.keras.Sequential([tf.keras.Input((LENGTH,)), ...]), beginning with an Embedding
    # and ending in Dense(1, activation="sigmoid").
    #
    # Or build one that takes the texts themselves:
    #     words = [*vocabulary][2:]
    #     vectorize = tf.keras.layers.TextVectorization(vocabulary=words, output_sequence_length=LENGTH)
    #     model = tf.keras.Sequential([tf.keras.Input((), dtype="string"), vectorize, ...])
    # and train it on tf.constant(train_texts). Give the layer its words like this and not by adapt(): those
    # would be lost in an .h5 file.
    model = None
    filled(model, 1, "build the model, from 160 word numbers to 1 number.")

    # YOUR CODE HERE (gap 2): compile the model and train it on train_words and train_labels.
    # For example model.compile(...), then history = model.fit(..., callbacks=[log]).
    log = tf.keras.callbacks.CSVLogger("history.csv")
    history = None
    filled(history, 2, "compile the model, then train it with model.fit.")

    return model


# The grader loads the file that is saved here. Do not change its name.
if __name__ == "__main__":
    model = solution_model()
    model.save("mymodel.h5")
