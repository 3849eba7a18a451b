"""What the critic and the generator minimise, as functions of the critic's logits.

Means are over a batch, the last axis of logits; members of a population may be before it.

Names as in the parameter files:
    wasserstein: Arjovsky et al. 2017; the critic needs weight clipping or a gradient penalty.
    minimax: Goodfellow et al. 2014, equation 1.
    modified: the same with the generator's non-saturating loss (section 3 there).
    least_squares: Mao et al. 2017, equation 9 (a = 0, b = c = 1).
    relativistic: Jolicoeur-Martineau 2018, pairwise: a generated pose is to look more real than
        the real one beside it. Converges with penalties of the critic's slope at both (Huang et
        al. 2024).
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class Loss(NamedTuple):
    """Losses of the two players: means over a batch.

    Attributes:
        critic: (logits of real poses, logits of generated poses) → scalar.
        generator: the same → scalar. All losses but one use those of generated poses alone.
    """

    critic: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    generator: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def _log_loss_if_real(logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.math.softplus(-logits), axis=-1)


def _log_loss_if_fake(logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.math.softplus(logits), axis=-1)


def _half_square(x: tf.Tensor) -> tf.Tensor:
    return 0.5 * tf.reduce_mean(tf.square(x), axis=-1)


def _tell_apart(real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    return _log_loss_if_real(real) + _log_loss_if_fake(fake)


LOSSES = {
    "wasserstein": Loss(
        critic=lambda real, fake: tf.reduce_mean(fake, axis=-1) - tf.reduce_mean(real, axis=-1),
        generator=lambda real, fake: -tf.reduce_mean(fake, axis=-1),
    ),
    "minimax": Loss(critic=_tell_apart, generator=lambda real, fake: -_log_loss_if_fake(fake)),
    "modified": Loss(critic=_tell_apart, generator=lambda real, fake: _log_loss_if_real(fake)),
    "least_squares": Loss(
        critic=lambda real, fake: _half_square(real - 1) + _half_square(fake),
        generator=lambda real, fake: _half_square(fake - 1),
    ),
    "relativistic": Loss(
        critic=lambda real, fake: _log_loss_if_real(real - fake),
        generator=lambda real, fake: _log_loss_if_real(fake - real),
    ),
}


def gradient_penalty(critic: Callable, real: tf.Tensor, fake: tf.Tensor, mix: tf.Tensor):
    """Mean of (‖∇D‖ − 1)² between real and generated poses (Gulrajani et al. 2017, equation 3).

    Args:
        critic: poses → logits.
        real: [..., batch, n_joints, 3] poses.
        fake: [..., batch, n_joints, 3] poses.
        mix: [..., batch] in [0, 1): where between the two the gradient is taken.

    Returns:
        [...].
    """
    between = real + mix[..., None, None] * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(between)
        logits = critic(between)
    squares = tf.reduce_sum(tf.square(tape.gradient(logits, between)), axis=[-2, -1])
    return tf.reduce_mean(tf.square(tf.sqrt(squares + 1e-12) - 1.0), axis=-1)


def slope_penalty(critic: Callable, poses: tf.Tensor) -> tf.Tensor:
    """Half the mean of ‖∇D‖² at poses: R1 at real ones, R2 at generated (Mescheder et al. 2018).

    Args:
        critic: poses → logits.
        poses: [..., batch, n_joints, 3].

    Returns:
        [...].
    """
    with tf.GradientTape() as tape:
        tape.watch(poses)
        logits = critic(poses)
    squares = tf.reduce_sum(tf.square(tape.gradient(logits, poses)), axis=[-2, -1])
    return 0.5 * tf.reduce_mean(squares, axis=-1)


def autoencoding_loss(
    errors: tf.Tensor,
    mean: tf.Tensor,
    log_variance: tf.Tensor,
    reconstruction_weight: float,
    kl_weight: float,
) -> tf.Tensor:
    """What a variational autoencoder minimises (Kingma and Welling 2014, equation 10).

    Args:
        errors: [..., batch, 3·n_joints] of decoded poses.
        mean: [..., batch, n_z] of the encoded ones.
        log_variance: [..., batch, n_z] likewise.
        reconstruction_weight: of half the squared error.
        kl_weight: of the divergence from N(0, I).

    Returns:
        [...].
    """
    squares = tf.reduce_sum(errors**2, axis=-1)
    divergence = tf.reduce_sum(mean**2 + tf.exp(log_variance) - 1 - log_variance, axis=-1)
    return 0.5 * tf.reduce_mean(reconstruction_weight * squares + kl_weight * divergence, axis=-1)
