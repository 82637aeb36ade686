"""A solution that earns full marks: scaled inside, and the logarithm of the price turned into a price."""

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
            tf.keras.layers.Dense(
                1,
                activation="exponential",
                bias_initializer=tf.keras.initializers.Constant(float(np.log(train_target).mean())),
            ),
        ]
    )
    model.compile(optimizer=tf.keras.optimizers.Adam(0.001), loss="msle", metrics=["mae"])
    model.fit(
        train_features,
        train_target,
        validation_data=(valid_features, valid_target),
        epochs=20,
        batch_size=128,
        verbose=2,
        callbacks=[
            tf.keras.callbacks.CSVLogger("history.csv"),
            tf.keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=2),
            tf.keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True),
        ],
    )
    return model
