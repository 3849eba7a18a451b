"""The paper's optimiser: SciPy's L-BFGS-B over all frames of a sequence at once."""

import numpy as np
import tensorflow as tf
from scipy.optimize import minimize

from inference.compiled import any_batch
from inference.coupled import CoupledFit
from inference.motion import motion_cost
from inference.objective import Frames, Objective
from inference.status import Status


class ScipySolver:
    """A solver for one objective, compiled once."""

    def __init__(self, objective: Objective):
        self._objective = objective
        self._value_and_slopes = any_batch(self._differentiated)
        self._costs = any_batch(self._frame_costs)

    def minimize(
        self,
        x: np.ndarray,
        scale: float,
        frames: Frames,
        dt: float,
        tol: float,
        max_iterations: int,
    ) -> CoupledFit:
        """Minimise over all frames of a sequence and its scale; arguments as `CoupledSolver`'s."""
        shape, dt = x.shape, tf.constant(dt, tf.float32)

        def value_and_gradient(flat: np.ndarray):
            value, *slopes = self._value_and_slopes(*_unpack(flat, shape), frames, dt)
            return float(value), np.concatenate([np.ravel(s) for s in slopes]).astype(np.float64)

        limits = {"maxiter": max_iterations, "maxfun": 2 * max_iterations}
        first = np.concatenate([np.ravel(x), [scale]]).astype(np.float64)
        found = minimize(
            value_and_gradient, first, jac=True, method="L-BFGS-B", tol=tol, options=limits
        )
        x, scale = _unpack(found.x, shape)
        status = Status.ITERATION_LIMIT if found.status == 1 else Status.CONVERGED
        if not np.isfinite(found.fun):
            status = Status.NOT_FINITE
        cost = self._costs(x, scale, frames, dt).numpy()
        return CoupledFit(x.numpy(), float(scale), cost, found.nit, status)

    def _frame_costs(self, x, scale, frames: Frames, dt):
        scales = tf.fill([tf.shape(x)[0]], scale)
        moving = motion_cost(self._objective.decode(x, scales), dt, self._objective.weights)
        return self._objective.cost(x, scales, frames) + tf.pad(moving, [[1, 0]])

    def _differentiated(self, x, scale, frames: Frames, dt):
        with tf.GradientTape() as tape:
            tape.watch([x, scale])
            value = tf.reduce_sum(self._frame_costs(x, scale, frames, dt))
        return value, *tape.gradient(value, [x, scale])


def _unpack(flat: np.ndarray, shape) -> tuple[tf.Tensor, tf.Tensor]:
    flat = tf.constant(flat, tf.float32)
    return tf.reshape(flat[:-1], shape), flat[-1]
