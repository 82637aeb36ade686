"""A solution that has learned nothing: every cell gets the share of cells whose outline was found well."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    share = float(train_target.mean())
    model = tf.keras.Sequential(
        [
            tf.keras.Input((len(FEATURES),)),
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
        train_features,
        train_target,
        validation_data=(valid_features, valid_target),
        epochs=1,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
