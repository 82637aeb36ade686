"""An ordinary first attempt: scaled inside the model, two layers of 64, forty epochs."""

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
    model.compile(optimizer=tf.keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
    model.fit(
        train_features,
        train_target,
        validation_data=(valid_features, valid_target),
        epochs=40,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
