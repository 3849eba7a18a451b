"""Standard deviations of joints, given the curvature of the reprojection error at a pose.

Near a solution the posterior of a frame's variables x and the free sequence variables is normal
(Laplace's approximation; Bishop 2006, section 4.4) with the precision J·Jᵀ/σ² + P. J·Jᵀ is the
curvature of the reprojection error, σ² the variance of an image point
(`inference.search.uncertainty`), and P the precision of the priors: 1 for a latent dimension, as
z ~ N(0, I) in training, a little for the placement, and where proposals pull, what the proposal
network claims. The covariance of a joint is that of the variables through the derivatives of the
joint.

That alone is too sure of itself: what a generator cannot make is missing in depth too, where no
image shows it, and the search may have ended in another minimum. Two more sources of error are
added, which calibration on motion capture asks for (docs/inference.md, "How sure a pose is"):

    s² = `CURVATURE`·σ_x² + `SPREAD`·σ_p² + `NOISE`·(σ·z/f)²,

where σ_x² is the variance of the joint by the curvature, σ_p the standard deviation that the
proposal network gives it, and σ·z/f the size of an image point's error at the joint's depth z. A
joint is within s of the true one in 68 % of the cases, as a normal variable is within its standard
deviation. Half of the joints are within 0.77·s, as of a Rayleigh distribution, which gives r the
probability 1 − 0.32^((r/s)²); nine in ten are within 1.7·s, where that distribution has 1.42·s.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from human_pose_util.transforms import cross_matrix
from inference.model.frame_batch import FrameBatch
from inference.model.pose_model import PlacedPoses, PoseModel
from inference.model.sequence_variables import SequenceValues
from inference.objective.proposal_term import ProposalTerm

CURVATURE, SPREAD, NOISE = 1.17, 0.30, 1.60
"""Factors of the variances that the curvature, the proposal, and the error of image points give a
joint after alignment; see the module's docstring."""

PLACED_CURVATURE = 0.76
"""Factor of the variance by the curvature of a joint as it is, where its distance counts most."""

PROPOSAL_SHARE = 0.5
"""Weight of a proposal, whose joints have correlated errors: it knows less than it claims."""


class Deviations(NamedTuple):
    """Distances from the true joints that are not exceeded in 68 % of the cases.

    Attributes:
        placed: [n_frames, n_joints] of the joints as they are, in the unit of lengths.
        aligned: [n_frames, n_joints] of the joints after Procrustes alignment, likewise.
    """

    placed: Any
    aligned: Any


class JointDeviations:
    """Standard deviations of the joints of single frames.

    Args:
        model: poses as a function of the variables.
        has_proposals: whether the observations have proposals that count.
    """

    def __init__(self, model: PoseModel, has_proposals: bool):
        self._model = model
        self._proposal = ProposalTerm(model, PROPOSAL_SHARE) if has_proposals else None

    def __call__(
        self,
        poses: PlacedPoses,
        curvature: tf.Tensor,
        theta: tf.Tensor,
        variance: tf.Tensor,
        precision: tf.Tensor,
        frames: FrameBatch,
    ) -> Deviations:
        """The standard deviations of joints, as tensors.

        With the Cholesky factor L of the precision A, the variance of a coordinate with derivatives
        t is tᵀA⁻¹t = ‖L⁻¹t‖². A joint's is the sum over its 3 coordinates.

        Args:
            poses: placed poses with their derivatives.
            curvature: [batch, n, n] J·Jᵀ, float64.
            theta: [batch, n_theta] sequence variables.
            variance: [batch] σ², in the squared unit of image points.
            precision: [batch, n] precisions of the variables' priors.
            frames: the observations.
        """
        model = self._model
        variance, precision = tf.cast(variance, tf.float64), tf.cast(precision, tf.float64)
        precision = curvature / variance[:, None, None] + tf.linalg.diag(precision)
        if self._proposal is not None:
            proposal = self._proposal.expand(poses, SequenceValues.of(theta), frames)
            pull = tf.cast(proposal.jacobian, tf.float64)
            precision += tf.matmul(pull, pull, transpose_b=True)
        tangents = tf.reshape(model.tangents(poses), [-1, model.n, 3 * model.n_joints])
        aligned = _without_similarities(poses.p3w, tangents)
        sides = tf.cast(tf.concat([tangents, aligned], axis=2), tf.float64)
        white = tf.linalg.triangular_solve(tf.linalg.cholesky(precision), sides)
        variances = tf.reshape(tf.reduce_sum(white**2, axis=1), [-1, 2, 3, model.n_joints])
        placed, aligned = tf.unstack(tf.reduce_sum(variances, axis=2), axis=1)
        aligned *= CURVATURE
        depth = tf.linalg.matvec(poses.p3w, frames.r[:, 2], transpose_a=True) + frames.t[:, 2:]
        f = frames.f[:, :1] * tf.exp(SequenceValues.of(theta).log_focal)[:, None]
        noise = variance[:, None] * tf.cast((depth / f) ** 2, tf.float64)
        aligned += NOISE * noise
        if self._proposal is not None:
            # Proposals are in subject heights. Where nothing is proposed, the precision is 0.
            height = tf.exp(SequenceValues.of(theta).log_scale)[:, None]
            spread = height**2 * tf.math.reciprocal_no_nan(frames.proposal_precision)
            aligned += SPREAD * tf.cast(spread, tf.float64)
        # A joint as it is cannot be nearer to the true one than after the best alignment.
        placed = tf.maximum(PLACED_CURVATURE * placed, aligned)
        return Deviations(*(tf.cast(tf.sqrt(part), tf.float32) for part in (placed, aligned)))


def _without_similarities(p3w: tf.Tensor, tangents: tf.Tensor) -> tf.Tensor:
    """The parts of tangents that no similarity transform can undo.

    The 3 shifts, 3 turns and the scaling of a pose span, to first order, the directions that
    Procrustes alignment removes; an orthonormal basis of them projects the tangents.

    Args:
        p3w: [batch, 3, n_joints] poses.
        tangents: [batch, n, 3·n_joints] directions in which they move.

    Returns:
        [batch, n, 3·n_joints] the tangents' components orthogonal to these directions.
    """
    centred = p3w - tf.reduce_mean(p3w, axis=2, keepdims=True)
    n_joints, axes = p3w.shape[2], tf.eye(3)
    shifts = tf.zeros_like(centred)[:, None] + axes[:, :, None]
    turns = cross_matrix(axes) @ centred[:, None]
    moves = tf.concat([shifts, turns, centred[:, None]], axis=1)
    moves = tf.linalg.matrix_transpose(tf.reshape(moves, [-1, 7, 3 * n_joints]))
    basis = tf.linalg.qr(moves).q
    return tangents - tf.matmul(tangents @ basis, basis, transpose_b=True)
