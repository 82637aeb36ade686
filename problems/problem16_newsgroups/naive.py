"""A solution that has learned nothing: every message gets the same class."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    model = tf.keras.Sequential(
        [
            tf.keras.Input((LENGTH,), dtype="int32"),
            tf.keras.layers.Embedding(VOCABULARY, 1),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(len(CLASSES), activation="softmax", kernel_initializer="zeros"),
        ]
    )
    model.compile(
        optimizer=tf.keras.optimizers.SGD(0.0), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(
        train_words,
        train_labels,
        validation_data=(valid_words, valid_labels),
        epochs=1,
        batch_size=128,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
