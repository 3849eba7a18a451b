"""Losses of a reprojection error that grow more slowly than its square: outliers pull less.

With s the squared length of a joint's error and σ the scale, both in the unit of image points, the
loss ρ(s) takes the place of s in the reprojection term ½·Σ w·ρ(s):

    none            s
    huber           s where s ≤ σ², 2·σ·√s − σ² beyond       (Huber 1964)
    geman_mcclure   s / (1 + s/σ²)                            (Geman and McClure 1987)

Each has the slope ρ'(0) = 1, so small errors count as their squares.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class RobustLoss(NamedTuple):
    """A loss of squared errors.

    Attributes:
        value: (s, σ²) → ρ(s), of the shape of s.
        slope: (s, σ²) → ρ'(s), of the shape of s.
    """

    value: Callable[[tf.Tensor, float], tf.Tensor]
    slope: Callable[[tf.Tensor, float], tf.Tensor]


def _huber(s: tf.Tensor, square: float) -> tf.Tensor:
    # The maximum keeps the root's slope finite in the branch that is not used.
    return tf.where(s <= square, s, 2 * tf.sqrt(square * tf.maximum(s, square)) - square)


def _huber_slope(s: tf.Tensor, square: float) -> tf.Tensor:
    return tf.sqrt(square / tf.maximum(s, square))


def _geman_mcclure(s: tf.Tensor, square: float) -> tf.Tensor:
    return s / (1 + s / square)


def _geman_mcclure_slope(s: tf.Tensor, square: float) -> tf.Tensor:
    return (1 + s / square) ** -2


ROBUST_LOSSES = {
    "none": RobustLoss(lambda s, square: s, lambda s, square: tf.ones_like(s)),
    "huber": RobustLoss(_huber, _huber_slope),
    "geman_mcclure": RobustLoss(_geman_mcclure, _geman_mcclure_slope),
}
