"""The objective: how well a parameterised pose explains what was seen, and its derivatives.

A frame's variables are x = (z, φ, x₀, y₀): the latent vector, the yaw and the position on the
ground. With the generator G, the sequence's scale s and the camera R, t, f, c:

    p3w = s·Rz(φ)·G(z) + (x₀, y₀, 0)        p3c = R·p3w + t        u = f·(p3c.xy / p3c.z) + c

The cost of a frame is, for observed image points p2 with confidences w,

    consistency_weight · ½ Σ w·ρ(‖u − p2‖²)  −  critic_weight · D(G(z))  +  prior_weight · ½‖z‖²

(Jack et al. 2017, section 3.3; there ρ(s) = s and no latent prior; see `inference.robust`). The
terms that couple a frame to the next are in `inference.motion`. A frame in which a seen joint would
lie behind the camera costs infinity.
"""

from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from gan.networks import Critic, Generator
from human_pose_util.skeleton import Converter
from human_pose_util.transforms import project, rotation_about, transform_frame
from inference.robust import ROBUST_LOSSES


class Frames(NamedTuple):
    """Observations of a batch of frames as tensors; shapes as in `Observations`."""

    p2: tf.Tensor
    weights: tf.Tensor
    r: tf.Tensor
    t: tf.Tensor
    f: tf.Tensor
    c: tf.Tensor


class Poses(NamedTuple):
    """Poses in the world, and what their derivatives are made of; the coordinate before the joint.

    Attributes:
        p3w: [batch, n_joints, 3].
        by_z: [batch, n_z, 3, n_joints] derivatives of the generated pose G(z).
        turn: [batch, 3, 3] s·Rz(φ), which takes those to the world.
        by_yaw: [batch, 3, n_joints].
        by_scale: [batch, 3, n_joints].
    """

    p3w: tf.Tensor
    by_z: tf.Tensor
    turn: tf.Tensor
    by_yaw: tf.Tensor
    by_scale: tf.Tensor

    def by_x(self) -> tf.Tensor:
        """[batch, n_x, 3, n_joints] derivatives by all variables of a frame."""
        ground = tf.broadcast_to(tf.eye(3)[:2, :, None], tf.shape(self.by_z[:, :2]))
        return tf.concat([self.turn[:, None] @ self.by_z, self.by_yaw[:, None], ground], axis=1)


class Quadratic(NamedTuple):
    """A frame's cost around x and s: value, slopes, and positive semi-definite curvatures.

    Attributes:
        cost: [batch].
        by_x: [batch, n_x] gradient.
        by_xx: [batch, n_x, n_x] Gauss–Newton approximation of the Hessian.
        by_s: [batch].
        by_xs: [batch, n_x].
        by_ss: [batch].
    """

    cost: tf.Tensor
    by_x: tf.Tensor
    by_xx: tf.Tensor
    by_s: tf.Tensor
    by_xs: tf.Tensor
    by_ss: tf.Tensor


@dataclass(frozen=True)
class Weights:
    """Weights of the terms; names as in the parameter files.

    `robust_loss` and `robust_scale` (in the image's unit) say how reprojection errors count.
    """

    consistency: float = 1.0
    critic: float = 0.0
    smoothness: float = 0.0
    glide: float = 0.0
    prior: float = 0.0
    robust_loss: str = "none"
    robust_scale: float = 1.0

    @property
    def couples_frames(self) -> bool:
        """Whether a term ties a frame to its neighbours."""
        return self.smoothness > 0 or self.glide > 0


