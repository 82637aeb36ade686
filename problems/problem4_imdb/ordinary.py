"""An ordinary first attempt: the average of the words' vectors, a single epoch."""

# DO NOT CHANGE THIS CODE: libraries, quiet logs, and a seed that makes a training repeatable
import csv
import logging
import os
import re
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


def solution_model():
    # DO NOT CHANGE THIS CODE
    vocabulary = read_vocabulary()
    train_texts, train_labels = read_reviews("train.csv")
    valid_texts, valid_labels = read_reviews("validation.csv")
    train_words, valid_words = encode(train_texts, vocabulary), encode(valid_texts, vocabulary)
    # END OF THE CODE NOT TO CHANGE

    model = tf.keras.Sequential(
        [
            tf.keras.Input((LENGTH,), dtype="int32"),
            tf.keras.layers.Embedding(VOCABULARY, 16),
            tf.keras.layers.GlobalAveragePooling1D(),
            tf.keras.layers.Dense(16, activation="relu"),
            tf.keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(
        train_words,
        train_labels,
        validation_data=(valid_words, valid_labels),
        epochs=1,
        batch_size=64,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model


# The grader loads the file that is saved here. Do not change its name.
if __name__ == "__main__":
    model = solution_model()
    model.save("mymodel.h5")
