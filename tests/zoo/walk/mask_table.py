"""What becomes of a mask: layers behind a Masking or an Embedding. Runs in an old release.

Which layers use a mask, change masked steps or pass a mask on is what releases changed most.
"""

from __future__ import annotations

from typing import Any, Callable, Iterator  # noqa: UP035 - Python 3.8

from recipes import Recipe, keras

MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
Behind = Callable[[Any, Any], Any]


def masks() -> Iterator[Recipe]:
    for name in MERGES:
        yield from merges(name)
    for option, behind in {**BEHIND, **ATTENTION}.items():
        for inputs, name in (("ids", option), ("empty_ids", f"empty_{option}")):
            yield Recipe(
                "mask", name, inputs, words, lambda k, words, x, behind=behind: behind(k, words(x))
            )  # fmt: skip
    # In two of the three examples every word is masked.
    yield Recipe(
        "mask", "given_softmax", "ids", lambda k: k.Softmax(),
        lambda k, softmax, x: softmax(k.Flatten()(k.Embedding(7, 1)(x)), mask=x > 5),
    )  # fmt: skip


def words(layers: Any) -> Any:
    return layers.Embedding(7, 4, mask_zero=True)


def merges(name: str) -> Iterator[Recipe]:
    """Two branches merged, both of them masked, or one, and looked at with the masked steps and without."""

    def merged(k: Any, dense: Any, x: Any, masked: tuple[bool, bool]) -> Any:
        branches = (dense, k.Dense(4, name="right"))
        inputs = [k.Masking()(x) if is_masked else x for is_masked in masked]
        return getattr(k, name)()([branch(each) for branch, each in zip(branches, inputs)])  # noqa: B905 - Python 3.8

    def dense(k: Any) -> Any:
        return k.Dense(4, name="left")

    for option, masked in (("both", (True, True)), ("left", (True, False)), ("right", (False, True))):
        yield Recipe(
            "mask", f"{option}_{name}", "padded", dense,
            lambda k, layer, x, masked=masked: k.Flatten()(merged(k, layer, x, masked)),
        )  # fmt: skip
    yield Recipe(
        "mask", f"pooled_{name}", "padded", dense,
        lambda k, layer, x: k.GlobalAveragePooling1D()(merged(k, layer, x, (True, True))),
    )  # fmt: skip
    yield Recipe(
        "mask", f"read_{name}", "padded", dense,
        lambda k, layer, x: k.LSTM(3)(merged(k, layer, x, (True, False))),
    )  # fmt: skip


def attend(k: Any, x: Any, dropout: float = 0.0, **options: Any) -> Any:
    return k.MultiHeadAttention(2, 3, dropout=dropout)(x, x, **options)


ATTENTION: dict[str, Behind] = {
    "attention_flat": lambda k, x: k.Flatten()(attend(k, x)),
    "attention_dropout_flat": lambda k, x: k.Flatten()(attend(k, x, 0.2)),
    "attention_pooled": lambda k, x: k.GlobalAveragePooling1D()(attend(k, x)),
    "attention_dropout_pooled": lambda k, x: k.GlobalAveragePooling1D()(attend(k, x, 0.2)),
    "attention_read": lambda k, x: k.LSTM(3)(attend(k, x)),
    "attention_added": lambda k, x: k.GlobalAveragePooling1D()(
        k.LayerNormalization()(k.Add()([x, attend(k, x, 0.1)]))
    ),
    "attention_causal": lambda k, x: k.Flatten()(attend(k, x, 0.1, use_causal_mask=True)),
    "dot_attention_flat": lambda k, x: k.Flatten()(k.Attention()([x, x])),
    "dot_attention_pooled": lambda k, x: k.GlobalAveragePooling1D()(k.Attention()([x, x])),
    "dot_attention_dropout": lambda k, x: k.Flatten()(k.Attention(dropout=0.2)([x, x])),
    "additive_attention_flat": lambda k, x: k.Flatten()(k.AdditiveAttention()([x, x])),
    "additive_attention_pooled": lambda k, x: k.GlobalAveragePooling1D()(k.AdditiveAttention()([x, x])),
}
BEHIND: dict[str, Behind] = {
    "softmax": lambda k, x: k.GlobalAveragePooling1D()(k.Activation("softmax")(x)),
    "softmax_layer": lambda k, x: k.GlobalAveragePooling1D()(k.Softmax()(x)),
    "conv_pooled": lambda k, x: k.GlobalAveragePooling1D()(k.Conv1D(3, 2, padding="same")(x)),
    "conv_read": lambda k, x: k.LSTM(3)(k.Conv1D(3, 2, padding="same")(x)),
    "max_pooling": lambda k, x: k.LSTM(3)(k.MaxPooling1D(2)(x)),
    "spatial_dropout": lambda k, x: k.LSTM(3)(k.SpatialDropout1D(0.2)(x)),
    "batch_normalization": lambda k, x: k.LSTM(3)(k.BatchNormalization()(x)),
    "layer_normalization": lambda k, x: k.GlobalAveragePooling1D()(k.LayerNormalization()(x)),
    "backwards": lambda k, x: k.GRU(3, go_backwards=True)(x),
    "both_ways_pooled": lambda k, x: k.GlobalAveragePooling1D()(
        k.Bidirectional(k.LSTM(3, return_sequences=True))(x)
    ),
    "both_ways_flat": lambda k, x: k.Flatten()(k.Bidirectional(k.GRU(3, return_sequences=True))(x)),
    "sequences_flat": lambda k, x: k.Flatten()(k.LSTM(3, return_sequences=True)(x)),
    "cell": lambda k, x: k.RNN(k.LSTMCell(3), return_sequences=True)(x),
    "time_distributed": lambda k, x: k.LSTM(3)(k.TimeDistributed(k.Dense(3))(x)),
    "reshape": lambda k, x: k.LSTM(3)(k.Reshape((5, 4))(x)),
    "dense": lambda k, x: k.LSTM(3)(k.Dense(3, activation="relu")(x)),
    "operation": lambda k, x: k.LSTM(3)(x * 2.0 + 1.0),
    "model": lambda k, x: k.LSTM(3)(keras.Sequential([keras.Input((5, 4)), k.Dense(3)])(x)),
    "zero_output_lstm": lambda k, x: k.Flatten()(
        k.LSTM(3, return_sequences=True, zero_output_for_mask=True)(x)
    ),
    "zero_output_gru": lambda k, x: k.Flatten()(
        k.GRU(3, return_sequences=True, zero_output_for_mask=True)(x)
    ),
    "zero_output_rnn": lambda k, x: k.Flatten()(
        k.SimpleRNN(3, return_sequences=True, zero_output_for_mask=True)(x)
    ),
    "repeat": lambda k, x: k.LSTM(3)(k.RepeatVector(4)(k.LSTM(3)(x))),
    "permute": lambda k, x: k.GlobalAveragePooling1D()(k.Permute((2, 1))(x)),
    "cropping": lambda k, x: k.GlobalAveragePooling1D()(k.Cropping1D(1)(x)),
    "zero_padding": lambda k, x: k.GlobalAveragePooling1D()(k.ZeroPadding1D(1)(x)),
    "up_sampling": lambda k, x: k.GlobalAveragePooling1D()(k.UpSampling1D(2)(x)),
    "flatten": lambda k, x: k.Flatten()(x),
    "dot": lambda k, x: k.Flatten()(k.Dot(axes=2)([x, x])),
}
"""What follows the words, and how it is looked at."""
