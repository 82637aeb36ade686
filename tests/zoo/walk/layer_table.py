"""Every built-in layer, in its defaults and its usual options. Runs inside an old release."""

# A table: one line for an option, where it fits.
# fmt: off

from __future__ import annotations

from typing import Any, Iterator  # noqa: UP035 - Python 3.8

import numpy as np
from inputs import INPUTS, WORDS
from recipes import (
    ELSEWHERE,
    RECIPES,
    Make,
    Recipe,
    adapted,
    add,
    embedded,
    find_layers,
    itself,
    keras,
    masked,
    query_and_value,
    two,
    with_state,
)

add("Dense", "vector", lambda k: k.Dense(4),
    no_bias=lambda k: k.Dense(4, use_bias=False), sequence=("sequence", lambda k: k.Dense(4)),
    frozen=lambda k: k.Dense(4, trainable=False), double=lambda k: k.Dense(4, dtype="float64"))
add("EinsumDense", "sequence", lambda k: k.EinsumDense("abc,cd->abd", (None, 5), bias_axes="d"))
add("Embedding", "ids", lambda k: k.Embedding(7, 4), mask=lambda k: k.Embedding(7, 4, mask_zero=True),
    length=lambda k: k.Embedding(7, 4, input_length=5), numbers=lambda k: k.Embedding(9, 2))
add("ReversibleEmbedding", "ids", lambda k: k.ReversibleEmbedding(7, 4))
add("RandomFourierFeatures", "vector", lambda k: k.RandomFourierFeatures(5))
add("Masking", "padded", lambda k: k.Masking(), value=lambda k: k.Masking(mask_value=1.0))
add("Identity", "vector", lambda k: k.Identity())
add("Activation", "vector", lambda k: k.Activation("relu"))
add("ActivityRegularization", "vector", lambda k: k.ActivityRegularization(l1=0.1, l2=0.1))
add("ELU", "vector", lambda k: k.ELU(), alpha=lambda k: k.ELU(alpha=0.3))
add("LeakyReLU", "vector", lambda k: k.LeakyReLU(), alpha=lambda k: k.LeakyReLU(alpha=0.1),
    position=lambda k: k.LeakyReLU(0.05), slope=lambda k: k.LeakyReLU(negative_slope=0.1))
add("PReLU", "vector", lambda k: k.PReLU(), shared=("image", lambda k: k.PReLU(shared_axes=[1, 2])))
add("ReLU", "vector", lambda k: k.ReLU(), capped=lambda k: k.ReLU(max_value=1.0),
    leaky=lambda k: k.ReLU(negative_slope=0.2), above=lambda k: k.ReLU(1.5, 0.1, 0.2))
add("Softmax", "vector", lambda k: k.Softmax(), axis=("sequence", lambda k: k.Softmax(axis=1)),
    axes=("sequence", lambda k: k.Softmax(axis=[1, 2])))
add("ThresholdedReLU", "vector", lambda k: k.ThresholdedReLU(), theta=lambda k: k.ThresholdedReLU(theta=0.3))

