"""How sure a pose is: standard deviations of its joints, from the curvature at the solution.

Near the solution the posterior of a frame's variables x is normal (Laplace's approximation) with
precision J'WJ/σ² + P: J'WJ the curvature of the reprojection error, σ² the variance of an image
point, and P that of the prior: 1 for a latent dimension, as z ~ N(0, I) in training, a little for
the place, and what a proposal says of itself where one pulls. A joint's covariance is that of x
through the derivatives of the joint.

σ is more than a detector's noise: a generator cannot make every pose, and what it cannot make is
seen as reprojection error. So σ² is taken from the errors of the sequence, for the degrees of
freedom that the fit has left. What a generator cannot make is missing in depth too, where no image
shows it, and the search may have ended in another minimum: `INFLATION` is what the variances have
to be multiplied with, as found on the benchmark's motion, training and evaluation sequences alike.
"""

import numpy as np
import tensorflow as tf

from human_pose_util.transforms import cross_matrix
from inference.model.sequence_variables import spreads
from inference.objective.frame_objective import Objective, Weights
from inference.objective.residuals import Frames, Proposed
from inference.solvers.batches import in_batches
from inference.solvers.independent_frames import SHARP

INFLATION = 5.0
PROPOSAL_SHARE = 0.5
"""What a proposal counts for: the errors of its joints go together, so less than they say."""
PLACE_PRECISION = 1e-2
LEAST_ERROR = 1.0
"""Of an image point [px]: nobody sees better."""


class Uncertainty:
    """Standard deviations of joints for one objective, compiled once.

    Args:
        objective: whose solutions are judged.
        pixel_scale: the unit of image points [px].
    """

    def __init__(self, objective: Objective, pixel_scale: float):
        model, weights = objective.model, objective.weights
        plain = Weights(robust_loss=weights.robust_loss, robust_scale=weights.robust_scale)
        self._objective = Objective(model, objective.critic, plain)
        self._proposed = Proposed(model, PROPOSAL_SHARE) if weights.proposal else None
        self._least = (LEAST_ERROR / pixel_scale) ** 2
        shared = [*(1 / spreads(pixel_scale)[list(model.shared.free)] ** 2)]
        place = [PLACE_PRECISION] * model.placement.n_y
        self._precision = np.array([1.0] * model.n_z + place + shared, np.float32)
        held = weights.prior / max(weights.consistency, 1e-30)
        place = [1e-9] * (model.placement.n_y + model.shared.n_free)
        self._held = tf.constant([held + 1e-9] * model.n_z + place, tf.float64)
        self._left = in_batches(self._squares_and_freedom)
        self._deviations = in_batches(self._standard_deviations)

    def __call__(self, x: np.ndarray, theta: np.ndarray, frames) -> np.ndarray:
        """Standard deviations of the joints of a sequence.

        Args:
            x: [n_frames, n_x] solutions.
            theta: [4] what the frames share.
            frames: observations, as `Observations.arrays` gives them.

        Returns:
            [2, n_frames, n_joints] root mean square distances from the true joints to be expected,
            in the unit of lengths: of the joints as they are, and after Procrustes alignment.
        """
        x, thetas = np.float32(x), np.tile(np.float32(theta), (len(x), 1))
        squares, left = self._left(x, thetas, tuple(frames))
        counted = np.isfinite(squares) & (left > 0)
        total, freedom = squares[counted].sum(), max(left[counted].sum(), 1.0)
        variance = np.full(len(x), max(total / freedom, self._least), np.float32)
        precision = self._precision.copy()
        n_z = self._objective.model.n_z
        precision[:n_z] /= max(np.mean(x[:, :n_z] ** 2), 1.0)
        precision = np.tile(precision, (len(x), 1))
        return np.stack(self._deviations(x, thetas, variance, precision, tuple(frames)))

    def _curvature(self, x, theta, frames):
        """The poses, and [batch, n, n] curvature of the reprojection error alone, float64."""
        sharp = tf.fill(tf.shape(x)[:1], SHARP)
        poses = self._objective.model.linearize(x, theta, sharp)
        jacobian = self._objective.seen(poses, theta, Frames(*frames)).jacobian
        jacobian = tf.cast(jacobian, tf.float64)
        return poses, tf.matmul(jacobian, jacobian, transpose_b=True)

    def _squares_and_freedom(self, x, theta, frames):
        """Sums of squared errors, and of how many coordinates more than were fitted."""
        cost = self._objective.cost(x, theta, None, Frames(*frames))
        curvature = self._curvature(x, theta, frames)[1]
        ridge = 1e-6 * tf.linalg.trace(curvature)[:, None] + self._held
        factor = tf.linalg.cholesky(curvature + tf.linalg.diag(ridge))
        fitted = tf.linalg.trace(tf.linalg.cholesky_solve(factor, curvature))
        seen = 2 * tf.math.count_nonzero(frames[1] > 0, axis=1, dtype=tf.float32)
        return 2 * cost, seen - tf.cast(fitted, tf.float32)

    def _standard_deviations(self, x, theta, variance, precision, frames):
        model = self._objective.model
        poses, curvature = self._curvature(x, theta, frames)
        variance, precision = tf.cast(variance, tf.float64), tf.cast(precision, tf.float64)
        precision = curvature / variance[:, None, None] + tf.linalg.diag(precision)
        if self._proposed is not None:
            pull = self._proposed.expand(poses, theta, Frames(*frames)).jacobian
            precision += tf.cast(tf.matmul(pull, pull, transpose_b=True), tf.float64)
        sides = tf.reshape(model.tangents(poses), [-1, model.n, 3 * model.n_joints])
        sides = tf.cast(tf.concat([sides, _unaligned(poses.p3w, sides)], axis=2), tf.float64)
        white = tf.linalg.triangular_solve(tf.linalg.cholesky(precision), sides)
        variances = tf.reshape(tf.reduce_sum(white**2, axis=1), [-1, 2, 3, model.n_joints])
        deviations = tf.cast(tf.sqrt(INFLATION * tf.reduce_sum(variances, axis=2)), tf.float32)
        return deviations[:, 0], deviations[:, 1]


def _unaligned(p3w: tf.Tensor, tangents: tf.Tensor) -> tf.Tensor:
    """What a similarity transform cannot undo of ways in which poses move.

    Args:
        p3w: [batch, 3, n_joints].
        tangents: [batch, n, 3·n_joints].

    Returns:
        [batch, n, 3·n_joints] the part that is orthogonal to shifts, turns and scalings.
    """
    centred = p3w - tf.reduce_mean(p3w, axis=2, keepdims=True)
    n_joints, axes = p3w.shape[2], tf.eye(3)
    shifts = tf.zeros_like(centred)[:, None] + axes[:, :, None]
    turns = cross_matrix(axes) @ centred[:, None]
    moves = tf.concat([shifts, turns, centred[:, None]], axis=1)
    moves = tf.linalg.matrix_transpose(tf.reshape(moves, [-1, 7, 3 * n_joints]))
    basis = tf.linalg.qr(moves).q
    return tangents - tf.matmul(tangents @ basis, basis, transpose_b=True)
