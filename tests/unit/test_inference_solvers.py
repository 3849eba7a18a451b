"""The batched solver finds the minima of analytic problems, and no problem harms another."""

import numpy as np
import pytest
import tensorflow as tf

from human_pose_util.evaluate.status import Status
from inference.solvers.execution import TRACED
from inference.solvers.levenberg_marquardt import LevenbergMarquardt
from inference.solvers.progress import Minima
from inference.solvers.sharpening import Stage


def solver_of(residual_and_jacobian) -> LevenbergMarquardt:
    """A solver of ½‖r‖².

    Args:
        residual_and_jacobian: (x [batch, n], *data, kink_width [batch]) → residuals [batch, m] and
            Jacobians [batch, m, n].
    """

    def cost(x, *data):
        return 0.5 * tf.reduce_sum(residual_and_jacobian(x, *data)[0] ** 2, axis=1)

    def expand(x, *data):
        residual, jacobian = residual_and_jacobian(x, *data)
        gradient = tf.einsum("bmn,bm->bn", jacobian, residual)
        curvature = tf.einsum("bmn,bmk->bnk", jacobian, jacobian)
        return 0.5 * tf.reduce_sum(residual**2, axis=1), gradient, curvature

    return LevenbergMarquardt(cost, expand, TRACED)


def minimize(solver, start, data, tol=1e-9, max_iterations=500) -> Minima:
    return solver.minimize(solver.begin(start), data, tol, max_iterations)


def rosenbrock(x, a, kink_width):
    residual = tf.stack([10 * (x[:, 1] - x[:, 0] ** 2), a - x[:, 0]], axis=1)
    zero, one = tf.zeros_like(a), tf.ones_like(a)
    rows = [tf.stack([-20 * x[:, 0], 10 * one], 1), tf.stack([-one, zero], 1)]
    return residual, tf.stack(rows, axis=1)


def powell(x, kink_width):
    """Powell's singular function: the Hessian is singular at the minimum, 0."""
    a, b, c, d = tf.unstack(x, axis=1)
    zero, one = tf.zeros_like(a), tf.ones_like(a)
    residual = [a + 10 * b, 5**0.5 * (c - d), (b - 2 * c) ** 2, 10**0.5 * (a - d) ** 2]
    rows = [
        [one, 10 * one, zero, zero],
        [zero, zero, 5**0.5 * one, -(5**0.5) * one],
        [zero, 2 * (b - 2 * c), -4 * (b - 2 * c), zero],
        [2 * 10**0.5 * (a - d), zero, zero, -2 * 10**0.5 * (a - d)],
    ]
    return tf.stack(residual, 1), tf.stack([tf.stack(row, 1) for row in rows], 1)


def linear(x, matrix, target, kink_width):
    return tf.einsum("bmn,bn->bm", matrix, x) - target, matrix


def kink(x, a, kink_width):
    """A rounded |x − a| beside a valley: rounded, its minimum is a few steps away."""
    root = tf.sqrt((x[:, 0] - a) ** 2 + kink_width**2 + 1e-12)
    zero = tf.zeros_like(a)
    residual = tf.stack([root, 3 * (x[:, 1] - x[:, 0])], axis=1)
    rows = [tf.stack([(x[:, 0] - a) / root, zero], 1), tf.stack([zero - 3, zero + 3], 1)]
    return residual, tf.stack(rows, axis=1)


def test_rosenbrock_from_many_starts():
    rng = np.random.default_rng(0)
    start = rng.uniform(-3, 3, (600, 2)).astype(np.float32)  # more than one batch
    a = rng.uniform(0.5, 2, 600).astype(np.float32)
    minima = minimize(solver_of(rosenbrock), start, (a,), 1e-12)
    np.testing.assert_allclose(minima.x, np.stack([a, a**2], axis=1), atol=1e-2)
    assert (minima.status == Status.CONVERGED).all()
    assert (minima.cost < 1e-5).all()
    assert (minima.iterations > 2).all()


