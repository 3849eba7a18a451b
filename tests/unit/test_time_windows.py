"""Averages and parabolas over windows in time."""

import numpy as np
import pytest

from human_pose_util.time_windows import local_parabolas, time_average

TIME = np.arange(60.0)


def test_a_parabola_stays_as_it_is():
    values = 2.0 + 0.3 * TIME - 0.01 * TIME**2
    weights = np.random.default_rng(0).uniform(0.5, 1, (60, 2))
    found = local_parabolas(np.stack([values, values], axis=1), weights, 5.0)
    np.testing.assert_allclose(found, values, atol=0.05)


def test_noise_averages_out():
    rng = np.random.default_rng(1)
    truth = np.sin(TIME / 10)
    values = truth[:, None] + rng.normal(0, 0.3, (60, 4))
    found = local_parabolas(values, np.ones((60, 4)), 5.0)
    assert np.abs(found - truth).mean() < 0.1
    assert np.abs(values.mean(axis=1) - truth).mean() > 0.1


def test_weights_count():
    values = np.stack([np.ones(60), np.full(60, 5.0)], axis=1)
    weights = np.stack([np.full(60, 3.0), np.ones(60)], axis=1)
    np.testing.assert_allclose(local_parabolas(values, weights, 4.0), 2.0, atol=1e-6)


def test_gaps_are_interpolated():
    values, weights = np.stack([TIME]).T, np.ones((60, 1))
    weights[:10], weights[20:45], weights[55:] = 0, 0, 0
    found = local_parabolas(values, weights, 2.0)
    np.testing.assert_allclose(found[10:55], TIME[10:55], atol=0.1)
    np.testing.assert_allclose(found[:10], found[10], atol=1e-9)


@pytest.mark.parametrize("n", [1, 2])
def test_without_weights_values_are_zero(n):
    np.testing.assert_array_equal(local_parabolas(np.ones((n, 2)), np.zeros((n, 2)), 3.0), 0)


def test_an_average_is_that_of_the_gaussian_window():
    """Of one moment without a weight, the others tell; alone, a measurement is its own average."""
    rng, width = np.random.default_rng(2), 3.0
    values, weights = rng.normal(size=(60, 2)), rng.uniform(0, 1, (60, 1))
    weights[20] = 0
    found = time_average(weights * values, weights, width)
    window = weights * np.exp(-0.5 * ((TIME - 30) / width) ** 2)[:, None]
    np.testing.assert_allclose(found[30], (window * values).sum(axis=0) / window.sum(), atol=1e-4)
    assert np.isfinite(found).all()
    one, at_one = np.zeros((60, 1)), np.zeros((60, 1))
    one[30], at_one[30] = 7.0, 1.0
    np.testing.assert_allclose(time_average(one, at_one, width)[28:33], 7.0)
    np.testing.assert_array_equal(time_average(np.zeros((60, 1)), np.zeros((60, 1)), width), 0)
    assert time_average(np.zeros((0, 2)), np.zeros((0, 1)), width).shape == (0, 2)
