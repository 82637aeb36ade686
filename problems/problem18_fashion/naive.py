"""A solution that has learned nothing: every picture gets the same class."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    model = tf.keras.Sequential(
        [
            tf.keras.Input((28, 28)),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(10, activation="softmax", kernel_initializer="zeros"),
        ]
    )
    model.compile(
        optimizer=tf.keras.optimizers.SGD(0.0), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(
        train_pixels,
        train_classes,
        validation_data=(valid_pixels, valid_classes),
        epochs=1,
        batch_size=512,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
