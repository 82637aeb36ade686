"""A solution that earns full marks: four convolutions with batch normalisation, cells mirrored at random."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    layers = tf.keras.layers
    seen = [layers.RandomFlip("horizontal_and_vertical")]
    for filters, size, strides in ((16, 5, 2), (32, 3, 1), (48, 3, 1), (64, 3, 1)):
        seen.append(layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False))
        seen += [layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D()]
    model = tf.keras.Sequential(
        [
            tf.keras.Input((SIDE, SIDE, 1)),
            *seen[:-1],
            layers.GlobalMaxPooling2D(),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    epochs = 20
    steps = tf.keras.optimizers.schedules.CosineDecay(0.003, epochs * len(train))
    model.compile(optimizer=tf.keras.optimizers.Adam(steps), loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(
        train,
        validation_data=valid,
        epochs=epochs,
        verbose=2,
        callbacks=[tf.keras.callbacks.CSVLogger("history.csv")],
    )
    return model
