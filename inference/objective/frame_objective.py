"""The objective of single frames: how well parameterised poses explain observations.

The cost of a frame with variables x = (z, y), whose sequence shares θ (`inference.model`), is

    consistency_weight · [½ Σ w·ρ(‖u − p2‖²) + ½ Σ v·(θ − θ₀)²]
        −  critic_weight · D(G(z))  +  prior_weight · ½‖z‖²
        +  proposal_weight · ½ Σ ‖M·G(z) − proposal‖² / σ²
        +  body_weight · ½ Σ (‖bone of G(z)‖ − shared length)²
        +  floor_weight · ½ Σ w·(height of a foot − that of the floor)²

(Jack et al. 2017, section 3.3; there ρ(s) = s, v = 0, and there is no latent prior, no proposal, no
shared body and no floor). The first bracket is in `reprojection` and `model.sequence_variables`,
the last three terms in `proposal_term`, `body_term` and `floor_term`; `motion` has the terms that
couple a frame to the next.

Solvers need a gradient and a positive semi-definite curvature. Least-squares terms give Gauss–
Newton's, J·Jᵀ. The networks add theirs: with rectified linear units the generator is piecewise
linear, so its second derivative is nothing but its kinks, and a minimum that lies on a kink is
invisible to Gauss–Newton. The kinks are rounded to a width, the cost's second derivative through
the rounded units is Σ over units of (∂cost/∂unit)·(activation'')·(∇unit)(∇unit)ᵀ, and its positive
summands are added (`gan.networks.perceptron`).
"""

from typing import NamedTuple

import tensorflow as tf

from gan.networks import Critic
from inference.model.frame_batch import FrameBatch
from inference.model.pose_model import PlacedPoses, PoseModel
from inference.model.sequence_variables import SequenceValues
from inference.objective.body_term import BodyTerm
from inference.objective.floor_term import FloorTerm
from inference.objective.least_squares import LeastSquaresTerm
from inference.objective.proposal_term import ProposalTerm
from inference.objective.reprojection import ReprojectionTerm
from inference.settings import SearchSettings


class Quadratic(NamedTuple):
    """A quadratic model of costs around points (x, θ).

    Attributes:
        cost: [batch] values.
        gradient: [batch, n] by x and the free sequence variables.
        curvature: [batch, n, n] positive semi-definite: Gauss–Newton's, and what the networks'
            kinks add.
    """

    cost: tf.Tensor
    gradient: tf.Tensor
    curvature: tf.Tensor


