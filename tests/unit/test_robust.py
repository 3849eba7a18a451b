"""Robust estimates: weights from the loss that they minimise, and medians."""

import numpy as np

from human_pose_util.robust import robust_weights, weighted_median


def test_weights_are_the_slope_of_the_loss_over_that_of_the_square():
    errors, scale, h = np.array([-30.0, -2.0, 0.5, 3.0, 1e3]), 3.0, 1e-5

    def loss(e):
        return e**2 / (1 + (e / scale) ** 2)

    slope = (loss(errors + h) - loss(errors - h)) / (2 * h)
    np.testing.assert_allclose(robust_weights(errors, scale), slope / (2 * errors), atol=1e-9)
    assert robust_weights(0.0, scale) == 1
    assert robust_weights(-scale, scale) == 0.25


def test_a_mean_with_these_weights_leaves_out_what_is_wrong():
    values = np.array([1.0, 1.1, 0.9, 1.0, 500.0])
    mean = np.median(values)
    for _ in range(10):
        mean = np.average(values, weights=robust_weights(values - mean, 0.5))
    assert abs(mean - 1.0) < 0.01


def test_a_median_counts_a_value_as_often_as_its_weight():
    rng = np.random.default_rng(0)
    values, counts = rng.normal(size=(7, 3)), rng.integers(0, 4, (7, 3))
    repeated = np.sort(np.repeat(values.ravel(), counts.ravel()))
    lower_middle = repeated[(len(repeated) - 1) // 2]
    assert weighted_median(values, counts.astype(float)) == lower_middle
