"""L-BFGS for many small problems at once (Nocedal and Wright 2006, algorithm 7.4).

Every problem has a memory of its own. Some shares of the quasi-Newton step are looked at together,
and the largest of them that lowers the cost enough (Armijo's condition) is taken; where none does,
the memory is forgotten, and the next step goes along the gradient.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from inference.solvers.solver import Cost, Solver, choose

MEMORY = 10
SHARES = (1.0, 0.5, 0.2, 0.05, 0.01)
ARMIJO = 1e-4
FIRST_STEP = 0.1  # length of a step along the gradient, while nothing is remembered


class _State(NamedTuple):
    """Where problems are [n, n_x], and what they remember, oldest first.

    Attributes:
        x: [n, n_x].
        steps: [n, MEMORY, n_x] differences of x.
        turns: [n, MEMORY, n_x] differences of the gradient.
        strength: [n, MEMORY] 1 / (step · turn), 0 for no memory.
        patience: [n] how long a step along the gradient may be; it shrinks with every failure,
            and grows with every step from memory.
    """

    x: np.ndarray
    steps: np.ndarray
    turns: np.ndarray
    strength: np.ndarray
    patience: np.ndarray


class LimitedMemoryBFGS(Solver):
    """A solver for one kind of problem, compiled once.

    Args:
        cost: (x [batch, n_x], easing [batch], *data) → [batch].
    """

    def __init__(self, cost: Cost):
        super().__init__(cost, SHARES)
        self._slope = tf.function(self._gradient, jit_compile=True, autograph=False)

    def begin(self, x: np.ndarray) -> _State:
        """The state of problems [n_problems, n_x] that are to start there."""
        x = np.asarray(x, np.float32)
        memory = np.zeros((len(x), MEMORY, x.shape[1]), np.float32)
        ones = np.ones(len(x), np.float32)
        return _State(x, memory, memory, memory[..., 0], ones)

    def _renew(self, state: _State) -> _State:
        return self.begin(state.x)

    def _step(self, state: _State, easing, data):
        cost, gradient = self._slope(state.x, easing, data)
        fresh = state.strength[:, -1] == 0
        length = tf.norm(gradient, axis=1, keepdims=True)
        first = -FIRST_STEP * state.patience[:, None] * gradient / tf.maximum(length, 1e-30)
        direction = choose(fresh, first, -_inverse_hessian_times(gradient, state))
        slope = tf.reduce_sum(direction * gradient, axis=1)
        costs = self._search(state.x, direction, easing, data)
        wanted = cost + ARMIJO * self._shares[:, None] * slope
        best = tf.argmax(tf.cast(costs <= wanted, tf.int32), axis=0)  # the first, so the longest
        trial = state.x + tf.gather(self._shares, best)[:, None] * direction
        lowest, after = self._slope(trial, easing, data)
        accepted = (lowest < cost) & (slope < 0)
        x = choose(accepted, trial, state.x)
        new = _remember(state, x, after - gradient, accepted)
        patience = tf.where(fresh, state.patience, tf.minimum(10 * state.patience, 1.0))
        new = new._replace(patience=tf.where(accepted, patience, 0.1 * state.patience))
        gain = (cost - lowest) / tf.maximum(tf.abs(cost), 1e-30)
        stuck = fresh & (new.patience < 1e-6) | ~tf.math.is_finite(cost) | (length[:, 0] == 0)
        gain = tf.where(accepted & ~fresh, gain, float("inf"))
        return new, tf.where(stuck, 0.0, gain)

    def _gradient(self, x, easing, data):
        with tf.GradientTape() as tape:
            tape.watch(x)
            cost = self._cost(x, easing, *data)
        return cost, tape.gradient(cost, x)


def _inverse_hessian_times(gradient: tf.Tensor, state: _State) -> tf.Tensor:
    """The two loops over the memory; a forgotten pair has strength 0 and changes nothing."""
    q, shares = gradient, []
    for i in reversed(range(MEMORY)):
        share = state.strength[:, i] * tf.reduce_sum(state.steps[:, i] * q, axis=1)
        shares.append(share)
        q -= share[:, None] * state.turns[:, i]
    square = tf.reduce_sum(state.turns[:, -1] ** 2, axis=1)
    q /= tf.maximum(state.strength[:, -1] * square, 1e-30)[:, None]
    for i, share in enumerate(reversed(shares)):
        back = state.strength[:, i] * tf.reduce_sum(state.turns[:, i] * q, axis=1)
        q += (share - back)[:, None] * state.steps[:, i]
    return q


def _remember(state: _State, x, turn, accepted) -> _State:
    """The state at x: with another pair where the step was accepted, without any elsewhere."""
    step = x - state.x
    product = tf.reduce_sum(step * turn, axis=1)
    lengths = tf.norm(step, axis=1) * tf.norm(turn, axis=1)
    convex = accepted & (product > 1e-6 * lengths)

    def pushed(memory, new):
        return choose(convex, tf.concat([memory[:, 1:], new[:, None]], axis=1), memory)

    strength = pushed(state.strength, 1 / tf.where(convex, product, 1.0))
    return _State(
        x,
        pushed(state.steps, step),
        pushed(state.turns, turn),
        choose(accepted, strength, tf.zeros_like(strength)),
        state.patience,
    )
