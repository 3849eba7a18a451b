"""How sure a pose is: standard deviations of its joints, from the curvature at the solution.

Near the solution the posterior of a frame's variables x and the free sequence variables is normal
(Laplace's approximation; Bishop 2006, section 4.4) with the precision J·Jᵀ/σ² + P. J·Jᵀ is the
curvature of the reprojection error, σ² the variance of an image point, and P the precision of the
priors: 1 for a latent dimension, as z ~ N(0, I) in training, a little for the placement, and where
proposals pull, what the proposal network claims. The covariance of a joint is that of the variables
through the derivatives of the joint.

σ is more than a detector's noise: a generator cannot make every pose, and what it cannot make shows
as reprojection error. So σ² is estimated from the errors of the sequence, divided by the degrees of
freedom that the fit leaves: the number of observed coordinates less the effective number of fitted
variables, tr((J·Jᵀ + P₀)⁻¹·J·Jᵀ), with P₀ the prior of the latent vector in the fit.

That alone is too sure of itself: what a generator cannot make is missing in depth too, where no
image shows it, and the search may have ended in another minimum. Two more sources of error are
added, which calibration on motion capture asks for (docs/inference.md, "How sure a pose is"):

    s² = `CURVATURE`·σ_x² + `SPREAD`·σ_p² + `NOISE`·(σ·z/f)²,

where σ_x² is the variance of the joint by the curvature, σ_p the standard deviation that the
proposal network gives it, and σ·z/f the size of an image point's error at the joint's depth z. A
joint is within s of the true one in 68 % of the cases, as a normal variable is within its standard
deviation. Half of the joints are within 0.77·s, as of a Rayleigh distribution, which gives r the
probability 1 − 0.32^((r/s)²); nine in ten are within 1.75·s, where that distribution has 1.42·s.

Where a result has hypotheses, their disagreement is a fourth source
(`inference.search.disagreement`).
"""

import numpy as np
import tensorflow as tf

from human_pose_util.transforms import cross_matrix
from inference.model.observations import FrameBatch
from inference.model.sequence_variables import SequenceValues
from inference.objective.frame_objective import FrameObjective
from inference.objective.proposal_term import ProposalTerm
from inference.search.disagreement import disagreement
from inference.search.inference_result import InferenceResult
from inference.settings import SearchSettings
from inference.solvers.execution import Execution, any_batch
from inference.solvers.sharpening import SHARP

CURVATURE, SPREAD, NOISE = 1.17, 0.14, 1.85
"""Factors of the variances that the curvature, the proposal, and the error of image points give a
joint after alignment; see the module's docstring."""

PLACED_CURVATURE = 0.76
"""Factor of the variance by the curvature of a joint as it is, where its distance counts most."""

