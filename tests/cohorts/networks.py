"""Many small networks trained side by side, each from a seed of its own: a cohort of honest learners.

One array holds a layer's weights of all networks, so that a step trains all of them at once. Adam works on
single numbers and each network's loss is its own, so every network becomes what it would become alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Loss = Callable[[Any, Any], Any]
"""(networks, batch, ...) predictions and truths to (networks, batch) losses."""


@dataclass(frozen=True)
class Training:
    """How the networks are trained."""

    loss: Loss
    epochs: int
    rate: float = 1e-3
    batch: int = 32
    decay: float = 0.0
    """Of L2."""


class Networks:
    """Dense networks of one shape, with ReLU after all layers but the last and those named `straight`."""

    def __init__(
        self, layers: list[tuple[Array, Array]], seeds: Sequence[int], straight: frozenset[int] = frozenset()
    ) -> None:
        self._layers = layers
        self._seeds = tuple(seeds)
        self._straight = straight | {len(layers) - 1}

    @classmethod
    def start(
        cls,
        sizes: Sequence[int],
        seeds: Sequence[int],
        first: float = 0.0,
        straight: frozenset[int] = frozenset(),
    ) -> Self:
        """Glorot's uniform weights; the last biases are `first`."""
        layers = []
        for inputs, outputs in pairwise(sizes):
            limit = np.sqrt(6 / (inputs + outputs))
            index = len(layers)
            kernels = [
                np.random.default_rng([seed, index]).uniform(-limit, limit, (inputs, outputs))
                for seed in seeds
            ]
            bias = first if index == len(sizes) - 2 else 0.0
            layers.append(
                (np.array(kernels, np.float32), np.full((len(seeds), 1, outputs), bias, np.float32))
            )
        return cls(layers, seeds, straight)

    def take(self, indices: Sequence[int]) -> Networks:
        """Copies of some of the networks, which go on with other seeds."""
        layers = [(kernel[list(indices)].copy(), bias[list(indices)].copy()) for kernel, bias in self._layers]
        return Networks(layers, [self._seeds[index] + 10_000 for index in indices], self._straight)

    def train(self, inputs: Array, truths: Array, training: Training) -> Networks:
        """The networks after a course; each saw the examples in an order of its own."""
        import keras
        import tensorflow as tf

        variables = [tf.Variable(array) for layer in self._layers for array in layer]
        optimizer = keras.optimizers.Adam(training.rate)
        optimizer.build(variables)
        given, wanted = tf.constant(inputs), tf.constant(truths)

        @tf.function
        def step(picked: Any) -> None:
            with tf.GradientTape() as tape:
                losses = training.loss(
                    self._forward(tf, variables, tf.gather(given, picked)), tf.gather(wanted, picked)
                )
                total = tf.reduce_sum(tf.reduce_mean(losses, axis=1))
                for kernel in variables[:-2:2]:
                    total += training.decay * tf.reduce_sum(kernel**2)
            optimizer.apply_gradients(zip(tape.gradient(total, variables), variables, strict=True))

        orders = [np.random.default_rng([seed, 99]) for seed in self._seeds]
        for _ in range(training.epochs):
            order = np.stack([random.permutation(len(inputs)) for random in orders])
            for start in range(0, len(inputs) - training.batch + 1, training.batch):
                step(tf.constant(order[:, start : start + training.batch]))
        trained = [variable.numpy() for variable in variables]
        return Networks(list(zip(trained[::2], trained[1::2], strict=True)), self._seeds, self._straight)

    def predict(self, inputs: Array) -> Array:
        """(networks, n, outputs)"""
        values = np.broadcast_to(inputs, (len(self._seeds), *inputs.shape))
        for index, (kernel, bias) in enumerate(self._layers):
            values = values @ kernel + bias
            if index not in self._straight:
                values = np.maximum(values, 0)
        return values

    def weights(self, index: int) -> list[Array]:
        """Of one network, as its file would hold them."""
        return [
            array[index].reshape(array.shape[1:] if array.shape[1] > 1 else -1)
            for layer in self._layers
            for array in layer
        ]

    def with_noise(self, share: float) -> Networks:
        """The networks with noise added to their weights: this share of each array's spread."""
        random = np.random.default_rng(7)
        layers = [
            (kernel + random.normal(0, share * kernel.std(), kernel.shape).astype(np.float32), bias)
            for kernel, bias in self._layers
        ]
        return Networks(layers, self._seeds, self._straight)

    def _forward(self, tf: Any, variables: list[Any], inputs: Any) -> Any:
        values = inputs
        for index in range(len(self._layers)):
            values = tf.matmul(values, variables[2 * index]) + variables[2 * index + 1]
            if index not in self._straight:
                values = tf.nn.relu(values)
        return values
