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

from inference.compiled import any_batch
from inference.status import Status

BATCH = 1024
BURST = 8  # steps between two looks at which problems have ended
FIRST_DAMPING = 1e-2
MIN_DAMPING, MAX_DAMPING = 1e-9, 1e6
RESOLUTION = 1e-5  # a smaller relative gain is no progress in single precision

_RUNNING = -1

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
    iterations: tf.Tensor
    status: tf.Tensor


class LevenbergMarquardt:
    """A solver for one kind of problem, compiled once.

    Args:
        evaluate: (x [batch, n_x], *data) → cost [batch], gradient [batch, n_x] and positive
            semi-definite curvature [batch, n_x, n_x] of the problems with these data.
        batch: how many problems run at a time.
    """

    def __init__(self, evaluate: Evaluate, batch: int = BATCH):
        self._evaluate = any_batch(evaluate)
        self._burst = any_batch(self._steps)
        self._batch = batch

    def minimize(
        self, x: np.ndarray, data: Sequence[np.ndarray], tol: float, max_iterations: int
    ) -> Solution:
        """Minimise many costs, each over its own variables.

        Args:
            x: [n_problems, n_x] where to start.
            data: what tells the problems apart, arrays [n_problems, ...].
            tol: a problem has converged when a step lowers its cost by no more than this share,
                or by less than single precision resolves.
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
        limits = tf.constant(max(tol, RESOLUTION), tf.float32), tf.constant(max_iterations)
        waiting, rows, running = np.arange(n), np.empty(0, np.int64), None
        while len(waiting) or len(rows):
            entering, waiting = np.split(waiting, [self._batch - len(rows)])
            if len(entering):
                fresh = self._admit(solution.x[entering], [part[entering] for part in data])
                running = fresh if running is None else _concat(running, fresh)
                rows = np.concatenate([rows, entering])
            state = self._burst(*running, *limits)
            status = state.status.numpy()
            done = status != _RUNNING
            for kept, part in zip(
                solution, (state.x, state.cost, state.iterations, state.status), strict=True
            ):
                kept[rows[done]] = part.numpy()[done]
            rows, keep = rows[~done], np.flatnonzero(~done)
            running = tf.nest.map_structure(
                lambda part, keep=keep: tf.gather(part, keep), (state, running[1])
            )
        return solution

    def _admit(self, x: np.ndarray, data: Sequence[np.ndarray]) -> tuple[_State, tuple]:
        x, data = tf.constant(x), tuple(tf.constant(part) for part in data)
        ones = tf.ones(len(x))
        cost, *slopes = self._evaluate(x, *data)
        cost = tf.where(tf.math.is_nan(cost), float("inf"), cost)
        count = tf.ones(len(x), tf.int32)
        running = tf.fill([len(x)], tf.constant(_RUNNING, tf.int8))
        return _State(x, cost, *slopes, FIRST_DAMPING * ones, 2 * ones, count, running), data

    def _steps(self, state: _State, data, tol, max_iterations) -> _State:
        """A few trial steps; a problem that has ended stays as it is."""

        def step(i, state: _State):
            trial, progress = self._trial(state, data)
            trial = trial._replace(iterations=state.iterations + 1)
            trial = trial._replace(status=_status(trial, progress, tol, max_iterations))
            running = state.status == _RUNNING
            pairs = zip(trial, state, strict=True)
            return i + 1, _State(*(_choose(running, new, old) for new, old in pairs))

        def goes_on(i, state: _State):
            return (i < BURST) & tf.reduce_any(state.status == _RUNNING)

        return tf.while_loop(goes_on, step, (0, state))[1]

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
        new = state._replace(
            x=x,
            cost=cost,
            gradient=gradient,
            curvature=curvature,
            damping=tf.maximum(lower, MIN_DAMPING),
            growth=2 * tf.ones_like(cost),
        )
        kept = state._replace(damping=state.damping * state.growth, growth=2 * state.growth)
        state = _State(*(_choose(accepted, a, b) for a, b in zip(new, kept, strict=True)))
        relative = decrease / tf.maximum(tf.abs(cost), 1e-30)
        return state, tf.where(accepted, relative, float("nan"))


def _status(state: _State, progress, tol, max_iterations) -> tf.Tensor:
    converged = (progress <= tol) | (state.damping > MAX_DAMPING)
    status = tf.where(state.iterations >= max_iterations, int(Status.ITERATION_LIMIT), _RUNNING)
    status = tf.where(converged, int(Status.CONVERGED), status)
    lost = ~tf.math.is_finite(state.cost)
    return tf.cast(tf.where(lost, int(Status.NOT_FINITE), status), tf.int8)


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


def _choose(condition: tf.Tensor, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    return tf.where(tf.reshape(condition, [-1] + [1] * (len(a.shape) - 1)), a, b)


def _concat(a, b):
    return tf.nest.map_structure(lambda *parts: tf.concat(parts, axis=0), a, b)
