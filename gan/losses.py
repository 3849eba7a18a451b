"""What the critic and the generator minimise, as functions of the critic's logits.

Names as in the parameter files:
    wasserstein: Arjovsky et al. 2017; the critic needs weight clipping or a gradient penalty.
    minimax: Goodfellow et al. 2014, equation 1.
    modified: the same with the generator's non-saturating loss (section 3 there).
    least_squares: Mao et al. 2017, equation 9 (a = 0, b = c = 1).
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class Loss(NamedTuple):
    """Losses of the two players: means over a batch.

    Attributes:
        critic: (logits of real poses, logits of generated poses) → scalar.
        generator: logits of generated poses → scalar.
    """

    critic: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    generator: Callable[[tf.Tensor], tf.Tensor]


def _log_loss_if_real(logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.math.softplus(-logits))


def _log_loss_if_fake(logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.math.softplus(logits))


def _half_square(x: tf.Tensor) -> tf.Tensor:
    return 0.5 * tf.reduce_mean(tf.square(x))


def _tell_apart(real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    return _log_loss_if_real(real) + _log_loss_if_fake(fake)


LOSSES = {
    "wasserstein": Loss(
        critic=lambda real, fake: tf.reduce_mean(fake) - tf.reduce_mean(real),
        generator=lambda fake: -tf.reduce_mean(fake),
    ),
    "minimax": Loss(critic=_tell_apart, generator=lambda fake: -_log_loss_if_fake(fake)),
    "modified": Loss(critic=_tell_apart, generator=_log_loss_if_real),
    "least_squares": Loss(
        critic=lambda real, fake: _half_square(real - 1) + _half_square(fake),
        generator=lambda fake: _half_square(fake - 1),
    ),
}


def gradient_penalty(critic: Callable, real: tf.Tensor, fake: tf.Tensor, mix: tf.Tensor):
    """Mean of (‖∇D‖ − 1)² between real and generated poses (Gulrajani et al. 2017, equation 3).

    Args:
        critic: poses → logits.
        real: [batch, n_joints, 3] poses.
        fake: [batch, n_joints, 3] poses.
        mix: [batch] in [0, 1): where between the two the gradient is taken.

    Returns:
        Scalar.
    """
    between = real + mix[:, None, None] * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(between)
        logits = critic(between)
    squares = tf.reduce_sum(tf.square(tape.gradient(logits, between)), axis=[1, 2])
    return tf.reduce_mean(tf.square(tf.sqrt(squares + 1e-12) - 1.0))
