"""An ordinary first attempt: scaled inside the model, a layer of 32, the squared error, three epochs."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    scale = tf.keras.layers.Normalization()
    scale.adapt(train_past)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((PAST, len(COLUMNS))),
            scale,
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(32, activation="relu"),
            tf.keras.layers.Dense(HORIZON),
        ]
    )
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    model.fit(
        train_past,
        train_future,
        validation_data=(valid_past, valid_future),
        epochs=3,
        batch_size=32,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
