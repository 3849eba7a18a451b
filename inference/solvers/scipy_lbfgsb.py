"""The paper's optimiser: SciPy's L-BFGS-B over all frames of a sequence at once."""

import numpy as np
import tensorflow as tf
from scipy.optimize import minimize

from inference.objective.frame_objective import Objective
from inference.objective.motion import sequence_cost
from inference.objective.residuals import Frames
from inference.solvers.compiled import any_batch
from inference.solvers.coupled_frames import SequenceFit
from inference.solvers.status import Status


class ScipySolver:
    """A solver for one objective, compiled once."""

    def __init__(self, objective: Objective):
        self._objective = objective
        self._free = list(objective.model.shared.free)
        self._value_and_slopes = any_batch(self._differentiated)
        self._costs = any_batch(self._frame_costs)

    def minimize(
        self,
        x: np.ndarray,
        theta: np.ndarray,
        frames: Frames,
        dt: float,
        tol: float,
        max_iterations: int,
    ) -> SequenceFit:
        """Minimise over a sequence and what its frames share; arguments as `CoupledSolver`'s."""
        dt, start = np.float32(dt), np.asarray(theta, np.float64)

        def unpack(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            theta = start.copy()
            theta[self._free] = flat[x.size :]
            return np.float32(flat[: x.size].reshape(x.shape)), np.float32(theta)

        def value_and_gradient(flat: np.ndarray):
            value, by_x, by_theta = self._value_and_slopes(*unpack(flat), frames, dt)
            slopes = [np.ravel(by_x), by_theta.numpy()[self._free]]
            return float(value), np.concatenate(slopes).astype(np.float64)

        limits = {"maxiter": max_iterations, "maxfun": 2 * max_iterations}
        first = np.concatenate([np.ravel(x), start[self._free]]).astype(np.float64)
        found = minimize(
            value_and_gradient, first, jac=True, method="L-BFGS-B", tol=tol, options=limits
        )
        x, theta = unpack(found.x)
        status = Status.ITERATION_LIMIT if found.status == 1 else Status.CONVERGED
        if not np.isfinite(found.fun):
            status = Status.NOT_FINITE
        cost = self._costs(x, theta, frames, dt).numpy()
        return SequenceFit(x, theta.astype(np.float64), cost, found.nit, status)

    def _frame_costs(self, x, theta, frames: Frames, dt):
        return sequence_cost(self._objective, x, theta, 0.0, frames, dt)

    def _differentiated(self, x, theta, frames: Frames, dt):
        with tf.GradientTape() as tape:
            tape.watch([x, theta])
            value = tf.reduce_sum(self._frame_costs(x, theta, frames, dt))
        return value, *tape.gradient(value, [x, theta])
