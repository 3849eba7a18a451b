"""How sure a pose is: the error of image points, and standard deviations of joints that follow.

A generator cannot make every pose, and what it cannot make shows as reprojection error. So the
variance σ² of an image point is more than a detector's noise. It is estimated from the errors of
the sequence, divided by the degrees of freedom that the fit leaves: the number of observed
coordinates less the effective number of fitted variables, tr((J·Jᵀ + P₀)⁻¹·J·Jᵀ), where J·Jᵀ is the
curvature of the reprojection error and P₀ the prior of the latent vector in the fit.

What σ² means for a joint is the concern of `inference.search.joint_deviations`. Where a result has
hypotheses, their disagreement is one more source of error (`inference.search.disagreement`).
"""

import numpy as np
import tensorflow as tf

from inference.model.frame_batch import FrameBatch
from inference.model.sequence_variables import SequenceValues
from inference.objective.frame_objective import FrameObjective
from inference.search.disagreement import disagreement
from inference.search.inference_result import InferenceResult
from inference.search.joint_deviations import Deviations, JointDeviations
from inference.solvers.execution import Execution, any_batch
from inference.solvers.sharpening import SHARP

COUPLED = 0.89
"""Factor of standard deviations where motion terms couple frames: together they know more than each
alone, which the curvature of single frames does not tell. The frames of a stream's window do not
know those that follow, and do not have it."""

PLACEMENT_PRECISION = 1e-2
"""Precision of the prior of each variable of a placement."""

LEAST_ERROR = 1.0
"""Least standard deviation of an image point [px]: no detector is better."""


