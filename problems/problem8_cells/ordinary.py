"""An ordinary first attempt: scaled inside the model, one layer of 16, stopped after two epochs."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    scale = tf.keras.layers.Normalization()
    scale.adapt(train_features)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((len(FEATURES),)),
            scale,
            tf.keras.layers.Dense(16, activation="relu"),
            tf.keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(
        train_features,
        train_target,
        validation_data=(valid_features, valid_target),
        epochs=2,
        batch_size=48,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
