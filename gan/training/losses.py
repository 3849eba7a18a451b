"""What the critic and the generator minimise, as functions of the critic's logits.

Let D be the critic's logits of real poses, D' those of generated poses, and log σ(D) =
−softplus(−D) the logarithm of the probability that a pose is real. Means are over a batch, the last
axis of logits; members of a population may be an axis before it.

| name          | the critic minimises the mean of | the generator minimises the mean of |
| ------------- | -------------------------------- | ----------------------------------- |
| wasserstein   | D' − D                           | −D'                                 |
| minimax       | −log σ(D) − log(1 − σ(D'))       | log(1 − σ(D'))                      |
| modified      | −log σ(D) − log(1 − σ(D'))       | −log σ(D')                          |
| least_squares | ½(D − 1)² + ½D'²                 | ½(D' − 1)²                          |
| relativistic  | −log σ(D − D')                   | −log σ(D' − D)                      |

wasserstein: Arjovsky et al. 2017. The mean difference is the Wasserstein distance if D is the best
    function of slope 1 at most, so the critic needs weight clipping or a gradient penalty.
minimax: Goodfellow et al. 2014, equation 1.
modified: the non-saturating loss of Goodfellow et al. 2014, section 3: where the critic is sure
    that poses are generated, the generator's gradient does not vanish.
least_squares: Mao et al. 2017, equation 9 with a = 0 and b = c = 1.
relativistic: Jolicoeur-Martineau 2018, in pairs: a generated pose is to look more real than the
    real pose beside it in the batch. It converges with penalties on the critic's slope at real and
    at generated poses (Huang et al. 2024).

In minimax and modified, with label smoothing ε (Szegedy et al. 2016), the critic's term of real
poses is −(1 − ε/2)·log σ(D) − ε/2·log(1 − σ(D)), so that the critic is never quite sure that a pose
is real.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

_Critic = Callable[[tf.Tensor], tf.Tensor]


class Loss(NamedTuple):
    """The losses of the two players.

    Both functions take the logits of real poses and those of generated poses, [..., batch] each,
    and return the mean over the batch, [...].

    Attributes:
        critic: the critic's loss.
        generator: the generator's loss; only the relativistic one depends on the real poses.
    """

    critic: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    generator: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def _log_loss(logits: tf.Tensor) -> tf.Tensor:
    """The mean of −log σ, finite for all logits. As 1 − σ(D) = σ(−D), that of −D is −log(1 − σ)."""
    return tf.reduce_mean(tf.math.softplus(-logits), axis=-1)


def _half_square(x: tf.Tensor) -> tf.Tensor:
    """The mean of ½x²."""
    return 0.5 * tf.reduce_mean(tf.square(x), axis=-1)


def _cross_entropy(label_smoothing: float) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """The mean of −log σ(D) − log(1 − σ(D')): the critic guesses which poses are real."""
    doubt = label_smoothing / 2

    def critic(real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
        return (1 - doubt) * _log_loss(real) + doubt * _log_loss(-real) + _log_loss(-fake)

    return critic


def loss_of(loss_type: str, label_smoothing: float = 0.0) -> Loss:
    """The losses of a name.

    Args:
        loss_type: a name in the table above.
        label_smoothing: ε, for "minimax" and "modified".
    """
    loss = LOSSES[loss_type]
    return loss._replace(critic=_cross_entropy(label_smoothing)) if label_smoothing else loss


LOSSES = {
    "wasserstein": Loss(
        critic=lambda real, fake: tf.reduce_mean(fake, axis=-1) - tf.reduce_mean(real, axis=-1),
        generator=lambda real, fake: -tf.reduce_mean(fake, axis=-1),
    ),
    "minimax": Loss(critic=_cross_entropy(0.0), generator=lambda real, fake: -_log_loss(-fake)),
    "modified": Loss(critic=_cross_entropy(0.0), generator=lambda real, fake: _log_loss(fake)),
    "least_squares": Loss(
        critic=lambda real, fake: _half_square(real - 1) + _half_square(fake),
        generator=lambda real, fake: _half_square(fake - 1),
    ),
    "relativistic": Loss(
        critic=lambda real, fake: _log_loss(real - fake),
        generator=lambda real, fake: _log_loss(fake - real),
    ),
}


def gradient_penalty(
    critic: _Critic, real: tf.Tensor, fake: tf.Tensor, mix: tf.Tensor
) -> tf.Tensor:
    """The mean of (‖∇D‖ − 1)² between real and generated poses.

    It is the mean over the batch, as in the paper below. The original repository has the sum: its
    `gradient_loss_factor` of w is a `gradient_penalty_weight` of w times the batch size here.

    Gulrajani et al. 2017, equation 3: the best Wasserstein critic has the slope 1 almost everywhere
    on straight lines between the two distributions.

    Args:
        critic: poses → logits.
        real: [..., batch, n_joints, 3] real poses.
        fake: [..., batch, n_joints, 3] generated poses.
        mix: [..., batch] shares in [0, 1) of the generated pose in the pose between the two at
            which the gradient is taken.

    Returns:
        [...].
    """
    squares = _squared_slopes(critic, real + mix[..., None, None] * (fake - real))
    # The root has an infinite slope at 0, where a flat critic begins; 1e-12 keeps it finite.
    return tf.reduce_mean(tf.square(tf.sqrt(squares + 1e-12) - 1.0), axis=-1)


def slope_penalty(critic: _Critic, poses: tf.Tensor) -> tf.Tensor:
    """The mean of ½‖∇D‖²: the penalty R1 at real poses, R2 at generated poses.

    Mescheder et al. 2018: it damps the game of the two players, who otherwise circle around the
    equilibrium.

    Args:
        critic: poses → logits.
        poses: [..., batch, n_joints, 3].

    Returns:
        [...].
    """
    return 0.5 * tf.reduce_mean(_squared_slopes(critic, poses), axis=-1)


def _squared_slopes(critic: _Critic, poses: tf.Tensor) -> tf.Tensor:
    """‖∇D‖² [..., batch] at poses [..., batch, n_joints, 3]."""
    with tf.GradientTape() as tape:
        tape.watch(poses)
        logits = critic(poses)
    # A logit depends on its own pose alone: the gradient of their sum, which the tape takes, is
    # that of each. The trainer's own tape, around this one, differentiates it by the weights.
    return tf.reduce_sum(tf.square(tape.gradient(logits, poses)), axis=[-2, -1])


def autoencoding_loss(
    errors: tf.Tensor,
    mean: tf.Tensor,
    log_variance: tf.Tensor,
    reconstruction_weight: float,
    kl_weight: float,
) -> tf.Tensor:
    """What a variational autoencoder minimises (Kingma and Welling 2014, equation 10).

    The encoder maps a pose to the normal distribution N(mean, variance) of latent vectors, and the
    generator decodes a sample of it. The loss is the mean over the batch of

        w_r·½‖error‖² + w_kl·KL(N(mean, variance) ‖ N(0, I)),
        KL = ½·Σ(mean² + variance − 1 − log variance)         (appendix B there).

    Args:
        errors: [..., batch, 3·n_joints] coordinates of decoded poses minus those of the poses.
        mean: [..., batch, n_z] means of the encoder's distributions.
        log_variance: [..., batch, n_z] logarithms of their variances.
        reconstruction_weight: w_r.
        kl_weight: w_kl.

    Returns:
        [...].
    """
    squares = tf.reduce_sum(errors**2, axis=-1)
    divergence = tf.reduce_sum(mean**2 + tf.exp(log_variance) - 1 - log_variance, axis=-1)
    return 0.5 * tf.reduce_mean(reconstruction_weight * squares + kl_weight * divergence, axis=-1)
