"""An ordinary first attempt: scaled inside the model, the price in dollars and its mean squared error."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    scale = tf.keras.layers.Normalization()
    scale.adapt(train_features)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((len(FEATURES),)),
            scale,
            tf.keras.layers.Dense(64, activation="relu"),
            tf.keras.layers.Dense(64, activation="relu"),
            tf.keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    model.fit(
        train_features,
        train_target,
        validation_data=(valid_features, valid_target),
        epochs=10,
        batch_size=64,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
