"""A solution that earns full marks: two convolutions, the first with strides, and a rate that falls."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [
            tf.keras.Input((28, 28)),
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(16, 5, strides=2, padding="same", activation="relu"),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(96, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    epochs = 5
    rate = tf.keras.optimizers.schedules.CosineDecay(0.002, epochs * -(-len(train_pixels) // 128))
    model.compile(
        optimizer=tf.keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(
        train_pixels,
        train_classes,
        validation_data=(valid_pixels, valid_classes),
        epochs=epochs,
        batch_size=128,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
