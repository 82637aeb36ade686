"""A solution that earns full marks: one layer behind the scaling, at a rate that falls to nothing."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    scale = tf.keras.layers.Normalization()
    scale.adapt(train_features)
    model = tf.keras.Sequential([tf.keras.Input((len(FEATURES),)), scale, tf.keras.layers.Dense(1)])
    epochs = 25
    steps = epochs * -(-len(train_features) // 16)
    rate = tf.keras.optimizers.schedules.PolynomialDecay(0.05, steps, 0.0)
    model.compile(optimizer=tf.keras.optimizers.SGD(rate), loss="mse", metrics=["mae"])
    model.fit(
        train_features,
        train_target,
        validation_data=(valid_features, valid_target),
        epochs=epochs,
        batch_size=16,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
