"""Activations of hidden layers, by the names of the parameter files, with two derivatives.

The search for poses minimises a cost that runs through the networks. Where an activation has a
kink, the cost has one, and a method that relies on derivatives takes steps that are too long across
it. The search therefore begins with rounded kinks and lets their width go to 0.

Rounding. max(x, 0) = (x + |x|)/2, and |x| = √(x²) is smooth if a square ε² is added under the root:

    y   = (x + √(x² + ε²))/2        which nears max(x, 0) as the kink width ε goes to 0,
    y'  = (1 + x/√(x² + ε²))/2      which rises from 0 to 1 within a few ε,
    y'' = ε²/(2·√(x² + ε²)³)        which is positive, and 1/(2ε) at the kink.

The rounded function lies above max(x, 0) by at most ε/2, at the kink.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import tensorflow as tf

TINY = 1e-20
"""Added under the root, so that its slope is finite where both x and the kink width are 0."""


_KinkWidth: TypeAlias = tf.Tensor | None
_Expanded: TypeAlias = tuple[tf.Tensor, tf.Tensor, tf.Tensor]


class Activation(NamedTuple):
    """An activation.

    Both functions take x [..., width] and the kink width, which is None for the activation with
    its kink, or a tensor that broadcasts with x.

    Attributes:
        value: (x, kink_width) → y.
        expand: (x, kink_width) → y, dy/dx and d²y/dx².
        has_kinks: whether the kink width makes a difference.
    """

    value: Callable[[tf.Tensor, _KinkWidth], tf.Tensor]
    expand: Callable[[tf.Tensor, _KinkWidth], _Expanded]
    has_kinks: bool = False


def _relu(x: tf.Tensor, kink_width: _KinkWidth) -> tf.Tensor:
    if kink_width is None:
        return tf.nn.relu(x)
    return 0.5 * (x + tf.sqrt(x * x + kink_width * kink_width + TINY))


def _expand_relu(x: tf.Tensor, kink_width: _KinkWidth) -> _Expanded:
    if kink_width is None:
        return tf.nn.relu(x), tf.cast(x > 0, x.dtype), tf.zeros_like(x)
    square = kink_width * kink_width + TINY
    inverse = tf.math.rsqrt(x * x + square)  # one root for the value and both derivatives
    root = 1 / inverse
    return 0.5 * (x + root), 0.5 * (1 + x * inverse), 0.5 * square * inverse**3


def _leaky_relu(x: tf.Tensor, kink_width: _KinkWidth) -> tf.Tensor:
    """max(x, x/5) = x/5 + 4/5·max(x, 0)."""
    return 0.2 * x + 0.8 * _relu(x, kink_width)


def _expand_leaky_relu(x: tf.Tensor, kink_width: _KinkWidth) -> _Expanded:
    y, slope, curvature = _expand_relu(x, kink_width)
    return 0.2 * x + 0.8 * y, 0.2 + 0.8 * slope, 0.8 * curvature


def _smooth(
    value: Callable[[tf.Tensor], tf.Tensor], expand: Callable[[tf.Tensor], _Expanded]
) -> Activation:
    """An activation without kinks, which ignores the kink width.

    Args:
        value: x → y.
        expand: x → y, dy/dx and d²y/dx².
    """
    return Activation(lambda x, kink_width: value(x), lambda x, kink_width: expand(x))


def _expand_swish(x: tf.Tensor) -> _Expanded:
    """Swish y = x·s with s' = s·(1 − s): y' = s + y·(1 − s), y'' = (1 − s)·(2·s + y·(1 − 2·s))."""
    s = tf.math.sigmoid(x)
    y, rest = x * s, 1 - s
    return y, s + y * rest, rest * (2 * s + y * (rest - s))


def _expand_elu(x: tf.Tensor, scale: float = 1.0, alpha: float = 1.0) -> _Expanded:
    """ELU: y = scale·x where x > 0, scale·alpha·(eˣ − 1) elsewhere."""
    below = scale * alpha * tf.exp(tf.minimum(x, 0.0))  # its own derivative
    is_above = x > 0
    y = tf.where(is_above, scale * x, below - scale * alpha)
    return y, tf.where(is_above, scale, below), tf.where(is_above, 0.0, below)


def _expand_selu(x: tf.Tensor) -> _Expanded:
    """ELU with the constants of Klambauer et al. 2017."""
    return _expand_elu(x, 1.0507009873554805, 1.6732632423543772)


def _expand_tanh(x: tf.Tensor) -> _Expanded:
    y = tf.math.tanh(x)
    slope = 1 - y * y
    return y, slope, -2 * y * slope


def _expand_softplus(x: tf.Tensor) -> _Expanded:
    slope = tf.math.sigmoid(x)
    return tf.math.softplus(x), slope, slope * (1 - slope)


ACTIVATIONS = {
    "relu": Activation(_relu, _expand_relu, has_kinks=True),
    "leaky_relu": Activation(_leaky_relu, _expand_leaky_relu, has_kinks=True),
    "elu": _smooth(tf.nn.elu, _expand_elu),
    "selu": _smooth(tf.nn.selu, _expand_selu),
    "tanh": _smooth(tf.math.tanh, _expand_tanh),
    "softplus": _smooth(tf.math.softplus, _expand_softplus),
    "swish": _smooth(lambda x: x * tf.math.sigmoid(x), _expand_swish),
}
