"""Levenberg–Marquardt for many small problems at once.

The step solves (H + λ·max(diag H)·I)·δ = −g. A network's cost is far from quadratic, and looking
once more costs a tenth of a new linearisation, so shares of the step are tried too and the best is
taken. λ follows the ratio of actual to predicted decrease (Nielsen 1999, "Damping parameter in
Marquardt's method") and the share that was best.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from inference.solvers.solver import RESOLUTION, Cost, Solver, choose

FIRST_DAMPING = 1e-4
MIN_DAMPING, MAX_DAMPING = 1e-9, 1e6
SHARES = (1.0, 0.5, 0.2)
RAISE, LOWER = 4.0, 12.0
SHORTEST = 1e-6  # of x: what single precision resolves

Expand = Callable[..., tuple[tf.Tensor, tf.Tensor, tf.Tensor]]


class _State(NamedTuple):
    """Where problems are [n, n_x], their damping [n], and its growth when a step fails [n]."""

    x: np.ndarray
    damping: np.ndarray
    growth: np.ndarray


class LevenbergMarquardt(Solver):
    """A solver for one kind of problem, compiled once.

    Args:
        cost: (x [batch, n_x], easing [batch], *data) → [batch].
        expand: the same arguments → cost [batch], gradient [batch, n_x] and positive
            semi-definite curvature [batch, n_x, n_x].
    """

    def __init__(self, cost: Cost, expand: Expand):
        super().__init__(cost, SHARES)
        self._expand = tf.function(expand, jit_compile=True, autograph=False)

    def begin(self, x: np.ndarray) -> _State:
        """The state of problems [n_problems, n_x] that are to start there."""
        ones = np.ones(len(x), np.float32)
        return _State(np.asarray(x, np.float32), FIRST_DAMPING * ones, RAISE * ones)

    def _renew(self, state: _State) -> _State:
        damping = np.minimum(state.damping, FIRST_DAMPING)
        return state._replace(damping=damping, growth=np.full_like(damping, RAISE))

    def _step(self, state: _State, easing, data):
        cost, gradient, curvature = self._expand(state.x, easing, *data)
        delta, predicted = damped_step(gradient, curvature, state.damping)
        costs = self._search(state.x, delta, easing, data)
        best = tf.argmin(costs, axis=0)
        lowest = tf.reduce_min(costs, axis=0)
        share = tf.gather(self._shares, best)
        accepted = (lowest <= cost) & (predicted > 0)

        ratio = (cost - costs[0]) / tf.maximum(predicted, 1e-30)
        factor = tf.where(ratio > 0.75, 1 / LOWER, tf.where(ratio < 0.25, 2.0, 1.0))
        factor = tf.where(share < 0.5, RAISE, factor)
        damping = state.damping * tf.where(accepted, factor, state.growth)
        growth = tf.where(accepted, RAISE, 2 * state.growth)
        x = choose(accepted, state.x + share[:, None] * delta, state.x)

        size = tf.maximum(tf.abs(cost), 1e-30)
        gain = tf.where(accepted, (cost - lowest) / size, float("inf"))
        flat = (predicted >= 0) & (predicted / size <= RESOLUTION)
        flat |= tf.reduce_max(tf.abs(delta), axis=1) <= SHORTEST * tf.reduce_max(tf.abs(x), axis=1)
        lost = ~tf.math.is_finite(cost)
        gain = tf.where(flat | lost | (damping > MAX_DAMPING), 0.0, gain)
        return _State(x, tf.maximum(damping, MIN_DAMPING), growth), gain


def damped_step(gradient, curvature, damping) -> tuple[tf.Tensor, tf.Tensor]:
    """The step [batch, n_x], and the decrease [batch] that the quadratic model predicts.

    Where the matrix is not positive definite to working precision, both are 0.
    """
    diagonal = tf.linalg.diag_part(curvature)
    added = (damping * tf.reduce_max(diagonal, axis=1) + 1e-12)[:, None]
    factor = tf.linalg.cholesky(tf.linalg.set_diag(curvature, diagonal + added))
    delta = -tf.linalg.cholesky_solve(factor, gradient[..., None])[..., 0]
    delta = choose(tf.reduce_all(tf.math.is_finite(delta), axis=1), delta, tf.zeros_like(delta))
    predicted = 0.5 * tf.reduce_sum(delta * (added * delta - gradient), axis=1)
    return delta, predicted
