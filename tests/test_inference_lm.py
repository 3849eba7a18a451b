import numpy as np
import pytest
import tensorflow as tf

from inference.lm import LevenbergMarquardt
from inference.status import Status


def least_squares(residual_and_jacobian):
    """The `evaluate` of a least-squares problem, from residuals [b, m] and Jacobians [b, m, n]."""

    def evaluate(x, *data):
        residual, jacobian = residual_and_jacobian(x, *data)
        gradient = tf.einsum("bmn,bm->bn", jacobian, residual)
        curvature = tf.einsum("bmn,bmk->bnk", jacobian, jacobian)
        return 0.5 * tf.reduce_sum(residual**2, axis=1), gradient, curvature

    return evaluate


def rosenbrock(x, a):
    residual = tf.stack([10 * (x[:, 1] - x[:, 0] ** 2), a - x[:, 0]], axis=1)
    zero, one = tf.zeros_like(a), tf.ones_like(a)
    rows = [tf.stack([-20 * x[:, 0], 10 * one], 1), tf.stack([-one, zero], 1)]
    return residual, tf.stack(rows, axis=1)


def linear(x, matrix, target):
    return tf.einsum("bmn,bn->bm", matrix, x) - target, matrix


def test_rosenbrock_from_many_starts():
    rng = np.random.default_rng(0)
    start = rng.uniform(-3, 3, (40, 2)).astype(np.float32)
    a = rng.uniform(0.5, 2, 40).astype(np.float32)
    solver = LevenbergMarquardt(least_squares(rosenbrock), batch=16)
    found = solver.minimize(start, [a], tol=1e-12, max_iterations=500)
    np.testing.assert_allclose(found.x, np.stack([a, a**2], axis=1), atol=2e-3)
    assert (found.status == Status.CONVERGED).all()
    assert (found.cost < 1e-6).all()
    assert (found.iterations > 2).all()


def test_linear_least_squares_also_where_it_is_singular():
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(5, 6, 3)).astype(np.float32)
    matrix[2, :, 1] = matrix[2, :, 0]
    target = rng.normal(size=(5, 6)).astype(np.float32)
    solver = LevenbergMarquardt(least_squares(linear))
    found = solver.minimize(np.zeros((5, 3), np.float32), [matrix, target], 1e-9, 200)
    for i in range(5):
        best = np.linalg.lstsq(matrix[i], target[i])[0]
        expected = 0.5 * np.sum((matrix[i] @ best - target[i]) ** 2)
        assert found.cost[i] == pytest.approx(expected, rel=1e-4)
        if i != 2:
            np.testing.assert_allclose(found.x[i], best, atol=1e-3)


def test_a_problem_that_is_not_finite_harms_no_other():
    start = np.tile(np.float32([[-1.2, 1.0]]), (9, 1))
    a = np.ones(9, np.float32)
    solver = LevenbergMarquardt(least_squares(rosenbrock), batch=4)
    alone = solver.minimize(start, [a], 1e-9, 200)
    a[3], start[5] = np.nan, np.inf
    mixed = solver.minimize(start, [a], 1e-9, 200)
    bad = np.isin(np.arange(9), [3, 5])
    assert (mixed.status[bad] == Status.NOT_FINITE).all()
    np.testing.assert_allclose(mixed.x[~bad], alone.x[~bad], atol=1e-4)
    assert (mixed.status[~bad] == Status.CONVERGED).all()


def test_order_and_company_do_not_matter():
    rng = np.random.default_rng(3)
    start = rng.uniform(-2, 2, (12, 2)).astype(np.float32)
    a = rng.uniform(0.5, 2, 12).astype(np.float32)
    order = rng.permutation(12)
    together = LevenbergMarquardt(least_squares(rosenbrock)).minimize(start, [a], 1e-9, 300)
    permuted = LevenbergMarquardt(least_squares(rosenbrock), batch=5).minimize(
        start[order], [a[order]], 1e-9, 300
    )
    single = LevenbergMarquardt(least_squares(rosenbrock), batch=1).minimize(start, [a], 1e-9, 300)
    np.testing.assert_allclose(permuted.x, together.x[order], atol=1e-3)
    np.testing.assert_allclose(single.x, together.x, atol=1e-3)


def test_iteration_limit_is_kept_and_said():
    start = np.float32([[-1.2, 1.0]])
    solver = LevenbergMarquardt(least_squares(rosenbrock))
    found = solver.minimize(start, [np.ones(1, np.float32)], 1e-12, max_iterations=4)
    assert found.status[0] == Status.ITERATION_LIMIT
    assert found.iterations[0] == 4
    first = 0.5 * (10 * (1 - 1.44)) ** 2 + 0.5 * 2.2**2
    assert found.cost[0] < first


def test_no_problems():
    solver = LevenbergMarquardt(least_squares(rosenbrock))
    found = solver.minimize(np.zeros((0, 2), np.float32), [np.zeros(0, np.float32)], 1e-9, 10)
    assert found.x.shape == (0, 2)
