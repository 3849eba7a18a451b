"""The objective: how well a parameterised pose explains what was seen, and its derivatives.

With poses p3w of x and θ (`inference.pose_model`) and the camera R, t, f, c, where θ also has a
factor of f and a shift of c for intrinsics that are not known:

    p3c = R·p3w + t        u = f·(p3c.xy / p3c.z) + c

The cost of a frame is, for observed image points p2 with confidences w,

    consistency_weight · [½ Σ w·ρ(‖u − p2‖²) + ½ Σ v·(θ − θ₀)²]
        −  critic_weight · D(G(z))  +  prior_weight · ½‖z‖²

(Jack et al. 2017, section 3.3; there ρ(s) = s, v = 0 and no latent prior; see `inference.robust`
and `inference.shared`). The terms that couple a frame to the next are in `inference.motion`. A
frame in which a seen joint would lie behind the camera costs infinity.
"""

from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from gan.networks import Critic
from inference.pose_model import PoseModel, Poses
from inference.robust import ROBUST_LOSSES


class Frames(NamedTuple):
    """Observations of a batch of frames as tensors.

    Attributes:
        p2: [batch, 2, n_joints] image points: the coordinate before the joint.
        weights: [batch, n_joints].
        r: [batch, 3, 3].
        t: [batch, 3].
        f: [batch, 2].
        c: [batch, 2].
    """

    p2: tf.Tensor
    weights: tf.Tensor
    r: tf.Tensor
    t: tf.Tensor
    f: tf.Tensor
    c: tf.Tensor