class FrameObjective:
    """The terms of the objective that concern single frames.

    Args:
        model: poses as a function of the variables.
        critic: poses → logits.
        settings: weights of the terms, for lengths in metres.
        pixel_scale: the unit of image points [px].

    Attributes:
        model: as given.
        critic: as given.
        settings: as given.
        pixel_scale: as given.
    """

    def __init__(
        self, model: PoseModel, critic: Critic, settings: SearchSettings, pixel_scale: float
    ):
        self.model, self.critic, self.settings = model, critic, settings
        self.pixel_scale = pixel_scale
        self._terms: list[LeastSquaresTerm] = [self.reprojection(settings.consistency_weight)]
        if settings.proposal_weight:
            self._terms.append(ProposalTerm(model, settings.proposal_weight))
        if model.bones is not None and settings.body_weight:
            self._terms.append(BodyTerm(model, model.bones, settings.body_weight))
        if settings.floor_weight:
            self._terms.append(FloorTerm(model, settings.floor_weight))
        variables = model.sequence_variables
        self._start = tf.constant(variables.start, tf.float32)
        self._free = tf.constant(variables.free, tf.int32)
        # The priors of z and of θ are one diagonal quadratic form over (x, free θ).
        latent = [settings.prior_weight] * model.n_z
        placement = [0.0] * (model.n_x - model.n_z)
        held = settings.consistency_weight * variables.prior_weight[variables.free]
        self._prior_weights = tf.constant([*latent, *placement, *held], tf.float32)

    def reprojection(self, weight: float) -> ReprojectionTerm:
        """The reprojection term with another weight.

        Args:
            weight: its weight.
        """
        scale = self.settings.robust_scale / self.pixel_scale
        return ReprojectionTerm(self.model, weight, self.settings.robust_loss, scale)

    @property
    def has_kinks(self) -> bool:
        """Whether the slope of the objective jumps anywhere, as networks of ReLUs make it."""
        networks = [self.model.generator.network]
        if self.settings.critic_weight:
            networks.append(self.critic.network)
        return any(network.has_kinks for network in networks)

    def cost(self, x: tf.Tensor, theta: tf.Tensor, frames: FrameBatch, kink_width) -> tf.Tensor:
        """Costs of frames, [batch]; arguments as for `cost_and_poses`."""
        return self.cost_and_poses(x, theta, frames, kink_width)[0]

    def cost_and_poses(
        self, x: tf.Tensor, theta: tf.Tensor, frames: FrameBatch, kink_width
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Costs of frames [batch], and their placed poses [batch, 3, n_joints].

        Args:
            x: [batch, n_x] variables of the frames.
            theta: [batch, n_theta] sequence variables.
            frames: the observations.
            kink_width: [batch] widths by which the networks' kinks are rounded; None for the
                networks as they were trained.
        """
        width = None if kink_width is None else kink_width[:, None]
        generated = self.model.generator(x[:, : self.model.n_z], width)
        values = SequenceValues.of(theta)
        p3w = self.model.place(tf.linalg.matrix_transpose(generated), x, values)
        total = sum(term.cost(p3w, values, frames) for term in self._terms)
        total += self._prior_cost(x, theta)
        if self.settings.critic_weight:
            total -= self.settings.critic_weight * self.critic(generated, width)
        return total, p3w

    def expand(
        self, x: tf.Tensor, theta: tf.Tensor, frames: FrameBatch, kink_width: tf.Tensor
    ) -> Quadratic:
        """A quadratic model of the cost around x and θ.

        Args:
            x: [batch, n_x] variables of the frames.
            theta: [batch, n_theta] sequence variables.
            frames: the observations.
            kink_width: [batch] widths by which the networks' kinks are rounded.
        """
        poses = self.model.linearize(x, theta, kink_width)
        return self.expand_poses(poses, x, theta, frames, kink_width)

    def expand_poses(
        self,
        poses: PlacedPoses,
        x: tf.Tensor,
        theta: tf.Tensor,
        frames: FrameBatch,
        kink_width: tf.Tensor,
        by_p3w: tf.Tensor | None = None,
    ) -> Quadratic:
        """A quadratic model of the cost around x and θ whose poses are expanded already.

        Args:
            poses: the placed poses of x and θ, with their derivatives.
            x: [batch, n_x] variables of the frames.
            theta: [batch, n_theta] sequence variables.
            frames: the observations.
            kink_width: [batch] widths by which the networks' kinks are rounded.
            by_p3w: [batch, 3, n_joints] gradient, by the placed poses, of terms that are not of
                single frames. The gradient returned is without it; the curvature of the
                generator's kinks, which grows with the gradient by their outputs, is with it.
        """
        values = SequenceValues.of(theta)
        terms = [term.expand(poses, values, frames) for term in self._terms]
        residuals = tf.concat([term.residuals for term in terms], axis=1)
        jacobian = tf.concat([term.jacobian for term in terms], axis=2)
        gradient = (jacobian @ residuals[..., None])[..., 0]
        curvature = tf.matmul(jacobian, jacobian, transpose_b=True)

        cost = sum(term.cost for term in terms) + self._prior_cost(x, theta)
        gradient += self._prior_weights * self._offset(x, theta)
        curvature += tf.linalg.diag(self._prior_weights)

        by_local = sum(term.by_local for term in terms)
        if by_p3w is not None:
            by_local += tf.matmul(poses.turn, by_p3w, transpose_a=True)
        value, slope, kinks = self._expand_networks(poses, by_local, kink_width[:, None])
        after_z = [0, self.model.n - self.model.n_z]
        gradient += tf.pad(slope, [[0, 0], after_z])
        curvature += tf.pad(kinks, [[0, 0], after_z, after_z])
        return Quadratic(cost + value, gradient, curvature)

    def _prior_cost(self, x: tf.Tensor, theta: tf.Tensor) -> tf.Tensor:
        """[batch] costs of the priors of z and of the sequence variables."""
        return 0.5 * tf.reduce_sum(self._prior_weights * self._offset(x, theta) ** 2, axis=1)

    def _offset(self, x: tf.Tensor, theta: tf.Tensor) -> tf.Tensor:
        """[batch, n] distances of x and the free sequence variables from where priors hold them."""
        free = tf.gather(theta - self._start, self._free, axis=1)
        return tf.concat([x, free], axis=1)

    def _expand_networks(self, poses: PlacedPoses, by_local: tf.Tensor, kink_width: tf.Tensor):
        """The critic's term with its gradient by z, and the curvature of both networks' kinks.

        The curvature that a unit of the generator causes is a multiple of ∂cost/∂(unit's output).
        That derivative is found by sending the cost's gradient by the generated pose back through
        the generator's layers. The gradient has two parts: `by_local` through the (linear)
        conversion to local poses, and the critic's slope.

        Args:
            poses: placed poses with their derivatives.
            by_local: [batch, 3, n_joints] gradient of the other terms by the local poses.
            kink_width: [batch, 1] widths by which the kinks are rounded.

        Returns:
            [batch] values, [batch, n_z] slopes and [batch, n_z, n_z] curvatures.
        """
        generated, weight = poses.generated, self.settings.critic_weight
        by_generated = self.model.by_generated(by_local)
        if not weight:
            zeros = tf.zeros_like(generated.tangents[..., 0])
            return 0.0, zeros, generated.curvature(by_generated)
        logits, slope = self.critic.slope_by_coordinate(generated.value, kink_width)
        critic_slope = -weight * slope
        curvature = generated.curvature(by_generated + critic_slope)
        # A critic without kinks is curved too, but its slope alone leads to the same minimum,
        # and to expand it costs more than the steps that its curvature would save.
        if self.critic.network.has_kinks:
            expansion = self.critic.expand(generated, kink_width)
            curvature += expansion.curvature(tf.fill(tf.shape(expansion.value), -weight))
        return -weight * logits, tf.linalg.matvec(generated.tangents, critic_slope), curvature