PROPOSAL_SHARE = 0.5
"""Weight of a proposal, whose joints have correlated errors: it knows less than it claims."""

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
        pixel_scale: the unit of image points [px].
        execution: how they are computed.
    """

    def __init__(self, objective: FrameObjective, pixel_scale: float, execution: Execution):
        model, settings = objective.model, objective.settings
        reprojection_alone = SearchSettings(
            robust_loss=settings.robust_loss, robust_scale=settings.robust_scale
        )
        self._objective = FrameObjective(model, objective.critic, reprojection_alone, pixel_scale)
        self._consistency_weight = settings.consistency_weight
        self._share = COUPLED if settings.ties_frames else 1.0
        has_proposals = bool(settings.proposal_weight)
        self._proposal = ProposalTerm(model, PROPOSAL_SHARE) if has_proposals else None
        self._least_variance = (LEAST_ERROR / pixel_scale) ** 2
        shared = model.sequence_variables
        shared_precision = 1 / shared.std[list(shared.free)] ** 2
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
        self._few_standard_deviations = any_batch(self._frames_of_window)

    def __call__(
        self,
        x: np.ndarray,
        theta: np.ndarray,
        frames: FrameBatch,
        result: InferenceResult | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Standard deviations of the joints of a sequence.

        Args:
            x: [n_frames, n_x] variables of the solution.
            theta: [n_theta] sequence variables.
            frames: the observations.
            result: the poses of the solution with their hypotheses, if these are to count.

        Returns:
            [n_frames, n_joints] distances from the true joints that are not exceeded in 68 % of the
            cases, in the unit of lengths, of the joints as they are, and [n_frames, n_joints] of
            the joints after Procrustes alignment.
        """
        x, thetas = x.astype(np.float32), np.tile(theta.astype(np.float32), (len(x), 1))
        squares, freedom = self._squares_and_freedom(x, thetas, frames)
        counts = np.isfinite(squares) & (freedom > 0)
        total_freedom = max(freedom[counts].sum(), 1.0)
        variance = max(squares[counts].sum() / total_freedom, self._least_variance)
        variances, precisions = np.full(len(x), np.float32(variance)), self._precisions(x)
        pair = self._standard_deviations(x, thetas, variances, precisions, frames)
        pair = tuple(self._share * part for part in pair)
        if result is None or result.hypotheses_p3w is None or result.hypotheses_cost is None:
            return pair
        cost_unit = max(self._consistency_weight * variance, 1e-30)
        hypotheses = result.hypotheses_p3w, result.hypotheses_cost
        between = disagreement(result.p3w, *hypotheses, cost_unit, result.scale)
        placed, aligned = (np.hypot(s, np.sqrt(v)) for s, v in zip(pair, between, strict=True))
        return np.maximum(placed, aligned), aligned

    def of_window(
        self, x: np.ndarray, theta: np.ndarray, frames: FrameBatch, rows: slice
    ) -> tuple[np.ndarray, np.ndarray]:
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
            As `__call__`; NaN for the other frames.
        """
        window = x, np.tile(theta.astype(np.float32), (len(x), 1)), frames
        few = tf.nest.map_structure(lambda part: part[rows], window)
        pair = np.full((2, *frames.weights.shape), np.nan, np.float32)
        pair[:, rows] = self._few_standard_deviations(window, few, self._precisions(x)[rows])
        return pair[0], pair[1]

    def _precisions(self, x: np.ndarray) -> np.ndarray:
        """[n_frames, n] precisions of the variables' priors."""
        precision = self._prior_precision.copy()
        n_z = self._objective.model.n_z
        # A prior of N(0, I) is too narrow for a sequence whose latent vectors are longer.
        precision[:n_z] /= max(np.mean(x[:, :n_z] ** 2), 1.0)
        return np.tile(precision, (len(x), 1))

    def _expand(self, x, theta, frames: FrameBatch):
        """Placed poses, and the curvature [batch, n, n] of the reprojection error, float64."""
        sharp = tf.fill(tf.shape(x)[:1], SHARP)
        poses = self._objective.model.linearize(x, theta, sharp)
        jacobian = self._objective.reprojection(poses, theta, frames).jacobian
        jacobian = tf.cast(jacobian, tf.float64)
        return poses, tf.matmul(jacobian, jacobian, transpose_b=True)

    def _frame_squares_and_freedom(self, x, theta, frames: FrameBatch):
        """Sums of squared errors [batch], and degrees of freedom [batch] that the fit leaves."""
        cost = self._objective.cost(x, theta, None, frames)
        _, curvature = self._expand(x, theta, frames)
        return 2 * cost, self._freedom(curvature, frames)

    def _freedom(self, curvature, frames: FrameBatch):
        """Degrees of freedom [batch]: observed coordinates less fitted variables, float32."""
        ridge = 1e-6 * tf.linalg.trace(curvature)[:, None] + self._fit_precision
        factor = tf.linalg.cholesky(curvature + tf.linalg.diag(ridge))
        n_fitted = tf.linalg.trace(tf.linalg.cholesky_solve(factor, curvature))
        return _n_observed(frames) - tf.cast(n_fitted, tf.float32)

    def _frames_of_window(self, window, few, precision):
        """Standard deviations [n_few, n_joints] of a few frames, placed and after alignment.

        Args:
            window: x [n_frames, n_x], θ [n_frames, n_theta] and observations of the sequence.
            few: those of the few frames.
            precision: [n_few, n] precisions of the variables' priors.
        """
        x, theta, frames = window
        squares = 2 * self._objective.cost(x, theta, None, frames)
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
        """Standard deviations [batch, n_joints] of joints, placed and after alignment."""
        poses, curvature = self._expand(x, theta, frames)
        return self._deviations(poses, curvature, theta, variance, precision, frames)

    def _deviations(self, poses, curvature, theta, variance, precision, frames: FrameBatch):
        """Standard deviations [batch, n_joints] of joints, placed and after alignment.

        With the Cholesky factor L of the precision A, the variance of a coordinate with derivatives
        t is tᵀA⁻¹t = ‖L⁻¹t‖². A joint's is the sum over its 3 coordinates.
        """
        model = self._objective.model
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
        pair = tf.maximum(PLACED_CURVATURE * placed, aligned), aligned
        return tuple(tf.cast(tf.sqrt(part), tf.float32) for part in pair)


def _n_observed(frames: FrameBatch) -> tf.Tensor:
    """Numbers [batch] of observed coordinates, float32."""
    return 2 * tf.math.count_nonzero(frames.weights > 0, axis=1, dtype=tf.float32)


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
