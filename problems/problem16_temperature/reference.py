"""A solution that earns full marks: a straight line, and a layer that bends it by the season."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    layers = tf.keras.layers
    scale = layers.Normalization()
    scale.adapt(train_past)
    past = tf.keras.Input((PAST, len(COLUMNS)))
    seen = layers.Flatten()(scale(past))
    bent = layers.Dropout(0.1)(layers.Dense(48, activation="relu")(seen))
    line = layers.Dense(HORIZON)(layers.Concatenate()([seen, bent]))
    model = tf.keras.Model(
        past, layers.Rescaling(float(train_future.std()), float(train_future.mean()))(line)
    )
    model.compile(optimizer=tf.keras.optimizers.Adam(0.001), loss="mae", metrics=["mae"])
    model.fit(
        train_past,
        train_future,
        validation_data=(valid_past, valid_future),
        epochs=15,
        batch_size=128,
        verbose=2,
        callbacks=[
            tf.keras.callbacks.CSVLogger("history.csv"),
            tf.keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=2),
            tf.keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True),
        ],
    )
    return model
