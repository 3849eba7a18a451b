"""Activations of hidden layers, by the names of the parameter files, with two derivatives.

Those with a kink can be rounded: rectified linear units become (x + √(x² + ε²))/2, which nears
max(x, 0) as the smoothing ε goes to 0.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

TINY = 1e-20  # keeps the root's slope finite where both x and ε are 0


class Activation(NamedTuple):
    """An activation; both functions take (x, smoothing), smoothing None or a tensor.

    Attributes:
        value: y.
        expand: y, dy/dx and d²y/dx².
        has_kinks: whether smoothing matters.
    """

    value: Callable[[tf.Tensor, tf.Tensor | None], tf.Tensor]
    expand: Callable[[tf.Tensor, tf.Tensor | None], tuple[tf.Tensor, tf.Tensor, tf.Tensor]]
    has_kinks: bool = False


def _relu(x: tf.Tensor, smoothing) -> tf.Tensor:
    if smoothing is None:
        return tf.nn.relu(x)
    return 0.5 * (x + tf.sqrt(x * x + smoothing * smoothing + TINY))


def _expand_relu(x: tf.Tensor, smoothing):
    if smoothing is None:
        return tf.nn.relu(x), tf.cast(x > 0, x.dtype), tf.zeros_like(x)
    square = smoothing * smoothing + TINY
    inverse = tf.math.rsqrt(x * x + square)
    root = 1 / inverse
    return 0.5 * (x + root), 0.5 * (1 + x * inverse), 0.5 * square * inverse**3


def _leaky_relu(x: tf.Tensor, smoothing) -> tf.Tensor:
    return 0.2 * x + 0.8 * _relu(x, smoothing)


def _expand_leaky_relu(x: tf.Tensor, smoothing):
    y, slope, curvature = _expand_relu(x, smoothing)
    return 0.2 * x + 0.8 * y, 0.2 + 0.8 * slope, 0.8 * curvature


def _smooth(function: Callable[[tf.Tensor], tf.Tensor]) -> Activation:
    """An activation without kinks: smoothing changes nothing, derivatives are automatic."""

    def expand(x: tf.Tensor, smoothing):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = function(x)
            slope = inner.gradient(y, x)
        return y, slope, outer.gradient(slope, x)

    return Activation(lambda x, smoothing: function(x), expand)


ACTIVATIONS = {
    "relu": Activation(_relu, _expand_relu, has_kinks=True),
    "leaky_relu": Activation(_leaky_relu, _expand_leaky_relu, has_kinks=True),
    "elu": _smooth(tf.nn.elu),
    "selu": _smooth(tf.nn.selu),
    "tanh": _smooth(tf.math.tanh),
    "softplus": _smooth(tf.math.softplus),
    "swish": _smooth(lambda x: x * tf.math.sigmoid(x)),
}