for rank, kind in ((1, "sequence"), (2, "image"), (3, "volume")):

    def of(name: str, rank: int = rank) -> str:
        return f"{name}{rank}D"

    def made(name: str, *args: Any, **options: Any) -> Make:
        return lambda layers: getattr(layers, name)(*args, **options)

    channels = {1: (2, 1), 2: (3, 1, 2), 3: (4, 1, 2, 3)}[rank]
    add(of("Conv"), kind, made(of("Conv"), 4, 2), same=made(of("Conv"), 4, 3, padding="same", strides=2),
        dilated=made(of("Conv"), 2, 2, dilation_rate=2), grouped=made(of("Conv"), 4, 2, groups=2 if rank != 2 else 1),
        no_bias=made(of("Conv"), 4, 2, use_bias=False), active=made(of("Conv"), 4, 2, activation="relu"),
        first=made(of("Conv"), 2, 2, data_format="channels_first"))
    add(of("Conv") + "Transpose", kind, made(of("Conv") + "Transpose", 4, 2),
        same=made(of("Conv") + "Transpose", 4, 3, padding="same", strides=2),
        output=made(of("Conv") + "Transpose", 4, 3, strides=2, padding="same", output_padding=1),
        dilated=made(of("Conv") + "Transpose", 2, 2, dilation_rate=2))
    for pooling in ("MaxPooling", "AveragePooling"):
        # Keras 3 has no default size for averages.
        size = (2,) if pooling == "AveragePooling" else ()
        add(of(pooling), kind, made(of(pooling), *size), same=made(of(pooling), 3, padding="same"),
            strides=made(of(pooling), 2, strides=1), first=made(of(pooling), *size, data_format="channels_first"))
    for pooling in ("GlobalMaxPooling", "GlobalAveragePooling"):
        add(of(pooling), kind, made(of(pooling)), keepdims=made(of(pooling), keepdims=True),
            first=made(of(pooling), data_format="channels_first"))
    for pooling in ("AdaptiveMaxPooling", "AdaptiveAveragePooling"):
        add(of(pooling), kind, made(of(pooling), 2))
    add(of("UpSampling"), kind, made(of("UpSampling")), size=made(of("UpSampling"), 3))
    add(of("ZeroPadding"), kind, made(of("ZeroPadding")), size=made(of("ZeroPadding"), 2))
    add(of("Cropping"), kind, made(of("Cropping")))
    uneven = (1, 2) if rank == 1 else ((1, 2), (2, 0), (0, 1))[:rank]
    for name in ("ZeroPadding", "Cropping"):
        RECIPES[of(name)].append(Recipe(of(name), "uneven", kind, made(of(name), uneven), None))
    if rank > 1:
        sizes = (2, 3, 1)[:rank]
        for name in ("MaxPooling", "AveragePooling", "UpSampling"):
            RECIPES[of(name)].append(Recipe(of(name), "uneven", kind, made(of(name), sizes), None))
    add(of("SpatialDropout"), kind, made(of("SpatialDropout"), 0.5))
for interpolation in ("bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"):
    for name in ("UpSampling2D", "Resizing"):
        args = ((2, 3),) if name == "UpSampling2D" else (5, 7)
        RECIPES.setdefault(name, []).append(
            Recipe(name, interpolation, "image", made(name, *args, interpolation=interpolation), None)
        )
add("Conv1D", "sequence", lambda k: k.Conv1D(4, 2, padding="causal", dilation_rate=2))
RECIPES["Conv1D"][-1].option = "causal"
add(
    "DepthwiseConv1D",
    "sequence",
    lambda k: k.DepthwiseConv1D(2),
    multiplied=lambda k: k.DepthwiseConv1D(2, depth_multiplier=2),
)
add("DepthwiseConv2D", "image", lambda k: k.DepthwiseConv2D(2),
    multiplied=lambda k: k.DepthwiseConv2D(2, depth_multiplier=2, padding="same"),
    dilated=lambda k: k.DepthwiseConv2D(2, dilation_rate=2), strides=lambda k: k.DepthwiseConv2D((2, 3), strides=2),
    no_bias=lambda k: k.DepthwiseConv2D(2, use_bias=False))
add("SeparableConv1D", "sequence", lambda k: k.SeparableConv1D(4, 2), multiplied=lambda k: k.SeparableConv1D(4, 2, depth_multiplier=2, padding="same"),
    causal=lambda k: k.SeparableConv1D(4, 2, padding="causal"))
add("SeparableConv2D", "image", lambda k: k.SeparableConv2D(4, 2), multiplied=lambda k: k.SeparableConv2D(4, 2, depth_multiplier=2, padding="same", strides=2),
    dilated=lambda k: k.SeparableConv2D(4, 2, dilation_rate=2))
add("LocallyConnected1D", "sequence", lambda k: k.LocallyConnected1D(3, 2))
add("LocallyConnected2D", "image", lambda k: k.LocallyConnected2D(3, 2))
add("UpSampling1D", "sequence", lambda k: k.UpSampling1D(4))
RECIPES["UpSampling1D"][-1].option = "four"

for name in ("SimpleRNN", "GRU", "LSTM"):
    add(name, "sequence", made(name, 3), sequences=made(name, 3, return_sequences=True),
        backwards=made(name, 3, go_backwards=True), backwards_sequences=made(name, 3, go_backwards=True, return_sequences=True),
        relu=made(name, 3, activation="relu"), no_bias=made(name, 3, use_bias=False),
        unrolled=made(name, 3, unroll=True), dropout=made(name, 3, dropout=0.3, recurrent_dropout=0.3),
        stateful=made(name, 3, stateful=True))
    RECIPES[name] += [
        Recipe(name, "state", "sequence", made(name, 3), with_state),
        Recipe(name, "masking", "padded", made(name, 3), masked),
        Recipe(name, "masking_sequences", "padded", made(name, 3, return_sequences=True), masked),
        Recipe(name, "embedding", "ids", made(name, 3), embedded),
    ]
