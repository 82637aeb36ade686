"""What is built in and no layer: activations, initialisers, optimizers and so on, and ways to join layers."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Iterator  # noqa: UP035 - Python 3.8

import tensorflow as tf
from mask_table import masks
from recipes import Recipe, keras, two

NO_FUNCTIONS = ("deserialize", "get", "serialize")
OF_TENSORFLOW = (
    *("nn.relu", "nn.relu6", "nn.elu", "nn.selu", "nn.gelu", "nn.silu", "nn.swish", "nn.softmax"),
    *("nn.log_softmax", "nn.sigmoid", "nn.tanh", "nn.softplus", "nn.softsign", "nn.leaky_relu", "nn.crelu"),
    *("sigmoid", "tanh", "identity", "exp", "sin", "cos", "abs", "square", "sqrt", "nn.l2_normalize"),
    *("math.log_sigmoid", "math.softplus", "math.erf", "math.sign", "math.sigmoid", "math.tanh", "math.exp"),
)
"""Functions of TensorFlow that people give as an activation."""
WITH_ARGUMENTS: Any = {
    "Constant": {"value": 0.3},
    "constant": {"value": 0.3},
    "RandomNormal": {"stddev": 0.2},
    "RandomUniform": {"minval": -0.2, "maxval": 0.2},
    "OrthogonalRegularizer": {"factor": 0.02},
    "L1L2": {"l1": 0.01, "l2": 0.01},
    "MinMaxNorm": {"min_value": 0.1, "max_value": 0.9},
}
SPECIAL = ("STFT", "STFTInitializer", "stft", "RadialConstraint", "radial_constraint")
"""For kernels of one shape."""


def usages() -> Iterator[Recipe]:
    yield from activations()
    yield from layers_as_activations()
    for module, argument in (
        (keras.initializers, "kernel_initializer"),
        (keras.regularizers, "kernel_regularizer"),
        (keras.constraints, "kernel_constraint"),
    ):
        yield from objects(module, argument)
    yield from joined()
    yield from masks()


def names(module: Any, wanted: Callable[[Any], bool]) -> list[str]:
    return [
        name for name, item in vars(module).items() if wanted(item) and name not in (*NO_FUNCTIONS, *SPECIAL)
    ]


def activations() -> Iterator[Recipe]:
    for name in names(keras.activations, inspect.isroutine):
        yield Recipe("activation", name, "vector", lambda k, name=name: k.Dense(4, activation=name), None)
        yield Recipe(
            "activation",
            f"function_{name}",
            "vector",
            lambda k, name=name: k.Activation(getattr(keras.activations, name)),
            None,
        )
    for path in OF_TENSORFLOW:
        function: Any = tf
        for part in path.split("."):
            function = getattr(function, part, None)
        if function is not None:
            yield Recipe(
                "activation", f"tf_{path}", "vector", lambda k, f=function: k.Dense(4, activation=f), None
            )
            yield Recipe(
                "activation", f"layer_tf_{path}", "vector", lambda k, f=function: k.Activation(f), None
            )


AS_ACTIVATION: Any = {
    "LeakyReLU": {},
    "leaky": {"LeakyReLU": {"alpha": 0.1}},
    "slope": {"LeakyReLU": {"negative_slope": 0.1}},
    "ELU": {"ELU": {"alpha": 0.3}},
    "ReLU": {"ReLU": {"max_value": 0.5, "threshold": 0.1}},
    "Softmax": {"Softmax": {"axis": 1}},
    "ThresholdedReLU": {"ThresholdedReLU": {"theta": 0.3}},
    "Activation": {"Activation": {"activation": "tanh"}},
}
"""Layers that people give as another layer's activation: which, and its options."""


def layers_as_activations() -> Iterator[Recipe]:
    for option, described in AS_ACTIVATION.items():
        ((name, options),) = (described or {option: {}}).items()

        for layer, inputs, settings in (
            ("Dense", "vector", (4,)),
            ("Conv2D", "image", (3, 2)),
            ("LSTM", "sequence", (3,)),
        ):

            def make(k: Any, made: Any = (layer, settings, name, options)) -> Any:
                outer, arguments, inner, given = made
                return getattr(k, outer)(*arguments, activation=getattr(k, inner)(**given))

            yield Recipe("activation", f"layer_{option}_of_{layer}", inputs, make, None)


