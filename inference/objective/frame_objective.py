"""The objective: how well a parameterised pose explains what was seen, and its derivatives.

With poses p3w of x and θ (`inference.model.pose_model`) and the camera R, t, f, c, where θ also
has a factor of f and a shift of c for intrinsics that are not known:

    p3c = R·p3w + t        u = f·(p3c.xy / p3c.z) + c

The cost of a frame is, for observed image points p2 with confidences w,

    consistency_weight · [½ Σ w·ρ(‖u − p2‖²) + ½ Σ v·(θ − θ₀)²]
        −  critic_weight · D(G(z))  +  prior_weight · ½‖z‖²
        +  proposal_weight · ½ Σ ‖M·G(z) − proposal‖² / σ²

(Jack et al. 2017, section 3.3; there ρ(s) = s, v = 0, no latent prior and no proposal; see
`objective.robust`, `model.sequence_variables` and `objective.residuals`). The terms that couple a
frame to the next are in `objective.motion`. A frame in which a seen joint would lie behind the
camera costs infinity.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import tensorflow as tf

from gan.networks import Critic
from inference.model.pose_model import PoseModel, Poses
from inference.objective.residuals import Frames, LeastSquares, Proposed, Reprojection


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
    proposal: float = 0.0
    robust_loss: str = "none"
    robust_scale: float = 1.0

    def in_unit(self, unit: float) -> "Weights":
        """The same weights, made for lengths in some unit, for lengths in `unit` of it."""
        square = unit**2
        return replace(self, smoothness=self.smoothness * square, glide=self.glide * square)

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
        w = weights
        self._seen = Reprojection(model, w.consistency, w.robust_loss, w.robust_scale)
        self._terms = [self._seen, *([Proposed(model, w.proposal)] if w.proposal else [])]
        shared = model.shared
        self._start = tf.constant(shared.start, tf.float32)
        self._free = tf.constant(shared.free, tf.int32)
        hold = weights.consistency * shared.weight[list(shared.free)]
        place = [0.0] * (model.n_x - model.n_z)
        self._stiffness = tf.constant([weights.prior] * model.n_z + place + [*hold], tf.float32)

    @property
    def has_kinks(self) -> bool:
        """Whether its slope jumps anywhere, for the networks' sake."""
        networks = [self.model.generator, *([self.critic] if self.weights.critic else [])]
        return any(network.network.has_kinks for network in networks)

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
        total = sum(term.cost(p3w, theta, frames) for term in self._terms)
        total += 0.5 * tf.reduce_sum(self._stiffness * self._away(x, theta) ** 2, axis=1)
        if self.weights.critic:
            total -= self.weights.critic * self.critic(generated, width)
        return total

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
        terms = [term.expand(poses, theta, frames) for term in self._terms]
        cost = sum(term.cost for term in terms)
        errors = tf.concat([term.errors for term in terms], axis=1)
        jacobian = tf.concat([term.jacobian for term in terms], axis=2)
        gradient = (jacobian @ errors[..., None])[..., 0]
        curvature = tf.matmul(jacobian, jacobian, transpose_b=True)

        away = self._away(x, theta)
        cost += 0.5 * tf.reduce_sum(self._stiffness * away**2, axis=1)
        gradient += self._stiffness * away
        by_local = sum(term.by_local for term in terms)
        if by_p3w is not None:
            by_local += tf.matmul(poses.turn, by_p3w, transpose_a=True)
        value, slope, bend = self._networks(poses, by_local, smoothing[:, None])
        rest = [[0, 0], [0, self.model.n - self.model.n_z]]
        curvature += tf.linalg.diag(self._stiffness)
        curvature += tf.pad(bend, [*rest, rest[1]])
        return Quadratic(cost + value, gradient + tf.pad(slope, rest), curvature)

    def seen(self, poses: Poses, theta: tf.Tensor, frames: Frames) -> LeastSquares:
        """The reprojection errors alone."""
        return self._seen.expand(poses, theta, frames)

    def _away(self, x: tf.Tensor, theta: tf.Tensor) -> tf.Tensor:
        """[batch, n] how far x and the free of θ are from where priors hold them."""
        free = tf.gather(theta - self._start, self._free, axis=1)
        return tf.concat([x, free], axis=1)

    def _networks(self, poses: Poses, by_local: tf.Tensor, smoothing: tf.Tensor):
        """The critic's term and its gradient by z, and what both networks bend upwards.

        Args:
            poses: with derivatives.
            by_local: [batch, 3, n_joints] gradient of the other terms by the local poses.
            smoothing: [batch, 1].

        Returns:
            [batch], [batch, n_z] and [batch, n_z, n_z].
        """
        generated, weight = poses.generated, self.weights.critic
        value, slope, bend = 0.0, tf.zeros_like(generated.tangents[..., 0]), 0.0
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(generated.value)
            pull = tf.reduce_sum(self.model.local(generated.value) * by_local)
            if weight:
                value = -weight * self.critic.judge(generated.value, smoothing)
                pull += tf.reduce_sum(value)
        if weight:
            by_generated = tape.gradient(value, generated.value)
            slope = tf.linalg.matvec(generated.tangents, by_generated)
            if self.critic.network.has_kinks:  # else its slope leads as well, and costs less
                logits = self.critic.expand(generated, smoothing)
                bend += logits.bend(tf.fill(tf.shape(logits.value), -weight))
        bend += generated.bend(tape.gradient(pull, generated.value))
        return value, slope, bend