for name in ("GRU", "LSTM"):
    RECIPES[name] += [
        Recipe(name, "hard", "sequence", made(name, 3, recurrent_activation="hard_sigmoid"), None),
        Recipe(name, "implementation", "sequence", made(name, 3, implementation=1), None),
    ]
RECIPES["GRU"].append(Recipe("GRU", "before", "sequence", made("GRU", 3, reset_after=False), None))
RECIPES["LSTM"].append(Recipe("LSTM", "forget", "sequence", made("LSTM", 3, unit_forget_bias=False), None))
for name in ("SimpleRNNCell", "GRUCell", "LSTMCell"):
    add(name, "sequence", lambda k, name=name: k.RNN(getattr(k, name)(3)),
        sequences=lambda k, name=name: k.RNN(getattr(k, name)(3), return_sequences=True))
add("RNN", "sequence", lambda k: k.RNN(k.GRUCell(3)), cells=lambda k: k.RNN([k.LSTMCell(3), k.GRUCell(2)]))
add("StackedRNNCells", "sequence", lambda k: k.RNN(k.StackedRNNCells([k.LSTMCell(3), k.LSTMCell(2)])))
for rank, kind in ((1, "sequences"), (2, "movie"), (3, "volumes")):
    name = f"ConvLSTM{rank}D"
    add(name, kind, made(name, 2, 2), sequences=made(name, 2, 2, return_sequences=True, padding="same"),
        hard=made(name, 2, 2, recurrent_activation="hard_sigmoid"))
add("Bidirectional", "sequence", lambda k: k.Bidirectional(k.LSTM(3)),
    gru=lambda k: k.Bidirectional(k.GRU(3, return_sequences=True)), sum=lambda k: k.Bidirectional(k.LSTM(3), merge_mode="sum"),
    ave=lambda k: k.Bidirectional(k.LSTM(3), merge_mode="ave"), mul=lambda k: k.Bidirectional(k.SimpleRNN(3), merge_mode="mul"),
    backward=lambda k: k.Bidirectional(k.LSTM(3), backward_layer=k.GRU(2, go_backwards=True)),
    hard=lambda k: k.Bidirectional(k.LSTM(3, recurrent_activation="hard_sigmoid")))
RECIPES["Bidirectional"] += [
    Recipe("Bidirectional", "masking", "padded", lambda k: k.Bidirectional(k.LSTM(3)), masked),
    Recipe(
        "Bidirectional",
        "embedding",
        "ids",
        lambda k: k.Bidirectional(k.LSTM(3, return_sequences=True)),
        embedded,
    ),
]
add("TimeDistributed", "sequence", lambda k: k.TimeDistributed(k.Dense(3)),
    convolution=("movie", lambda k: k.TimeDistributed(k.Conv2D(2, 2))),
    lstm=("sequences", lambda k: k.TimeDistributed(k.LSTM(3))),
    model=("sequence", lambda k: k.TimeDistributed(keras.Sequential([keras.Input((4,)), k.Dense(3), k.Dense(2)]))))
for name in ("GlobalAveragePooling1D", "Dense", "Dropout"):
    option = (0.2,) if name == "Dropout" else (3,) if name == "Dense" else ()
    RECIPES.setdefault(name, []).append(Recipe(name, "after_mask", "ids", made(name, *option), embedded))

for name in ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract", "Concatenate"):
    add(name, "sequence", made(name), two)
add("Concatenate", "sequence", lambda k: k.Concatenate(axis=1), two)
RECIPES["Concatenate"][-1].option = "axis"
add("Dot", "vector", lambda k: k.Dot(axes=1), two, normalized=lambda k: k.Dot(axes=1, normalize=True),
    sequences=("sequence", lambda k: k.Dot(axes=(2, 2))))
for name in ("Attention", "AdditiveAttention"):
    add(name, "sequence", made(name), two, scaled=made(name, use_scale=True), unscaled=made(name, use_scale=False),
        dropout=made(name, dropout=0.2), causal=made(name, causal=True))
