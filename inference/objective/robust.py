"""Losses of a reprojection error that grow more slowly than its square: outliers pull less.

With s the squared length of a joint's error and σ the scale, both in the image's unit, the loss
takes the place of ½·s:

    none            s
    huber           s where s ≤ σ², 2·σ·√s − σ² beyond       (Huber 1964)
    geman_mcclure   s / (1 + s/σ²)                            (Geman and McClure 1987)

each times ½. Weighting a joint by the loss's slope by s makes a least-squares problem with the
same gradient, and a positive semi-definite curvature.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class RobustLoss(NamedTuple):
    """A loss of squared errors; `value` and `slope` take (s, σ²)."""

    value: Callable[[tf.Tensor, float], tf.Tensor]
    slope: Callable[[tf.Tensor, float], tf.Tensor]


def _square(s: tf.Tensor, square: float) -> tf.Tensor:
    return s


def _square_slope(s: tf.Tensor, square: float) -> tf.Tensor:
    return tf.ones_like(s)


def _huber(s: tf.Tensor, square: float) -> tf.Tensor:
    return tf.where(s <= square, s, 2 * tf.sqrt(square * tf.maximum(s, square)) - square)


def _huber_slope(s: tf.Tensor, square: float) -> tf.Tensor:
    return tf.sqrt(square / tf.maximum(s, square))


def _geman_mcclure(s: tf.Tensor, square: float) -> tf.Tensor:
    return s / (1 + s / square)


def _geman_mcclure_slope(s: tf.Tensor, square: float) -> tf.Tensor:
    return (1 + s / square) ** -2


ROBUST_LOSSES = {
    "none": RobustLoss(_square, _square_slope),
    "huber": RobustLoss(_huber, _huber_slope),
    "geman_mcclure": RobustLoss(_geman_mcclure, _geman_mcclure_slope),
}
