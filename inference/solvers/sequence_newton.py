"""Newton's method for what the frames of a sequence share, with the frames following.

Let f(x, θ) be the cost of a frame and F(θ) = Σ min over x of f, summed over the frames of a
sequence. Every frame's x is a function of θ through f_x(x, θ) = 0, so by the implicit function
theorem dx/dθ = −f_xx⁻¹·f_xθ, and at the frames' minima

    F'(θ)  = Σ f_θ
    F''(θ) = Σ (f_θθ − f_xθᵀ·f_xx⁻¹·f_xθ)

F'' is the Schur complement of f_xx in the Hessian of (x, θ): the curvature that remains when every
frame follows a move of θ (variable projection; Golub and Pereyra 1973). Frames need not be at their
minima. Then f_x ≠ 0, each frame's own Newton step −f_xx⁻¹·f_x is due as well, and the slope that
takes it into account is F' = Σ (f_θ − f_xθᵀ·f_xx⁻¹·f_x), so that θ need not wait for the frames.
The k sequence variables cost one solve with k + 1 right-hand sides for each frame.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from inference.model.frame_batch import FrameBatch
from inference.model.pose_model import PoseModel
from inference.objective.frame_objective import Quadratic
from inference.solvers.execution import SIZES, Execution
from inference.solvers.problem import Problem, frame_data

LONGEST_SERIES = 0.75
"""Bound of the ratio by which steps are taken to shrink: a step becomes 4 times as long at most."""

THETA_SHARES = (1.0, 0.25)
"""Shares of a step of θ that are tried, the longest first."""

RIDGE = 1e-5
"""Share of the largest diagonal element that is added to f_xx before it is factorised: latent
dimensions that hardly move a pose would make the matrix singular in single precision."""


class Response(NamedTuple):
    """How the costs of frames respond to the sequence variables.

    Attributes:
        cost: [n_frames] f.
        slope: [n_frames, k] f_θ − f_xθᵀ·f_xx⁻¹·f_x.
        curvature: [n_frames, k, k] f_θθ − f_xθᵀ·f_xx⁻¹·f_xθ.
        by_theta: [n_frames, n_x, k] dx/dθ.
    """

    cost: np.ndarray
    slope: np.ndarray
    curvature: np.ndarray
    by_theta: np.ndarray


class Move(NamedTuple):
    """A move of what sequences share.

    Attributes:
        x: [n_frames, n_x] variables of the frames, which have followed.
        theta: [n_sequences, n_theta] sequence variables.
        step: [n_sequences, k] the step of the free ones; 0 for a sequence that did not move.
        gain: [n_sequences] the relative decrease of the cost that was predicted for the step; 0
            for a sequence that did not move.
    """

    x: np.ndarray
    theta: np.ndarray
    step: np.ndarray
    gain: np.ndarray


class SequenceNewton:
    """Newton steps of what sequences share, for one objective.

    Args:
        model: poses as a function of the variables.
        expand: (x, θ, frames, kink_width) → a `Quadratic` of each frame's cost, as tensors.
        cost: (x [n_frames, n_x], (θ [n_frames, n_theta], frames), kink_width) → the objective's
            costs [n_frames].
        execution: how the objective is computed.
    """

    def __init__(
        self,
        model: PoseModel,
        expand: Callable[..., Quadratic],
        cost: Callable[..., np.ndarray],
        execution: Execution,
    ):
        variables, self._n_x = model.sequence_variables, model.n_x
        self._free, self._largest = variables.free, variables.largest_free_step
        self._expand = execution.kernel(expand)
        # Seldom called and slow to compile, so one size of batches is enough.
        self._respond = execution.in_batches(self._response, SIZES[:1])
        self._cost = cost

    def step(
        self,
        x: np.ndarray,
        theta: np.ndarray,
        problem: Problem,
        kink_width: float,
        last_step: np.ndarray | None = None,
    ) -> Move:
        """One Newton step, taken by every sequence whose cost it lowers.

        Kinks make Newton's steps too short, each a nearly constant share ρ of the one before. So
        once a last step is known, ρ is estimated by the projection of the new step on it, and the
        new step is made 1/(1 − ρ) times as long: as long as the whole geometric series that would
        follow (Aitken's extrapolation).

        Args:
            x: [n_frames, n_x] variables of the frames.
            theta: [n_sequences, n_theta] sequence variables.
            problem: the sequences; those without frames do not move.
            kink_width: the width of the kinks.
            last_step: [n_sequences, k] the step before this one, where there was one.
        """
        n, k = len(theta), len(self._free)
        if not k:
            return Move(x, theta, np.zeros((n, 0)), np.zeros(n))
        thetas, frames = frame_data(theta, problem)
        widths = np.full(len(x), kink_width, np.float32)
        response = _finite(self._respond(x, thetas, frames, widths))
        # F' and F'' of every sequence: sums over its frames.
        slopes, curvatures = np.zeros((n, k)), np.zeros((n, k, k))
        np.add.at(slopes, problem.sequence, response.slope)
        np.add.at(curvatures, problem.sequence, response.curvature)
        curvatures += 1e-9 * np.eye(k)  # of a sequence without frames, and of one that is flat
        step = -np.linalg.solve(curvatures, slopes[..., None])[..., 0]
        if last_step is not None:
            square = np.maximum(np.sum(last_step * last_step, axis=1), 1e-30)
            # ρ of the docstring. Below 0 the steps turn back, and nothing is extrapolated.
            ratio = np.clip(np.sum(step * last_step, axis=1) / square, 0, LONGEST_SERIES)
            step /= 1 - ratio[:, None]
        step = np.clip(step, -self._largest, self._largest)
        # Newton's model F + F'·s + ½·s·F''·s falls by −½·F'·s at its minimum s = −F''⁻¹·F'. The
        # total may be negative, as the critic's term is.
        total = np.bincount(problem.sequence, response.cost, n)
        gain = -0.5 * (slopes * step).sum(axis=1) / np.maximum(np.abs(total), 1e-30)
        x, theta, step = self._lower(x, theta, problem, kink_width, response.by_theta, step)
        return Move(x, theta, step, np.where(step.any(axis=1), gain, 0.0))

    def _lower(self, x, theta, problem: Problem, kink_width, by_theta, step):
        """Take the longest shares of steps [n_sequences, k] that raise no sequence's cost.

        Returns:
            x and θ afterwards, and the steps that were taken [n_sequences, k].
        """
        sequence = problem.sequence

        def costs(x: np.ndarray, theta: np.ndarray) -> np.ndarray:
            return self._cost(x, frame_data(theta, problem), kink_width)

        before = costs(x, theta)
        is_finite = np.isfinite(before)  # a frame behind the camera does not hold the others back

        def totals(cost: np.ndarray) -> np.ndarray:
            return np.bincount(sequence[is_finite], cost[is_finite], len(theta))

        accepted = np.zeros_like(step)
        for share in THETA_SHARES:
            # Frames follow by dx/dθ, which keeps them at their minima to first order.
            new_theta = theta.copy()
            new_theta[:, self._free] += share * step
            response = (by_theta @ step[sequence][..., None])[..., 0]
            new_x = x + (share * response).astype(np.float32)
            is_lower = totals(costs(new_x, new_theta)) <= totals(before)
            is_lower &= ~accepted.any(axis=1)  # the longest share that was tried counts
            accepted[is_lower] = share * step[is_lower]
            x = np.where(is_lower[sequence][:, None], new_x, x)
            theta = np.where(is_lower[:, None], new_theta, theta)
            # Sequences that have moved are done, and the next share is for the others.
            step = np.where(is_lower[:, None], 0.0, step)
            if not step.any():
                break
        return x, theta, accepted

    def _response(self, x, theta, frames: FrameBatch, kink_width) -> Response:
        """The `Response` of a batch of frames, as tensors."""
        n_x = self._n_x
        cost, gradient, curvature = self._expand(x, theta, frames, kink_width)
        by_xx, by_x_theta = curvature[:, :n_x, :n_x], curvature[:, :n_x, n_x:]
        diagonal = tf.linalg.diag_part(by_xx)
        ridge = RIDGE * tf.reduce_max(diagonal, axis=1, keepdims=True) + 1e-12
        factor = tf.linalg.cholesky(tf.linalg.set_diag(by_xx, diagonal + ridge))
        # f_xx⁻¹ times f_xθ and, as one more column, times f_x.
        sides = tf.concat([by_x_theta, gradient[:, :n_x, None]], axis=2)
        solution = tf.linalg.cholesky_solve(factor, sides)
        slope = gradient[:, n_x:] - tf.reduce_sum(by_x_theta * solution[..., -1:], axis=1)
        follow = tf.matmul(by_x_theta, solution[..., :-1], transpose_a=True)
        return Response(cost, slope, curvature[:, n_x:, n_x:] - follow, -solution[..., :-1])


def _finite(response: Response) -> Response:
    """The response with 0 for every frame that has a value which is not finite."""
    n = len(response.cost)
    is_finite = np.all([np.isfinite(part.reshape(n, -1)).all(axis=1) for part in response], axis=0)
    return Response(
        *(np.where(is_finite.reshape(-1, *[1] * (p.ndim - 1)), p, 0.0) for p in response)
    )