def test_powells_singular_function():
    minima = minimize(solver_of(powell), np.float32([[3, -1, 0, 1]]), (), 1e-12)
    assert minima.cost[0] < 1e-6
    np.testing.assert_allclose(minima.x, 0, atol=0.05)


def test_linear_least_squares_of_full_and_of_smaller_rank():
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(5, 6, 3)).astype(np.float32)
    matrix[2, :, 1] = matrix[2, :, 0]
    target = rng.normal(size=(5, 6)).astype(np.float32)
    minima = minimize(solver_of(linear), np.zeros((5, 3), np.float32), (matrix, target))
    for i in range(5):
        best = np.linalg.lstsq(matrix[i], target[i])[0]
        expected = 0.5 * np.sum((matrix[i] @ best - target[i]) ** 2)
        assert minima.cost[i] == pytest.approx(expected, rel=1e-4)
        if i != 2:
            np.testing.assert_allclose(minima.x[i], best, atol=5e-3)


def test_rounded_kinks_lead_to_the_minimum_and_costs_are_those_of_sharp_ones():
    a = np.float32([0.3, -2.0, 5.0])
    solver = solver_of(kink)
    progress = solver.begin(np.float32([[4, -4], [0, 3], [5, 5]]))
    progress = solver.advance(progress, (a,), Stage(1.0, 1e-3, 40))
    minima = solver.minimize(progress, (a,), 1e-9, 100)
    np.testing.assert_allclose(minima.x, np.stack([a, a], axis=1), atol=3e-3)
    expected = 0.5 * ((minima.x[:, 0] - a) ** 2 + 9 * (minima.x[:, 1] - minima.x[:, 0]) ** 2)
    np.testing.assert_allclose(minima.cost, expected, atol=1e-9)


def test_problem_that_is_not_finite_harms_no_other():
    start = np.tile(np.float32([[-1.2, 1.0]]), (9, 1))
    a = np.ones(9, np.float32)
    solver = solver_of(rosenbrock)
    alone = minimize(solver, start, (a,))
    a[3], start[5] = np.nan, np.inf
    mixed = minimize(solver, start, (a,))
    bad = np.isin(np.arange(9), [3, 5])
    assert (mixed.status[bad] == Status.NOT_FINITE).all()
    np.testing.assert_array_equal(mixed.x[~bad], alone.x[~bad])
    assert (mixed.status[~bad] == Status.CONVERGED).all()
    np.testing.assert_array_equal(mixed.x[3], start[3])


def test_minima_depend_neither_on_order_nor_on_other_problems():
    rng = np.random.default_rng(3)
    start = rng.uniform(-2, 2, (70, 2)).astype(np.float32)
    a = rng.uniform(0.5, 2, 70).astype(np.float32)
    order = rng.permutation(70)
    solver = solver_of(rosenbrock)
    together = minimize(solver, start, (a,))
    permuted = minimize(solver, start[order], (a[order],))
    np.testing.assert_allclose(permuted.x, together.x[order], atol=2e-3)
    single = [minimize(solver, start[i : i + 1], (a[i : i + 1],)).x[0] for i in range(5)]
    np.testing.assert_allclose(single, together.x[:5], atol=2e-3)


def test_iteration_limit_is_kept_and_recorded():
    start = np.float32([[-1.2, 1.0]])
    one = (np.ones(1, np.float32),)
    minima = minimize(solver_of(rosenbrock), start, one, 1e-12, max_iterations=3)
    assert minima.status[0] == Status.ITERATION_LIMIT
    assert minima.iterations[0] == 3
    assert minima.cost[0] < 0.5 * (10 * (1 - 1.44)) ** 2 + 0.5 * 2.2**2


def test_no_problems():
    solver = solver_of(rosenbrock)
    minima = minimize(solver, np.zeros((0, 2), np.float32), (np.zeros(0, np.float32),))
    assert minima.x.shape == (0, 2)