add("Attention", "sequence", lambda k: k.Attention(score_mode="concat"), two)
RECIPES["Attention"][-1].option = "concat"
add("MultiHeadAttention", "sequence", lambda k: k.MultiHeadAttention(2, 3), itself,
    value=lambda k: k.MultiHeadAttention(2, 3, value_dim=2), no_bias=lambda k: k.MultiHeadAttention(2, 3, use_bias=False),
    shaped=lambda k: k.MultiHeadAttention(2, 3, output_shape=5), axes=("sequences", lambda k: k.MultiHeadAttention(2, 3, attention_axes=(1, 2))),
    dropout=lambda k: k.MultiHeadAttention(2, 3, dropout=0.3))
RECIPES["MultiHeadAttention"] += [
    Recipe("MultiHeadAttention", "keyword", "sequence", lambda k: k.MultiHeadAttention(2, 3), query_and_value),
    Recipe("MultiHeadAttention", "causal", "sequence", lambda k: k.MultiHeadAttention(2, 3), lambda _, layer, x: layer(x, x, use_causal_mask=True)),
]
add("GroupQueryAttention", "sequence", lambda k: k.GroupQueryAttention(3, 4, 2), itself)

for name in ("Dropout", "GaussianDropout", "AlphaDropout", "GaussianNoise"):
    add(name, "sequence", made(name, 0.4))
RECIPES["Dropout"].append(
    Recipe("Dropout", "noise", "sequence", made("Dropout", 0.4, noise_shape=(None, 1, 4)), None)
)
RECIPES["Dropout"].append(Recipe("Dropout", "seed", "sequence", made("Dropout", 0.4, seed=3), None))
add("BatchNormalization", "sequence", lambda k: k.BatchNormalization(), image=("image", lambda k: k.BatchNormalization()),
    axis=lambda k: k.BatchNormalization(axis=1), bare=lambda k: k.BatchNormalization(center=False, scale=False),
    epsilon=lambda k: k.BatchNormalization(epsilon=0.1, momentum=0.5), renorm=lambda k: k.BatchNormalization(renorm=True),
    fused=("image", lambda k: k.BatchNormalization(fused=False)), virtual=lambda k: k.BatchNormalization(virtual_batch_size=1))
for kind in ("vector", "sequence", "image", "volume"):
    # TensorFlow's own kernel takes no epsilon as small as this, which shows where a variance is small.
    small = {"epsilon": 1e-7, "moving_variance_initializer": "zeros"}
    for option, axis in {"": -1, "first_": 1}.items():
        RECIPES["BatchNormalization"].append(
            Recipe("BatchNormalization", f"small_epsilon_{option}{kind}", kind, made("BatchNormalization", axis=axis, **small), None)
        )
add("LayerNormalization", "sequence", lambda k: k.LayerNormalization(), axis=lambda k: k.LayerNormalization(axis=1),
    axes=lambda k: k.LayerNormalization(axis=[1, 2]), bare=lambda k: k.LayerNormalization(center=False, scale=False),
    epsilon=lambda k: k.LayerNormalization(epsilon=0.1), rms=lambda k: k.LayerNormalization(rms_scaling=True))
add("GroupNormalization", "sequence", lambda k: k.GroupNormalization(2), instance=lambda k: k.GroupNormalization(-1),
    epsilon=lambda k: k.GroupNormalization(2, epsilon=0.1))
add(
    "UnitNormalization",
    "sequence",
    lambda k: k.UnitNormalization(),
    axis=lambda k: k.UnitNormalization(axis=1),
)
add("RMSNormalization", "sequence", lambda k: k.RMSNormalization())
add(
    "SpectralNormalization",
    "vector",
    lambda k: k.SpectralNormalization(k.Dense(3)),
    convolution=("image", lambda k: k.SpectralNormalization(k.Conv2D(2, 2), power_iterations=2)),
)

add(
    "Flatten",
    "image",
    lambda k: k.Flatten(),
    first=lambda k: k.Flatten(data_format="channels_first"),
    vector=("vector", lambda k: k.Flatten()),
)
add("Reshape", "sequence", lambda k: k.Reshape((4, 5)), rest=lambda k: k.Reshape((-1, 2)))
add("Permute", "sequence", lambda k: k.Permute((2, 1)))
add("RepeatVector", "vector", lambda k: k.RepeatVector(3))

