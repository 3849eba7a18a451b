"""The paper's solver: SciPy's L-BFGS-B over all frames of a sequence at once.

As in the original, the scale is a variable as it is, not its logarithm, and the limits are SciPy's.
Three things differ, and none of them moves a minimum: the search starts where the image shows the
person (`inference.search.starts`), not at the world's origin with yaw 0; positions are relative to
that place; and a pose with an observed joint behind the camera costs infinity.
"""

import numpy as np
import tensorflow as tf

from human_pose_util.evaluate.status import Status, statuses_of
from inference.model.frame_batch import FrameBatch
from inference.model.observations import Observations
from inference.model.sequence_variables import SequenceVariables
from inference.objective.frame_objective import FrameObjective
from inference.objective.motion import MotionTerms
from inference.solvers.execution import any_batch
from inference.solvers.problem import Solution
from inference.solvers.sharpening import EXACT
from inference.solvers.solver import with_finite_costs

LARGEST_TOL = 1e-9
"""The largest tolerance that SciPy is given. A step of L-BFGS-B lowers the cost by little, be the
minimum near or far: with 1e-3, which is right for Levenberg-Marquardt, costs are five to twelve
times the minimum."""

_SMALLEST_SCALE = 1e-3  # of a person, in metres
_STATUSES = {0: Status.CONVERGED, 1: Status.ITERATION_LIMIT, 2: Status.NO_DESCENT}
"""The outcomes by SciPy's numbers. A line search fails where `tol` is below what single precision
resolves."""


class ScipyLBFGSB:
    """A solver of sequences for one objective; `tol` is SciPy's for L-BFGS-B, up to `LARGEST_TOL`.

    `max_iterations` limits the evaluations of the cost as well, as SciPy's own limits do.

    Args:
        objective: the objective of single frames.
        motion: the terms that couple a frame to the next.
    """

    def __init__(self, objective: FrameObjective, motion: MotionTerms):
        self._objective, self._motion = objective, motion
        # Hundreds of evaluations: a graph, which is traced in a second, always pays.
        self._costs_and_slopes = any_batch(self._differentiate)

    def minimize(
        self,
        x: np.ndarray,
        theta: np.ndarray,
        observed: Observations,
        tol: float,
        max_iterations: int,
    ) -> Solution:
        """Minimise over a sequence; see `inference.solvers.solver.SequenceSolver`."""
        from scipy.optimize import minimize  # half a second, which the other solvers need not wait

        frames, dt = observed.frame_batch(), np.float32(observed.dt)
        start = np.asarray(theta, np.float64)

        def costs_of(x: np.ndarray) -> np.ndarray:
            return self._costs_and_slopes(x, start.astype(np.float32), frames, dt)[0].numpy()

        # One frame of infinite cost would make the sum infinite, and end the search at its start.
        x, seen = with_finite_costs(np.asarray(x, np.float32), frames, costs_of)
        flat = _FlatVariables(x, start, self._objective.model.sequence_variables)

        def value_and_gradient(v: np.ndarray) -> tuple[float, np.ndarray]:
            # The line search compares sums that differ by little, so they are of double precision.
            costs, *slopes = self._costs_and_slopes(*flat.split(v), seen, dt)
            return costs.numpy().sum(dtype=np.float64), flat.gradient(v, *slopes)

        minimum = minimize(
            value_and_gradient,
            flat.start,
            jac=True,
            method="L-BFGS-B",
            bounds=flat.bounds,
            tol=min(tol, LARGEST_TOL),
            options={"maxiter": max_iterations, "maxfun": max_iterations},
        )
        x, theta = flat.split(minimum.x)
        # The costs of all frames, those too that the search had to leave out.
        cost = self._costs_and_slopes(x, theta, frames, dt)[0].numpy()
        iterations = np.full(len(x), minimum.nit, np.int32)
        status = statuses_of(cost, _STATUSES[minimum.status])
        return Solution(x, theta[None].astype(np.float64), cost, iterations, status)

    def _differentiate(self, x, theta, frames: FrameBatch, dt):
        """Costs [n_frames] of a sequence, and the gradients of their sum by x and θ, as tensors."""
        with tf.GradientTape() as tape:
            tape.watch([x, theta])
            costs = sequence_cost(self._objective, self._motion, x, theta, frames, dt)
        return costs, *tape.gradient(costs, [x, theta])


class _FlatVariables:
    """The variables of a sequence as one vector: x, then the free ones of θ, the scale as it is.

    Args:
        x: [n_frames, n_x] variables of the frames at the start.
        theta: [n_theta] sequence variables at the start.
        variables: which of them are free.

    Attributes:
        start: the vector at the start, float64.
    """

    def __init__(self, x: np.ndarray, theta: np.ndarray, variables: SequenceVariables):
        self._shape, self._n, self._theta, self._free = x.shape, x.size, theta, variables.free
        self._is_scale = np.array([name == "log_scale" for name in variables.free_names], bool)
        free = np.where(self._is_scale, np.exp(theta[self._free]), theta[self._free])
        self.start = np.concatenate([np.ravel(x), free]).astype(np.float64)

    @property
    def bounds(self) -> list[tuple[float, None]]:
        """Bounds of all variables: a scale that is not positive has no pose."""
        free = np.where(self._is_scale, _SMALLEST_SCALE, -np.inf)
        return [(least, None) for least in np.append(np.full(self._n, -np.inf), free)]

    def split(self, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The x [n_frames, n_x] and θ [n_theta] of a vector, float32."""
        theta, free = self._theta.copy(), flat[self._n :].copy()
        free[self._is_scale] = np.log(free[self._is_scale])
        theta[self._free] = free
        return flat[: self._n].reshape(self._shape).astype(np.float32), theta.astype(np.float32)

    def gradient(self, flat: np.ndarray, by_x: tf.Tensor, by_theta: tf.Tensor) -> np.ndarray:
        """The gradient by a vector, given those by its x and θ."""
        by_free = by_theta.numpy()[self._free].astype(np.float64)
        by_free[self._is_scale] /= flat[self._n :][self._is_scale]  # df/ds = df/d(log s) / s
        return np.concatenate([np.ravel(by_x), by_free]).astype(np.float64)


def sequence_cost(
    objective: FrameObjective,
    motion: MotionTerms,
    x: tf.Tensor,
    theta: tf.Tensor,
    frames: FrameBatch,
    dt,
) -> tf.Tensor:
    """Costs [n_frames] of a sequence's frames; a motion term counts for the later of its frames.

    Args:
        objective: the terms of single frames.
        motion: the terms that couple a frame to the next.
        x: [n_frames, n_x] variables of the frames.
        theta: [n_theta] sequence variables.
        frames: the observations, in order of time.
        dt: time between frames [s].
    """
    n_frames = tf.shape(x)[0]
    thetas, widths = tf.tile(theta[None], [n_frames, 1]), tf.fill([n_frames], EXACT)
    costs, p3w = objective.cost_and_poses(x, thetas, frames, widths)
    poses = tf.linalg.matrix_transpose(p3w)
    steps = motion.cost((poses[1:] - poses[:-1]) / dt, frames)
    return costs + tf.pad(steps, [[1, 0]])