class Quadratic(NamedTuple):
    """Costs around a point (x, θ): values, slopes, positive semi-definite curvatures.

    Attributes:
        cost: [batch].
        gradient: [batch, n], by x and the free of θ.
        curvature: [batch, n, n] Gauss–Newton's, and what the networks' kinks add.
    """

    cost: tf.Tensor
    gradient: tf.Tensor
    curvature: tf.Tensor


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
        model: of the poses.
        critic: poses → logits.
        weights: of the terms.
    """

    def __init__(self, model: PoseModel, critic: Critic, weights: Weights):
        self.model, self.weights = model, weights
        self.critic = critic
        self._robust = ROBUST_LOSSES[weights.robust_loss]
        shared = model.shared
        self._start = tf.constant(shared.start, tf.float32)
        self._free = tf.constant(shared.free, tf.int32)
        hold = weights.consistency * shared.weight[list(shared.free)]
        place = [0.0] * (model.n_x - model.n_z)
        self._stiffness = tf.constant([weights.prior] * model.n_z + place + [*hold], tf.float32)

    def cost(self, x: tf.Tensor, theta: tf.Tensor, smoothing, frames: Frames) -> tf.Tensor:
        """Costs of frames.

        Args:
            x: [batch, n_x].
            theta: [batch, 4].
            smoothing: [batch] widths by which the networks' kinks are rounded, or None.
            frames: the observations.

        Returns:
            [batch].
        """
        width = None if smoothing is None else smoothing[:, None]
        generated = self.model.generator(x[:, : self.model.n_z], width)
        p3w = self.model.place(tf.linalg.matrix_transpose(generated), x, theta)
        errors, _, in_front = _reproject(p3w, theta, frames)
        total = self._consistency(errors, frames.weights)
        total += 0.5 * tf.reduce_sum(self._stiffness * self._away(x, theta) ** 2, axis=1)
        if self.weights.critic:
            total -= self.weights.critic * self.critic(generated, width)
        return tf.where(in_front, total, float("inf"))

    def expand(self, x: tf.Tensor, theta: tf.Tensor, smoothing, frames: Frames) -> Quadratic:
        """The cost around x and θ; arguments as in `cost`, smoothing not None."""
        poses = self.model.linearize(x, theta, smoothing)
        return self.quadratic(poses, x, theta, smoothing, frames)

    def quadratic(
        self, poses: Poses, x, theta, smoothing, frames: Frames, by_p3w: tf.Tensor | None = None
    ) -> Quadratic:
        """The cost around x and θ, given their poses with derivatives.

        Args:
            poses: of x and θ.
            x: [batch, n_x].
            theta: [batch, 4].
            smoothing: [batch].
            frames: the observations.
            by_p3w: [batch, 3, n_joints] gradient of further terms by the placed poses, for the
                curvature that it causes at the generator's kinks.
        """
        cost, errors, jacobian, lens = self._least_squares(poses, theta, frames)
        gradient = (jacobian @ tf.reshape(errors, [-1, 2 * self.model.n_joints, 1]))[..., 0]
        curvature = tf.matmul(jacobian, jacobian, transpose_b=True)

        away = self._away(x, theta)
        cost += 0.5 * tf.reduce_sum(self._stiffness * away**2, axis=1)
        gradient += self._stiffness * away
        by_local = tf.reduce_sum(lens * errors[:, :, None], axis=1)
        if by_p3w is not None:
            by_local += tf.matmul(poses.turn, by_p3w, transpose_a=True)
        value, slope, bend = self._networks(poses, by_local, smoothing[:, None])
        rest = [[0, 0], [0, self.model.n - self.model.n_z]]
        return Quadratic(
            cost + value,
            gradient + tf.pad(slope, rest),
            curvature + tf.linalg.diag(self._stiffness) + tf.pad(bend, [*rest, rest[1]]),
        )

    def jacobian(self, poses: Poses, theta: tf.Tensor, frames: Frames) -> tf.Tensor:
        """[batch, n, 2·n_joints] derivatives of the weighted reprojection errors by x and θ."""
        return self._least_squares(poses, theta, frames)[2]

    def _least_squares(self, poses: Poses, theta: tf.Tensor, frames: Frames):
        """The reprojection errors as a least-squares problem around x and θ.

        Returns:
            [batch] their cost, infinite behind the camera; [batch, 2, n_joints] weighted errors;
            [batch, n, 2·n_joints] their derivatives; and [batch, 2, 3, n_joints] those by the
            local poses.
        """
        errors, lens, in_front = _reproject(poses.p3w, theta, frames)
        cost = tf.where(in_front, self._consistency(errors, frames.weights), float("inf"))
        pull = self._robust.slope(tf.reduce_sum(errors**2, axis=1), self.weights.robust_scale**2)
        root_weights = tf.sqrt(self.weights.consistency * frames.weights * pull)[:, None]
        slopes = errors + frames.p2 - frames.c[..., None] - theta[:, 2:, None]
        errors, lens = errors * root_weights, lens * root_weights[:, None]
        lens_of_local = _after(lens, poses.turn)
        axes = tf.eye(2)[:, None, :, None] * root_weights
        by_theta = (_through(lens, poses.by_scale), slopes * root_weights, *tf.unstack(axes))
        rows = [
            _through(lens_of_local[:, None], poses.by_z),
            _through(lens[:, None], poses.by_y),
            *(by_theta[i][:, None] for i in self.model.shared.free),
        ]
        shape = [-1, self.model.n, 2 * self.model.n_joints]
        return cost, errors, tf.reshape(tf.concat(rows, axis=1), shape), lens_of_local

    def _away(self, x: tf.Tensor, theta: tf.Tensor) -> tf.Tensor:
        """[batch, n] how far x and the free of θ are from where priors hold them."""
        free = tf.gather(theta - self._start, self._free, axis=1)
        return tf.concat([x, free], axis=1)

    def _consistency(self, errors: tf.Tensor, confidences: tf.Tensor) -> tf.Tensor:
        """[batch] the term of reprojection errors [batch, 2, n_joints]."""
        squares = tf.reduce_sum(errors**2, axis=1)
        losses = self._robust.value(squares, self.weights.robust_scale**2)
        return 0.5 * self.weights.consistency * tf.reduce_sum(confidences * losses, axis=1)

    def _networks(self, poses: Poses, by_local: tf.Tensor, smoothing: tf.Tensor):
        """The critic's term and its gradient by z, and the curvature of both networks' kinks.

        Args:
            poses: with derivatives.
            by_local: [batch, 3, n_joints] gradient of the other terms by the local poses.
            smoothing: [batch, 1].

        Returns:
            [batch], [batch, n_z] and [batch, n_z, n_z].
        """
        generated, weight = poses.generated, self.weights.critic
        value, slope, bend = 0.0, tf.zeros_like(generated.tangents[..., 0]), 0.0
        with tf.GradientTape() as tape:
            tape.watch(generated.value)
            pull = tf.reduce_sum(self.model.local(generated.value) * by_local)
            if weight:
                logits = self.critic.expand(generated, smoothing)
                pull -= weight * tf.reduce_sum(logits.value)
        if weight:
            value = -weight * logits.value[:, 0]
            slope = -weight * logits.tangents[..., 0]
            bend = logits.bend(tf.fill(tf.shape(logits.value), -weight))
        return value, slope, bend + generated.bend(tape.gradient(pull, generated.value))


def _reproject(p3w: tf.Tensor, theta: tf.Tensor, frames: Frames):
    """Errors of image points, their derivatives by p3w, and whether all seen are in front.

    Returns:
        [batch, 2, n_joints], [batch, 2, 3, n_joints] and [batch].
    """
    p3c = frames.r @ p3w + frames.t[..., None]
    inverse = 1 / p3c[:, 2:]
    slopes = p3c[:, :2] * inverse
    f = (frames.f * tf.exp(theta[:, 1:2]))[..., None]
    errors = f * slopes + frames.c[..., None] + theta[:, 2:, None] - frames.p2
    rows = frames.r[:, :2, :, None] - slopes[:, :, None] * frames.r[:, 2:, :, None]
    in_front = tf.reduce_all((p3c[:, 2] > 0) | (frames.weights <= 0), axis=1)
    return errors, (f * inverse)[:, :, None] * rows, in_front


def _after(lens: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
    """Lenses [batch, 2, 3, n_joints] after a linear map [batch, 3, 3]: the same shape."""
    turn = turn[:, None, :, :, None]
    return sum(lens[:, :, k, None] * turn[:, :, k] for k in range(3))


def _through(lens: tf.Tensor, tangents: tf.Tensor) -> tf.Tensor:
    """Tangents [..., 3, n_joints] through lenses [..., 2, 3, n_joints]: [..., 2, n_joints]."""
    rows = [sum(lens[..., i, k, :] * tangents[..., k, :] for k in range(3)) for i in range(2)]
    return tf.stack(rows, axis=-2)