add("Rescaling", "image", lambda k: k.Rescaling(1 / 255), offset=lambda k: k.Rescaling(1 / 127.5, offset=-1),
    channels=lambda k: k.Rescaling([1.0, 2.0, 3.0], offset=[0.1, 0.2, 0.3]))
add("Resizing", "image", lambda k: k.Resizing(5, 7), crop=("wide_image", lambda k: k.Resizing(6, 5, crop_to_aspect_ratio=True)),
    pad=("wide_image", lambda k: k.Resizing(6, 5, pad_to_aspect_ratio=True)), nearest=lambda k: k.Resizing(5, 7, interpolation="nearest"),
    larger=lambda k: k.Resizing(11, 13), antialias=lambda k: k.Resizing(5, 7, antialias=True))
add(
    "CenterCrop",
    "wide_image",
    lambda k: k.CenterCrop(5, 6),
    larger=lambda k: k.CenterCrop(10, 14),
    odd=lambda k: k.CenterCrop(5, 7),
)
add("Normalization", "vector", lambda k: adapted(k.Normalization(), INPUTS["vector"]),
    whole=lambda k: adapted(k.Normalization(axis=None), INPUTS["vector"]), given=lambda k: k.Normalization(mean=[1.0] * 6, variance=[4.0] * 6),
    scalars=lambda k: k.Normalization(axis=None, mean=1.0, variance=4.0),
    unadapted=lambda k: k.Normalization(), image=("image", lambda k: adapted(k.Normalization(), INPUTS["image"])),
    axis=("sequence", lambda k: adapted(k.Normalization(axis=1), INPUTS["sequence"])),
    axes=("sequence", lambda k: adapted(k.Normalization(axis=(1, 2)), INPUTS["sequence"])),
    constant=lambda k: adapted(k.Normalization(), np.ones((4, 6), "float32")),
    invert=lambda k: k.Normalization(mean=[1.0] * 6, variance=[4.0] * 6, invert=True))
add("Discretization", "vector", lambda k: k.Discretization(bin_boundaries=[-1.0, 0.0, 1.0]), bins=lambda k: k.Discretization(bins=[-1.0, 0.0, 1.0]),
    one_hot=lambda k: k.Discretization(bin_boundaries=[-1.0, 0.0, 1.0], output_mode="multi_hot"),
    learned=lambda k: adapted(k.Discretization(num_bins=3), INPUTS["vector"]))
add("CategoryEncoding", "ids", lambda k: k.CategoryEncoding(num_tokens=7), tokens=lambda k: k.CategoryEncoding(max_tokens=7),
    one_hot=("flat_ids", lambda k: k.CategoryEncoding(num_tokens=7, output_mode="one_hot")),
    count=lambda k: k.CategoryEncoding(num_tokens=7, output_mode="count"), binary=lambda k: k.CategoryEncoding(max_tokens=7, output_mode="binary"))
add("Hashing", "word", lambda k: k.Hashing(num_bins=5), salt=lambda k: k.Hashing(num_bins=5, salt=[3, 4]), masked=lambda k: k.Hashing(num_bins=5, mask_value="film"),
    ids=("ids", lambda k: k.Hashing(num_bins=5)), one_hot=lambda k: k.Hashing(num_bins=5, output_mode="multi_hot"))
add("HashedCrossing", "word", lambda k: k.HashedCrossing(num_bins=5), lambda _, layer, x: layer((x, x)))
add("CategoryCrossing", "word", lambda k: k.CategoryCrossing(), lambda _, layer, x: layer([x, x]))
add("StringLookup", "word", lambda k: k.StringLookup(vocabulary=WORDS), learned=lambda k: adapted(k.StringLookup(), np.array(WORDS)),
    one_hot=lambda k: k.StringLookup(vocabulary=WORDS, output_mode="one_hot"), oov=lambda k: k.StringLookup(vocabulary=WORDS, num_oov_indices=2),
    mask=lambda k: k.StringLookup(vocabulary=WORDS, mask_token="", oov_token="?"))
