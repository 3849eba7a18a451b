"""What the solvers of many small problems have in common.

Every problem has its own variables, its own damping or memory, and its own end: a bad one harms no
other, and one that has converged leaves. Problems may have an easing: a number that makes them
simpler than they are (`Stage`), and goes down to what is asked for.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from inference.solvers.batches import in_batches
from inference.solvers.status import Status

BURST = 4  # steps between two looks at which problems have ended
RESOLUTION = 3e-5  # a step that gains less, relatively, is no progress in single precision

Cost = Callable[..., tf.Tensor]
"""(x [batch, n_x], easing [batch], *data) → [batch]."""


class Stage(NamedTuple):
    """Some steps, during which the easing goes from one value to another, geometrically."""

    first: float
    last: float
    steps: int


class Solution(NamedTuple):
    """Minima of problems.

    Attributes:
        x: [n_problems, n_x].
        cost: [n_problems], without easing.
        iterations: [n_problems] steps.
        status: [n_problems] `Status` numbers.
    """

    x: np.ndarray
    cost: np.ndarray
    iterations: np.ndarray
    status: np.ndarray


class Solver(ABC):
    """A solver for one kind of problem, compiled once.

    Between calls a problem's state is a named tuple of arrays over problems, `x` the first of them.

    Args:
        cost: (x [batch, n_x], easing [batch], *data) → [batch].
        shares: of a step that are looked at together, 1 the first of them.
    """

    def __init__(self, cost: Cost, shares: Sequence[float]):
        self._cost, self._shares = cost, tf.constant(shares, tf.float32)
        self._search = tf.function(self._along, jit_compile=True, autograph=False)
        self._advance = in_batches(self._steps)
        self._costs = in_batches(tf.function(cost, jit_compile=True, autograph=False))

    @abstractmethod
    def begin(self, x: np.ndarray) -> NamedTuple:
        """The state of problems [n_problems, n_x] that are to start there."""

    @abstractmethod
    def _renew(self, state: NamedTuple) -> NamedTuple:
        """The state when the problems have changed a little."""

    @abstractmethod
    def _step(self, state, easing: tf.Tensor, data) -> tuple[NamedTuple, tf.Tensor]:
        """One step: the new state, and [batch] the relative gain, infinite where to go on."""

    def advance(self, state: NamedTuple, data: Sequence[np.ndarray], stage: Stage) -> NamedTuple:
        """Take the steps of a stage.

        Args:
            state: where the problems are.
            data: what tells the problems apart, arrays [n_problems, ...].
            stage: how many steps, and the easing.
        """
        return self._taken(self._renew(state), data, stage)[0]

    def minimize(
        self,
        state: NamedTuple,
        data: Sequence[np.ndarray],
        tol: float,
        max_iterations: int,
        easing: float = 0.0,
    ) -> Solution:
        """Go on until every problem has ended.

        Args:
            state: where the problems are.
            data: what tells the problems apart, arrays [n_problems, ...].
            tol: a problem has converged when a step lowers its cost by no more than this share,
                or by less than single precision resolves.
            max_iterations: steps of one problem at most.
            easing: to the end.

        Returns:
            The solution; a problem whose cost is not finite at its start stays there.
        """
        n = len(state[0])
        x, status = np.array(state[0], np.float32), np.full(n, Status.ITERATION_LIMIT, np.int8)
        iterations, rows, spent = np.zeros(n, np.int32), np.arange(n), 0
        while len(rows) and spent < max_iterations:
            stage = Stage(easing, easing, min(BURST, max_iterations - spent))
            state, gain = self._taken(state, [part[rows] for part in data], stage)
            spent += stage.steps
            x[rows], iterations[rows] = state[0], spent
            done = gain <= max(tol, RESOLUTION)
            status[rows[done]] = Status.CONVERGED
            rows, state = rows[~done], type(state)(*(part[~done] for part in state))
        cost = self.cost(x, data)
        status[~np.isfinite(cost)] = Status.NOT_FINITE
        return Solution(x, np.where(np.isnan(cost), np.inf, cost), iterations, status)

    def cost(self, x: np.ndarray, data: Sequence[np.ndarray], easing: float = 0.0) -> np.ndarray:
        """Costs [n_problems] at x [n_problems, n_x]."""
        return self._costs(x, np.full(len(x), easing, np.float32), *data)

    def _along(self, x, step, easing, data) -> tf.Tensor:
        """Costs [n_shares, batch] after shares of steps [batch, n_x], infinite for none."""
        n = self._shares.shape[0]
        trials = x + self._shares[:, None, None] * step
        copies = [tf.repeat(part[None], n, axis=0) for part in (easing, *data)]
        flat = [tf.reshape(part, [-1, *part.shape[2:]]) for part in (trials, *copies)]
        costs = tf.reshape(self._cost(*flat), [n, -1])
        return tf.where(tf.math.is_finite(costs), costs, float("inf"))

    def _taken(self, state, data, stage: Stage) -> tuple[NamedTuple, np.ndarray]:
        first, last = np.float32(stage.first), np.float32(stage.last)
        return self._advance(state, tuple(data), first, last, np.int32(stage.steps))

    def _steps(self, state, data, first, last, n_steps):
        rows = tf.shape(state[0])[:1]

        def step(i, state, gain):
            share = tf.cast(i, tf.float32) / tf.cast(tf.maximum(n_steps - 1, 1), tf.float32)
            easing = first * (last / tf.maximum(first, 1e-30)) ** share
            state, gain = self._step(state, tf.fill(rows, easing), data)
            return i + 1, state, gain

        start = (0, state, tf.fill(rows, float("inf")))
        return tf.while_loop(lambda i, *_: i < n_steps, step, start)[1:]


def choose(condition: tf.Tensor, a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Rows of `a` where a condition [batch] holds, of `b` elsewhere."""
    return tf.where(tf.reshape(condition, [-1] + [1] * (len(a.shape) - 1)), a, b)