class Objective:
    """The part of the objective that concerns single frames.

    Args:
        generator: latent vectors → poses.
        critic: poses → logits.
        converter: from the generator's skeleton to that of the observations.
        weights: of the terms.
    """

    def __init__(
        self, generator: Generator, critic: Critic, converter: Converter, weights: Weights
    ):
        self.generator, self.critic, self.converter = generator, critic, converter
        self.weights = weights
        self._robust = ROBUST_LOSSES[weights.robust_loss]
        self.n_z = generator.n_z
        self.n_x = generator.n_z + 3

    def decode(self, x: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        """Poses in the world: x [batch, n_x], scale [batch] → [batch, n_joints, 3]."""
        z, yaw, ground = self._split(x)
        local = self.converter.convert(self.generator(z))
        turned = local @ tf.linalg.matrix_transpose(rotation_about(yaw, "z"))
        return scale[:, None, None] * turned + ground[:, None, :]

    def cost(self, x: tf.Tensor, scale: tf.Tensor, frames: Frames) -> tf.Tensor:
        """Costs of frames: x [batch, n_x], scale [batch] → [batch]."""
        z = x[:, : self.n_z]
        p3c = transform_frame(self.decode(x, scale), frames.r, frames.t)
        errors = project(p3c, frames.f, frames.c) - frames.p2
        total = self._consistency(errors, frames.weights) + self._regularizer(z)
        return tf.where(_in_front(p3c, frames.weights), total, float("inf"))

    def linearize(self, x: tf.Tensor, scale: tf.Tensor, smoothing: tf.Tensor) -> Poses:
        """Poses in the world with derivatives: x [batch, n_x], scale and smoothing [batch]."""
        z, yaw, ground = self._split(x)
        generated, by_z = self.generator.linearize(z, smoothing[:, None])
        local = tf.linalg.matrix_transpose(self.converter.convert(generated))
        rotation = rotation_about(yaw, "z")
        turned = rotation @ local
        s = scale[:, None, None]
        quarter = tf.stack([-turned[:, 1], turned[:, 0], tf.zeros_like(turned[:, 0])], axis=1)
        p3w = tf.linalg.matrix_transpose(s * turned) + ground[:, None, :]
        return Poses(p3w, self.converter.convert(by_z, axis=-1), s * rotation, s * quarter, turned)

    def quadratic(
        self, x: tf.Tensor, scale: tf.Tensor, smoothing: tf.Tensor, frames: Frames
    ) -> Quadratic:
        """The cost around x [batch, n_x] and scale [batch], with kinks rounded [batch]."""
        return self.quadratic_of(self.linearize(x, scale, smoothing), x, smoothing, frames)

    def quadratic_of(
        self, poses: Poses, x: tf.Tensor, smoothing: tf.Tensor, frames: Frames
    ) -> Quadratic:
        """The cost around x, given what `linearize` found there."""
        p3c = transform_frame(poses.p3w, frames.r, frames.t)
        errors = project(p3c, frames.f, frames.c) - frames.p2
        consistency = self._consistency(errors, frames.weights)
        pull = self._robust.slope(tf.reduce_sum(errors**2, axis=2), self.weights.robust_scale**2)
        root_weights = tf.sqrt(self.weights.consistency * frames.weights * pull)
        errors *= root_weights[..., None]
        lens = _lens(p3c, frames) * root_weights[:, None, None, :]
        by_x = tf.concat(
            [
                _through(_after(lens, poses.turn)[:, None], poses.by_z),
                _through(lens, poses.by_yaw)[:, None],
                tf.transpose(lens[:, :, :2], [0, 2, 1, 3]),
            ],
            axis=1,
        )
        m = 2 * errors.shape[1]
        errors = tf.reshape(tf.linalg.matrix_transpose(errors), [-1, m, 1])
        by_s = tf.reshape(_through(lens, poses.by_scale), [-1, m, 1])
        jacobian = tf.reshape(by_x, [-1, self.n_x, m])
        regularizer, slope, curvature = self._regularizer_slope(x[:, : self.n_z], smoothing)
        return Quadratic(
            tf.where(_in_front(p3c, frames.weights), consistency + regularizer, float("inf")),
            (jacobian @ errors)[..., 0] + slope,
            tf.matmul(jacobian, jacobian, transpose_b=True) + curvature,
            tf.reduce_sum(by_s * errors, axis=[1, 2]),
            (jacobian @ by_s)[..., 0],
            tf.reduce_sum(by_s**2, axis=[1, 2]),
        )

    def _split(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        ground = tf.concat([x[:, self.n_z + 1 :], tf.zeros_like(x[:, :1])], axis=1)
        return x[:, : self.n_z], x[:, self.n_z], ground

    def _consistency(self, errors: tf.Tensor, confidences: tf.Tensor) -> tf.Tensor:
        """[batch] the term of reprojection errors [batch, n_joints, 2]."""
        squares = tf.reduce_sum(errors**2, axis=2)
        losses = self._robust.value(squares, self.weights.robust_scale**2)
        return 0.5 * self.weights.consistency * tf.reduce_sum(confidences * losses, axis=1)

    def _regularizer(self, z: tf.Tensor, smoothing: tf.Tensor | None = None) -> tf.Tensor:
        """The critic's term and the prior: [batch, n_z] → [batch]."""
        value = 0.5 * self.weights.prior * tf.reduce_sum(z**2, axis=1)
        if self.weights.critic:
            width = None if smoothing is None else smoothing[:, None]
            poses = self.generator(z, width)
            value -= self.weights.critic * self.critic(poses, width)
        return value

    def _regularizer_slope(self, z, smoothing) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """The regulariser, its gradient by x, and its curvature (the critic's is left out)."""
        with tf.GradientTape() as tape:
            tape.watch(z)
            value = self._regularizer(z, smoothing)
        slope = tf.pad(tape.gradient(value, z), [[0, 0], [0, 3]])
        curvature = tf.linalg.diag(tf.constant([self.weights.prior] * self.n_z + [0.0] * 3))
        return value, slope, curvature


def _in_front(p3c: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """[batch] whether every seen joint lies in front of the camera."""
    return tf.reduce_all((p3c[..., 2] > 0) | (weights <= 0), axis=1)


def _lens(p3c: tf.Tensor, frames: Frames) -> tf.Tensor:
    """Derivatives of image points by points in the world: [batch, 2, 3, n_joints]."""
    xyz = tf.linalg.matrix_transpose(p3c)[:, :, None, :]
    rotation, depth = frames.r[..., None], xyz[:, 2:]
    rows = rotation[:, :2] - xyz[:, :2] / depth * rotation[:, 2:]
    return frames.f[:, :, None, None] / depth * rows


def _after(lens: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
    """Lenses [batch, 2, 3, n_joints] after a linear map [batch, 3, 3]: the same shape."""
    turn = turn[:, None, :, :, None]
    return sum(lens[:, :, k, None] * turn[:, :, k] for k in range(3))


def _through(lens: tf.Tensor, tangents: tf.Tensor) -> tf.Tensor:
    """Tangents [..., 3, n_joints] through lenses [..., 2, 3, n_joints]: [..., 2, n_joints]."""
    rows = [sum(lens[..., i, k, :] * tangents[..., k, :] for k in range(3)) for i in range(2)]
    return tf.stack(rows, axis=-2)
