"""A solution that earns full marks: four convolutions behind layers that flip and shift the photographs."""

# DO NOT CHANGE THIS CODE: libraries, quiet logs, and a seed that makes a training repeatable
import logging
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.getLogger("absl").setLevel(logging.ERROR)

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


def solution_model():
    # DO NOT CHANGE THIS CODE
    train, class_names = read_photographs("train")
    valid, _ = read_photographs("validation")
    train = train.shuffle(len(train)).batch(BATCH)
    valid = valid.batch(BATCH)
    # END OF THE CODE NOT TO CHANGE

    # In batches: the small package has about four, the sets with five classes have dozens.
    many = len(train) > 20
    layers, epochs, rate = (for_many(), 20, 0.003) if many else (for_few(), 100, 0.002)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((SIDE, SIDE, 3)),
            *layers,
            tf.keras.layers.GlobalAveragePooling2D(),
            tf.keras.layers.Dropout(0.2),
            tf.keras.layers.Dense(len(class_names), activation="softmax"),
        ]
    )
    steps = tf.keras.optimizers.schedules.CosineDecay(rate, epochs * len(train))
    model.compile(
        optimizer=tf.keras.optimizers.Adam(steps),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(
        train,
        validation_data=valid,
        epochs=epochs,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model


def for_few():
    """Every photograph looks different each time; batch normalisation would memorise them anyway."""
    layers = tf.keras.layers
    return [
        layers.RandomFlip("horizontal"),
        layers.RandomRotation(0.08),
        layers.RandomZoom(0.15),
        layers.RandomTranslation(0.1, 0.1),
        layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2D(48, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(96, 3, padding="same", activation="relu"),
    ]


def for_many():
    """Batch normalisation makes thousands of photographs quick to learn."""
    layers = tf.keras.layers
    return [
        layers.RandomFlip("horizontal"),
        layers.RandomTranslation(0.1, 0.1),
        *normalised_convolution(32, strides=2),
        layers.MaxPooling2D(),
        *normalised_convolution(64),
        layers.MaxPooling2D(),
        *normalised_convolution(128),
        layers.MaxPooling2D(),
        *normalised_convolution(128),
    ]


def normalised_convolution(filters, strides=1):
    layers = tf.keras.layers
    return [
        layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
    ]


# The grader loads the file that is saved here. Do not change its name.
if __name__ == "__main__":
    model = solution_model()
    model.save("mymodel.h5")