def objects(module: Any, argument: str) -> Iterator[Recipe]:
    """Each class as an object, and by its name where it needs no arguments."""
    family = argument.split("_")[1]
    base = getattr(module, family.capitalize(), None)
    seen = []
    for name in names(module, inspect.isclass):
        item = getattr(module, name)
        if item is base or item in seen:
            continue
        seen.append(item)
        options = WITH_ARGUMENTS.get(name, {})
        yield Recipe(
            family,
            name,
            "vector",
            lambda k, item=item, options=options: k.Dense(6, **{argument: item(**options)}),
            None,
        )
    for name in names(module, lambda item: inspect.isroutine(item) or inspect.isclass(item)):
        if name.islower():
            yield Recipe(
                family, f"named_{name}", "vector", lambda k, name=name: k.Dense(6, **{argument: name}), None
            )


def optimizers() -> list[str]:
    return names(
        keras.optimizers, lambda item: inspect.isclass(item) and item is not keras.optimizers.Optimizer
    )


def shared_layer(layers: Any, layer: Any, x: Any) -> Any:
    return layer(layer(x))


def residual(layers: Any, layer: Any, x: Any) -> Any:
    return layers.Add(name="sum")([layer(x), x])


def mean_of_axes(layers: Any, layer: Any, x: Any) -> Any:
    """An operation of Keras 3, with several axes."""
    return keras.ops.mean(layer(x), axis=[1, 2])


def inner_model(shape: tuple[int, ...]) -> Callable[[Any], Any]:
    def make(layers: Any) -> Any:
        x = keras.Input(shape, name="inner_input")
        return keras.Model(x, layers.Dense(shape[-1], name="inner_dense")(x), name="inner")

    return make


def two_to_one(layers: Any) -> Any:
    left, right = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    return keras.Model([left, right], layers.Concatenate(name="both")([left, right]), name="inner_two")


def one_to_two(layers: Any) -> Any:
    x = keras.Input((6,), name="c")
    return keras.Model(x, [layers.Dense(3, name="p")(x), layers.Dense(3, name="q")(x)], name="inner_out")


def joined() -> Iterator[Recipe]:
    yield Recipe("joined", "shared_layer", "vector", lambda k: k.Dense(6), shared_layer)
    yield Recipe("joined", "residual", "vector", lambda k: k.Dense(6), residual)
    yield Recipe("joined", "model", "vector", inner_model((6,)), None)
    yield Recipe("joined", "shared_model", "vector", inner_model((6,)), shared_layer)
    yield Recipe("joined", "residual_model", "vector", inner_model((6,)), residual)
    yield Recipe("joined", "model_of_two", "vector", two_to_one, two)
    yield Recipe("joined", "two_of_model", "vector", one_to_two, lambda k, m, x: k.Add(name="sum")(m(x)))
    yield Recipe("joined", "named_with_slash", "vector", lambda k: k.Dense(4, name="block/dense"), None)
    yield Recipe("joined", "named_with_dot", "vector", lambda k: k.Dense(4, name="block.dense"), None)
    yield Recipe("joined", "plus_two", "vector", lambda k: k.Dense(4), lambda k, layer, x: layer(x) + 2.0)
    yield Recipe("joined", "slice", "sequence", lambda k: k.Dense(4), lambda k, layer, x: layer(x)[:, 0])
    yield Recipe(
        "joined", "last_step", "sequence", lambda k: k.Dense(4), lambda k, layer, x: layer(x)[:, -1, :]
    )
    yield Recipe("joined", "mean_of_axes", "image", lambda k: k.Conv2D(3, 2), mean_of_axes)
    yield Recipe("joined", "policy", "image", lambda k: k.Conv2D(3, 2, dtype="mixed_float16"), None)
    yield Recipe(
        "joined",
        "deep",
        "vector",
        lambda k: keras.Sequential(
            [keras.Input((6,)), keras.Sequential([keras.Input((6,)), k.Dense(5)]), k.Dense(4)]
        ),
        None,
    )
