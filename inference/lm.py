"""Levenberg–Marquardt for many small problems at once.

Every problem has its own damping and its own end: a bad one harms no other, and one that has
converged leaves the batch for one that waits. The step solves (H + λ·max(diag H)·I)·δ = −g, and λ
follows the ratio of actual to predicted decrease (Nielsen 1999, "Damping parameter in Marquardt's
method", equation 2.4).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from inference.status import Status

BATCH = 1024
FIRST_DAMPING = 1e-2
MIN_DAMPING, MAX_DAMPING = 1e-9, 1e8

Evaluate = Callable[..., tuple[tf.Tensor, tf.Tensor, tf.Tensor]]


class Solution(NamedTuple):
    """Minima of a batch of problems.

    Attributes:
        x: [n_problems, n_x].
        cost: [n_problems].
        iterations: [n_problems] evaluations.
        status: [n_problems] `Status` numbers.
    """

    x: np.ndarray
    cost: np.ndarray
    iterations: np.ndarray
    status: np.ndarray


class _State(NamedTuple):
    """Running problems: where they are, what the cost looks like there, and the damping."""

    x: tf.Tensor
    cost: tf.Tensor
    gradient: tf.Tensor
    curvature: tf.Tensor
    damping: tf.Tensor
    growth: tf.Tensor


class LevenbergMarquardt:
    """A solver for one kind of problem, compiled once.

    Args:
        evaluate: (x [batch, n_x], *data) → cost [batch], gradient [batch, n_x] and positive
            semi-definite curvature [batch, n_x, n_x] of the problems with these data.
        batch: how many problems run at a time.
    """

    def __init__(self, evaluate: Evaluate, batch: int = BATCH):
        self._evaluate = tf.function(evaluate, reduce_retracing=True)
        self._step = tf.function(self._trial, reduce_retracing=True)
        self._batch = batch

    def minimize(
        self, x: np.ndarray, data: Sequence[np.ndarray], tol: float, max_iterations: int
    ) -> Solution:
        """Minimise many costs, each over its own variables.

        Args:
            x: [n_problems, n_x] where to start.
            data: what tells the problems apart, arrays [n_problems, ...].
            tol: a problem has converged when a step lowers its cost by no more than this share.
            max_iterations: evaluations of one problem at most.

        Returns:
            The solution; a problem whose cost is not finite at its start stays there.
        """
        n = len(x)
        solution = Solution(
            np.array(x, np.float32),
            np.full(n, np.inf, np.float32),
            np.zeros(n, np.int32),
            np.full(n, Status.ITERATION_LIMIT, np.int8),
        )
        waiting, rows, running = np.arange(n), np.empty(0, np.int64), None
        while len(waiting) or len(rows):
            entering, waiting = np.split(waiting, [self._batch - len(rows)])
            if len(entering):
                fresh = self._admit(solution.x[entering], [part[entering] for part in data])
                running = fresh if running is None else _concat(running, fresh)
                rows = np.concatenate([rows, entering])
                solution.iterations[entering] = 1
            state, progress = self._step(*running)
            running = (state, running[1])
            solution.iterations[rows] += 1
            done, status = _outcomes(
                state, progress.numpy(), solution.iterations[rows] >= max_iterations, tol
            )
            if done.any():
                out = rows[done]
                solution.x[out] = state.x.numpy()[done]
                solution.cost[out] = state.cost.numpy()[done]
                solution.status[out] = status[done]
                rows, keep = rows[~done], np.flatnonzero(~done)
                running = tf.nest.map_structure(
                    lambda part, keep=keep: tf.gather(part, keep), running
                )
        return solution

    def _admit(self, x: np.ndarray, data: Sequence[np.ndarray]):
        x, data = tf.constant(x), tuple(tf.constant(part) for part in data)
        ones = tf.ones(len(x))
        return _State(x, *self._evaluate(x, *data), FIRST_DAMPING * ones, 2 * ones), data

    def _trial(self, state: _State, data) -> tuple[_State, tf.Tensor]:
        """One trial step; gives the state and the relative decrease, NaN where rejected."""
        delta, predicted = _damped_step(state)
        x = state.x + delta
        cost, gradient, curvature = self._evaluate(x, *data)
        decrease = state.cost - cost
        finite = tf.math.is_finite(cost) & tf.math.is_finite(tf.reduce_sum(gradient, 1))
        accepted = finite & (decrease >= 0) & (predicted > 0)
        gain = tf.clip_by_value(decrease / tf.maximum(predicted, 1e-30), 0.0, 1.0)
        lower = state.damping * tf.maximum(1 / 3, 1 - (2 * gain - 1) ** 3)
        new = _State(
            x, cost, gradient, curvature, tf.maximum(lower, MIN_DAMPING), 2 * tf.ones_like(cost)
        )
        kept = state._replace(damping=state.damping * state.growth, growth=2 * state.growth)
        state = _State(*(_choose(accepted, a, b) for a, b in zip(new, kept, strict=True)))
        relative = decrease / tf.maximum(tf.abs(cost), 1e-30)
        return state, tf.where(accepted, relative, float("nan"))


def _damped_step(state: _State) -> tuple[tf.Tensor, tf.Tensor]:
    """The step [batch, n_x], and the decrease [batch] that the quadratic model predicts.

    A matrix that is not positive definite to working precision gives NaN, which is rejected.
    """
    diagonal = tf.linalg.diag_part(state.curvature)
    damping = (state.damping * tf.reduce_max(diagonal, axis=1) + 1e-12)[:, None]
    factor = tf.linalg.cholesky(tf.linalg.set_diag(state.curvature, diagonal + damping))
    delta = -tf.linalg.cholesky_solve(factor, state.gradient[..., None])[..., 0]
    predicted = 0.5 * tf.reduce_sum(delta * (damping * delta - state.gradient), axis=1)
    return delta, predicted


def _outcomes(state: _State, progress, at_limit, tol) -> tuple[np.ndarray, np.ndarray]:
    lost = ~np.isfinite(state.cost.numpy())
    converged = (progress <= tol) | (state.damping.numpy() > MAX_DAMPING)
    status = np.full(len(lost), Status.ITERATION_LIMIT, np.int8)
    status[converged] = Status.CONVERGED
    status[lost] = Status.NOT_FINITE
    return lost | converged | at_limit, status


def _choose(accepted: tf.Tensor, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    return tf.where(tf.reshape(accepted, [-1] + [1] * (len(a.shape) - 1)), a, b)


def _concat(a, b):
    return tf.nest.map_structure(lambda *parts: tf.concat(parts, axis=0), a, b)