class Uncertainty:
    """Standard deviations of joints for one objective.

    Args:
        objective: the objective whose solutions are judged.
        execution: how they are computed.
    """

    def __init__(self, objective: FrameObjective, execution: Execution):
        model, settings = objective.model, objective.settings
        self._model = model
        self._reprojection = objective.reprojection(weight=1.0)
        self._consistency_weight = settings.consistency_weight
        self._share = COUPLED if settings.ties_frames else 1.0
        self._deviations = JointDeviations(model, bool(settings.proposal_weight))
        self._least_variance = (LEAST_ERROR / objective.pixel_scale) ** 2
        variables = model.sequence_variables
        shared_precision = 1 / variables.std[variables.free] ** 2
        placement_precision = [PLACEMENT_PRECISION] * model.placement.n_y
        precision = [*([1.0] * model.n_z), *placement_precision, *shared_precision]
        self._prior_precision = np.array(precision, np.float32)
        # The prior of the latent vector in the fit, in units of the reprojection term; the small
        # numbers keep the matrix regular where an image says nothing about a variable.
        latent = settings.prior_weight / max(settings.consistency_weight, 1e-30) + 1e-9
        others = [1e-9] * (model.n - model.n_z)
        self._fit_precision = tf.constant([latent] * model.n_z + others, tf.float64)
        self._squares_and_freedom = execution.in_batches(self._frame_squares_and_freedom)
        self._standard_deviations = execution.in_batches(self._frame_standard_deviations)
        self._standard_deviations_in_window = any_batch(self._window_standard_deviations)

    def __call__(
        self, result: InferenceResult, theta: np.ndarray, frames: FrameBatch
    ) -> Deviations:
        """Standard deviations of the joints of a sequence.

        Args:
            result: the poses, with their hypotheses where these are to count.
            theta: [n_theta] sequence variables.
            frames: the observations.
        """
        x = result.x.astype(np.float32)
        thetas = np.tile(theta.astype(np.float32), (len(x), 1))
        squares, freedom = self._squares_and_freedom(x, thetas, frames)
        counts = np.isfinite(squares) & (freedom > 0)
        total_freedom = max(freedom[counts].sum(), 1.0)
        variance = max(squares[counts].sum() / total_freedom, self._least_variance)
        variances, precisions = np.full(len(x), np.float32(variance)), self._precisions(x)
        alone = self._standard_deviations(x, thetas, variances, precisions, frames)
        alone = Deviations(*(self._share * part for part in alone))
        if result.hypotheses_p3w is None or result.hypotheses_cost is None:
            return alone
        cost_unit = max(self._consistency_weight * variance, 1e-30)
        hypotheses = result.hypotheses_p3w, result.hypotheses_cost
        between = disagreement(result.p3w, *hypotheses, cost_unit, result.scale)
        placed, aligned = (np.hypot(s, np.sqrt(v)) for s, v in zip(alone, between, strict=True))
        return Deviations(np.maximum(placed, aligned), aligned)

    def of_window(
        self, x: np.ndarray, theta: np.ndarray, frames: FrameBatch, rows: slice
    ) -> Deviations:
        """Standard deviations of the joints of a few frames of a short sequence.

        They are those of `__call__` but for `COUPLED`, and for one thing that saves most of the
        time: how much freedom the fit leaves to an observation is computed for these frames alone,
        and each takes its own for that of the whole sequence.

        Args:
            x: [n_frames, n_x] variables of the solution, float32.
            theta: [n_theta] sequence variables.
            frames: the observations.
            rows: the frames whose standard deviations are computed.

        Returns:
            As `__call__`, with NaN for the other frames.
        """
        window = x, np.tile(theta.astype(np.float32), (len(x), 1)), frames
        few = tf.nest.map_structure(lambda part: part[rows], window)
        both = np.full((2, *frames.weights.shape), np.nan, np.float32)
        precisions = self._precisions(x)[rows]
        both[:, rows] = self._standard_deviations_in_window(window, few, precisions)
        return Deviations(*both)

    def _precisions(self, x: np.ndarray) -> np.ndarray:
        """[n_frames, n] precisions of the variables' priors."""
        precision = self._prior_precision.copy()
        n_z = self._model.n_z
        # A prior of N(0, I) is too narrow for a sequence whose latent vectors are longer.
        precision[:n_z] /= max(np.mean(x[:, :n_z] ** 2), 1.0)
        return np.tile(precision, (len(x), 1))

    def _squares(self, x, theta, frames: FrameBatch):
        """Sums of squared errors [batch] of image points."""
        p3w = tf.linalg.matrix_transpose(self._model.decode(x, theta))
        return 2 * self._reprojection.cost(p3w, SequenceValues.of(theta), frames)

    def _expand(self, x, theta, frames: FrameBatch):
        """Placed poses, and the curvature [batch, n, n] of the reprojection error, float64."""
        poses = self._model.linearize(x, theta, tf.fill(tf.shape(x)[:1], SHARP))
        jacobian = self._reprojection.expand(poses, SequenceValues.of(theta), frames).jacobian
        jacobian = tf.cast(jacobian, tf.float64)
        return poses, tf.matmul(jacobian, jacobian, transpose_b=True)

    def _frame_squares_and_freedom(self, x, theta, frames: FrameBatch):
        """Sums of squared errors [batch], and degrees of freedom [batch] that the fit leaves."""
        _, curvature = self._expand(x, theta, frames)
        return self._squares(x, theta, frames), self._freedom(curvature, frames)

    def _freedom(self, curvature, frames: FrameBatch):
        """Degrees of freedom [batch]: observed coordinates less fitted variables, float32."""
        ridge = 1e-6 * tf.linalg.trace(curvature)[:, None] + self._fit_precision
        factor = tf.linalg.cholesky(curvature + tf.linalg.diag(ridge))
        n_fitted = tf.linalg.trace(tf.linalg.cholesky_solve(factor, curvature))
        return _n_observed(frames) - tf.cast(n_fitted, tf.float32)

    def _window_standard_deviations(self, window, few, precision):
        """The `Deviations` of a few frames of a window, as tensors.

        Args:
            window: x [n_frames, n_x], θ [n_frames, n_theta] and observations of the sequence.
            few: those of the few frames.
            precision: [n_few, n] precisions of the variables' priors.
        """
        x, theta, frames = window
        squares = self._squares(x, theta, frames)
        counts = tf.math.is_finite(squares)
        squares = tf.reduce_sum(tf.where(counts, squares, 0.0))
        n_observed = tf.reduce_sum(tf.where(counts, _n_observed(frames), 0.0))
        x, theta, frames = few
        poses, curvature = self._expand(x, theta, frames)
        freedom = self._freedom(curvature, frames) / tf.maximum(_n_observed(frames), 1.0)
        variance = squares / tf.maximum(freedom * n_observed, 1.0)
        variance = tf.maximum(variance, self._least_variance)
        return self._deviations(poses, curvature, theta, variance, precision, frames)

    def _frame_standard_deviations(self, x, theta, variance, precision, frames: FrameBatch):
        """The `Deviations` of a batch of frames, as tensors."""
        poses, curvature = self._expand(x, theta, frames)
        return self._deviations(poses, curvature, theta, variance, precision, frames)


def _n_observed(frames: FrameBatch) -> tf.Tensor:
    """Numbers [batch] of observed coordinates, float32."""
    return 2 * tf.math.count_nonzero(frames.weights > 0, axis=1, dtype=tf.float32)
