"""Levenberg–Marquardt for many small problems at once, in batches of them.

Every problem has its own variables, its own damping and its own end: a bad one harms no other, and
one that has converged leaves the batch. A problem may have kinks that are rounded to a width
(`inference.solvers.sharpening`).

The step solves (H + λ·max(diag H)·I)·δ = −g by a Cholesky factorisation; λ follows
`inference.solvers.damping`. The largest element of the diagonal, instead of the diagonal itself as
in Marquardt's original, keeps weakly determined directions (latent dimensions that hardly move a
pose) from taking long steps.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from human_pose_util.evaluate.status import Status, statuses_of
from inference.solvers.damping import (
    FIRST_DAMPING,
    FIRST_GROWTH,
    MAX_DAMPING,
    MIN_DAMPING,
    STEP_SHARES,
    next_damping,
)
from inference.solvers.execution import Execution
from inference.solvers.progress import Minima, Progress
from inference.solvers.sharpening import EXACT, SHARP, Stage

BURST = 4
"""Steps between two looks at which problems have ended."""

RESOLUTION = 3e-5
"""Relative gain of a step below which it is no progress in single precision."""

SHORTEST = 1e-6
"""Relative change of the variables that single precision resolves."""

Cost = Callable[..., tf.Tensor]
"""(x [batch, n_x], *data, kink_width [batch]) → costs [batch]."""

Expand = Callable[..., tuple[tf.Tensor, tf.Tensor, tf.Tensor]]
"""(x, *data, kink_width) → costs [batch], gradients [batch, n_x] and positive semi-definite
curvatures [batch, n_x, n_x]."""


class LevenbergMarquardt:
    """A solver for one kind of problem.

    Args:
        cost: costs of problems.
        expand: quadratic models of the costs.
        execution: how they are computed.
    """

    def __init__(self, cost: Cost, expand: Expand, execution: Execution):
        self._cost, self._shares = cost, tf.constant(STEP_SHARES, tf.float32)
        self._expand = execution.kernel(expand)
        self._search = execution.kernel(self._costs_along)
        self._advance = execution.in_batches(self._steps)
        self._costs = execution.in_batches(execution.kernel(cost))

    def begin(self, x: np.ndarray) -> Progress:
        """The progress of problems that start at x [n_problems, n_x]."""
        ones = np.ones(len(x), np.float32)
        return Progress(np.asarray(x, np.float32), FIRST_DAMPING * ones, FIRST_GROWTH * ones)

    def advance(self, progress: Progress, data: tuple[Any, ...], stage: Stage) -> Progress:
        """Take the steps of a stage.

        Args:
            progress: where the problems are. The problems may have changed a little since then, so
                a damping that is above the first one starts there again.
            data: what distinguishes the problems: arrays [n_problems, ...], or nested structures
                of them.
            stage: the number of steps, and the widths of the kinks.
        """
        damping = np.minimum(progress.damping, np.float32(FIRST_DAMPING))
        growth = np.full_like(damping, FIRST_GROWTH)
        return self._take_steps(Progress(progress.x, damping, growth), data, stage)[0]

    def minimize(
        self,
        progress: Progress,
        data: tuple[Any, ...],
        tol: float,
        max_iterations: int,
    ) -> Minima:
        """Take steps with sharp kinks until every problem has ended.

        Args:
            progress: where the problems are.
            data: what distinguishes the problems, as in `advance`.
            tol: a problem has converged when a step lowers its cost by no more than this share, or
                by less than single precision resolves.
            max_iterations: limit on the steps of one problem.

        Returns:
            The minima. A problem whose cost is not finite at its start may still step to where it
            is; `NOT_FINITE` is for those that do not.
        """
        n = len(progress.x)
        x, status = np.array(progress.x, np.float32), np.full(n, Status.ITERATION_LIMIT, np.int8)
        iterations, rows, n_steps = np.zeros(n, np.int32), np.arange(n), 0
        while len(rows) and n_steps < max_iterations:
            stage = Stage(SHARP, SHARP, min(BURST, max_iterations - n_steps))
            progress, gain = self._take_steps(progress, _rows_of(data, rows), stage)
            n_steps += stage.n_steps
            x[rows], iterations[rows] = progress.x, n_steps
            # The gain is that of the last step of a burst, so a problem may take up to BURST − 1
            # steps more than it needs: cheaper than to look after every step.
            has_ended = gain <= max(tol, RESOLUTION)
            status[rows[has_ended]] = Status.CONVERGED
            rows, progress = rows[~has_ended], progress.at(~has_ended)
        cost = self.cost(x, data, EXACT)
        lowest = np.where(np.isnan(cost), np.inf, cost)
        return Minima(x, lowest, iterations, statuses_of(cost, status))

    def cost(self, x: np.ndarray, data: tuple[Any, ...], kink_width: float) -> np.ndarray:
        """Costs of problems, [n_problems].

        Args:
            x: [n_problems, n_x] variables.
            data: what distinguishes the problems, as in `advance`.
            kink_width: the width of the kinks.
        """
        return self._costs(x, *data, np.full(len(x), kink_width, np.float32))

    def _take_steps(self, progress, data, stage: Stage) -> tuple[Progress, np.ndarray]:
        """The progress after the steps of a stage, and the relative gains of the last one."""
        first, last = np.float32(stage.first), np.float32(stage.last)
        return self._advance(progress, data, first, last, np.int32(stage.n_steps))

    def _steps(self, progress: Progress, data, first, last, n_steps):
        """`n_steps` steps, as a loop in the graph around one compiled step.

        The first and last width are scalars of the graph, so other stages compile nothing.
        """
        rows = tf.shape(progress.x)[:1]

        def step(i, progress, gain):
            # The widths are a geometric sequence from the first to the last.
            share = tf.cast(i, tf.float32) / tf.cast(tf.maximum(n_steps - 1, 1), tf.float32)
            width = first * (last / tf.maximum(first, 1e-30)) ** share
            progress, gain = self._step(progress, data, tf.fill(rows, width))
            return i + 1, progress, gain

        start = (0, progress, tf.fill(rows, float("inf")))
        return tf.while_loop(lambda i, *_: i < n_steps, step, start)[1:]

    def _step(self, progress: Progress, data, kink_width) -> tuple[Progress, tf.Tensor]:
        """One step: the new progress, and the relative gains [batch].

        A gain is infinite where no share of the step was accepted, and 0 where a problem has ended:
        where the model predicts a gain that single precision does not resolve, where the step is
        shorter than that, where the cost is not finite, or where the damping is at its bound.
        """
        x = progress.x
        cost, gradient, curvature = self._expand(x, *data, kink_width)
        delta, predicted = frame_step(gradient, curvature, progress.damping)
        # All shares of the step are tried side by side in one batch, and the best one counts.
        costs = self._search(x, delta, data, kink_width)
        share = tf.gather(self._shares, tf.argmin(costs, axis=0))
        lowest = tf.reduce_min(costs, axis=0)
        accepted = (lowest <= cost) & (predicted > 0)
        # The model predicts the gain of the whole step, so the whole step (share 1, the first one)
        # tells how good the model is.
        ratio = (cost - costs[0]) / tf.maximum(predicted, 1e-30)
        damping, growth = next_damping(
            tf, progress.damping, progress.growth, accepted, ratio, share
        )
        size = tf.maximum(tf.abs(cost), 1e-30)
        gain = tf.where(accepted, (cost - lowest) / size, float("inf"))
        is_flat = (predicted >= 0) & (predicted / size <= RESOLUTION)
        longest = tf.reduce_max(tf.abs(x), axis=1)
        is_short = tf.reduce_max(tf.abs(delta), axis=1) <= SHORTEST * longest
        has_ended = is_flat | is_short | ~tf.math.is_finite(cost) | (damping > MAX_DAMPING)
        x = _rows_where(accepted, x + share[:, None] * delta, x)
        progress = Progress(x, tf.maximum(damping, MIN_DAMPING), growth)
        return progress, tf.where(has_ended, 0.0, gain)

    def _costs_along(self, x, step, data, kink_width) -> tf.Tensor:
        """Costs [n_shares, batch] after shares of steps [batch, n_x], infinite for none."""
        n = self._shares.shape[0]
        trials = x + self._shares[:, None, None] * step

        def repeated(part):
            return tf.tile(part, [n, *[1] * (part.shape.rank - 1)])

        data, kink_width = tf.nest.map_structure(repeated, (data, kink_width))
        trials = tf.reshape(trials, [-1, x.shape[1]])
        costs = tf.reshape(self._cost(trials, *data, kink_width), [n, -1])
        return tf.where(tf.math.is_finite(costs), costs, float("inf"))


def frame_step(
    gradient: tf.Tensor, curvature: tf.Tensor, damping: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The damped step, and the decrease of the cost that the quadratic model predicts for it.

    With (H + μI)·δ = −g the model's decrease −g·δ − ½δᵀHδ is ½δᵀ(μδ − g).

    Args:
        gradient: [batch, n_x] g.
        curvature: [batch, n_x, n_x] H, positive semi-definite.
        damping: [batch] λ; μ = λ·max(diag H).

    Returns:
        [batch, n_x] δ and [batch] decreases; both are 0 where the damped matrix is not positive
        definite to working precision.
    """
    diagonal = tf.linalg.diag_part(curvature)
    added = (damping * tf.reduce_max(diagonal, axis=1) + 1e-12)[:, None]
    # Where the matrix is not positive definite, the factor is NaN, and with it the step.
    factor = tf.linalg.cholesky(tf.linalg.set_diag(curvature, diagonal + added))
    delta = -tf.linalg.cholesky_solve(factor, gradient[..., None])[..., 0]
    is_finite = tf.reduce_all(tf.math.is_finite(delta), axis=1)
    delta = _rows_where(is_finite, delta, tf.zeros_like(delta))
    predicted = 0.5 * tf.reduce_sum(delta * (added * delta - gradient), axis=1)
    return delta, predicted


def _rows_where(condition: tf.Tensor, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Rows of `a` where a condition [batch] holds, of `b` elsewhere."""
    return tf.where(condition[:, None], a, b)


def _rows_of(data: tuple[Any, ...], rows: np.ndarray) -> tuple[Any, ...]:
    """The arrays of a nested structure at some rows."""
    return tf.nest.map_structure(lambda part: part[rows], data)