add("IntegerLookup", "ids", lambda k: k.IntegerLookup(vocabulary=[1, 2, 4]), learned=lambda k: adapted(k.IntegerLookup(), np.array([1, 2, 4])),
    multi_hot=lambda k: k.IntegerLookup(vocabulary=[1, 2, 4], output_mode="multi_hot"), mask=lambda k: k.IntegerLookup(vocabulary=[1, 2, 4], mask_token=0))
add("TextVectorization", "text", lambda k: adapted(k.TextVectorization(), INPUTS["text"]), given=lambda k: k.TextVectorization(vocabulary=WORDS, output_sequence_length=6),
    learned=lambda k: adapted(k.TextVectorization(max_tokens=9, output_sequence_length=6), INPUTS["text"]),
    multi_hot=lambda k: adapted(k.TextVectorization(max_tokens=12, output_mode="multi_hot"), INPUTS["text"]),
    binary=lambda k: adapted(k.TextVectorization(max_tokens=12, output_mode="binary"), INPUTS["text"]),
    count=lambda k: adapted(k.TextVectorization(max_tokens=12, output_mode="count"), INPUTS["text"]),
    tf_idf=lambda k: adapted(k.TextVectorization(max_tokens=12, output_mode="tf_idf"), INPUTS["text"]),
    pairs=lambda k: adapted(k.TextVectorization(ngrams=2, output_sequence_length=6), INPUTS["text"]),
    plain=lambda k: adapted(k.TextVectorization(standardize=None, output_sequence_length=6), INPUTS["text"]),
    lower=lambda k: adapted(k.TextVectorization(standardize="lower", output_sequence_length=6), INPUTS["text"]),
    characters=lambda k: adapted(k.TextVectorization(split="character", output_sequence_length=9), INPUTS["text"]))
add(
    "MelSpectrogram",
    "waves",
    lambda k: k.MelSpectrogram(
        num_mel_bins=4, sampling_rate=64, fft_length=16, sequence_stride=8, max_freq=32
    ),
)
add(
    "STFTSpectrogram",
    "waves",
    lambda k: k.STFTSpectrogram(frame_length=16, frame_step=8, fft_length=16),
    lambda k, layer, x: layer(k.Reshape((64, 1), name="wave")(x)),
)
add("Pipeline", "image", lambda k: k.Pipeline([k.Rescaling(2.0), k.CenterCrop(4, 4)]))

for name, arguments in {
    "RandomFlip": ((), ("horizontal",)),
    "RandomRotation": ((0.2,), (0.1, "constant")),
    "RandomZoom": ((0.2,), (0.2, 0.3)),
    "RandomTranslation": ((0.2, 0.2), (0.1, (-0.2, 0.3), "wrap")),
    "RandomContrast": ((0.2,), ((0.1, 0.3),)),
    "RandomBrightness": ((0.2,), ((-0.1, 0.3),)),
    "RandomCrop": ((5, 6), (8, 8), (6, 8)),
    "RandomHeight": ((0.3,), ((0.1, 0.2),)),
    "RandomWidth": ((0.3,), ((0.1, 0.2),)),
    "AugMix": ((),),
    "AutoContrast": ((),),
    "ContrastLimitedAdaptiveHistogramEqualization": ((),),
    "CutMix": ((),),
    "Equalization": ((),),
    "MixUp": ((),),
    "RandAugment": ((),),
    "RandomColorDegeneration": ((0.5,),),
    "RandomColorJitter": ((),),
    "RandomElasticTransform": ((),),
    "RandomErasing": ((),),
    "RandomGaussianBlur": ((),),
    "RandomGrayscale": ((),),
    "RandomHue": ((0.5,),),
    "RandomInvert": ((),),
    "RandomPerspective": ((),),
    "RandomPosterization": ((4,),),
    "RandomSaturation": ((0.5,),),
    "RandomSharpness": ((0.5,),),
    "RandomShear": ((),),
    "Solarization": ((),),
}.items():
    further = {f"option_{n}": made(name, *each) for n, each in enumerate(arguments[1:], 1)}
    add(name, "wide_image", made(name, *arguments[0]), **further)


def recipes() -> Iterator[Recipe]:
    """Every recipe of a layer that this release has."""
    found = find_layers()
    for name, several in RECIPES.items():
        if name in found:
            yield from several


def without_recipe() -> list[str]:
    """Layers of this release that neither have a recipe nor a reason to have none."""
    return sorted(name for name in find_layers() if name not in RECIPES and name not in ELSEWHERE)
