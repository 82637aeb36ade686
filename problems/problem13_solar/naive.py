"""A solution that has learned nothing: every cell is told to be sound."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    model = tf.keras.Sequential(
        [
            tf.keras.Input((SIDE, SIDE, 1)),
            tf.keras.layers.Conv2D(1, 3),
            tf.keras.layers.GlobalAveragePooling2D(),
            tf.keras.layers.Dense(
                1,
                activation="sigmoid",
                kernel_initializer="zeros",
                bias_initializer=tf.keras.initializers.Constant(0.7),
            ),
        ]
    )
    model.compile(optimizer=tf.keras.optimizers.SGD(0.0), loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(
        train,
        validation_data=valid,
        epochs=1,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
