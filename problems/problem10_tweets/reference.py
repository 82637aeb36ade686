"""A solution that earns full marks: short rows of words, the strongest and the average of what they say."""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    layers = tf.keras.layers
    words = tf.keras.Input((LENGTH,), dtype="int32")
    meanings = layers.SpatialDropout1D(0.3)(layers.Embedding(VOCABULARY, 32)(words))
    rows = layers.Conv1D(32, 3, padding="same", activation="relu")(meanings)
    seen = layers.Concatenate()(
        [layers.GlobalAveragePooling1D()(meanings), layers.GlobalMaxPooling1D()(rows)]
    )
    favourable = layers.Dense(1, activation="sigmoid")(layers.Dropout(0.4)(seen))
    model = tf.keras.Model(words, favourable)
    model.compile(optimizer=tf.keras.optimizers.Adam(0.003), loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(
        train_words,
        train_labels,
        validation_data=(valid_words, valid_labels),
        epochs=6,
        batch_size=128,
        verbose=2,
        callbacks=[
            tf.keras.callbacks.CSVLogger("history.csv"),
            tf.keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True),
        ],
    )
    return model
