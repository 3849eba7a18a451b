"""Smooth values in time, from several measurements of each moment."""

import numpy as np
import pytest

from lifting.camera_motion.local_parabolas import local_parabolas

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
