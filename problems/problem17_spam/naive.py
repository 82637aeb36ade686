"""A solution that has learned nothing: every mail gets the share of spam."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    share = float(train_labels.mean())
    model = tf.keras.Sequential(
        [
            tf.keras.Input((LENGTH,), dtype="int32"),
            tf.keras.layers.Embedding(VOCABULARY, 1),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(
                1,
                activation="sigmoid",
                kernel_initializer="zeros",
                bias_initializer=tf.keras.initializers.Constant(float(np.log(share / (1 - share)))),
            ),
        ]
    )
    model.compile(optimizer=tf.keras.optimizers.SGD(0.0), loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(
        train_words,
        train_labels,
        validation_data=(valid_words, valid_labels),
        epochs=1,
        batch_size=256,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
