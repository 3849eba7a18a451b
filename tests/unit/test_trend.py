"""The trend of a motion, and what smoothness about it leaves of a motion."""

import numpy as np
import pytest

from inference.model.observe import observe
from inference.model.trend import JOINT_TIME, UNSURE, trend
from tests.helpers.inference_problems import CAMERA, make_search, pose_and_image, true_variables

DT = 1 / 30
BODY = np.random.default_rng(0).normal(0, 0.4, (12, 3))


def moved(path: np.ndarray) -> np.ndarray:
    """Poses [n, 12, 3] of a body that does not change on a path [n, 3]."""
    return BODY + path[:, None]


def told(speed: float) -> float:
    """The part of the speed [m/s] of a place that the trend keeps."""
    return speed**3 / (speed**2 + UNSURE**2)


def test_trend_of_steady_motion_is_its_velocity():
    time = DT * np.arange(40)
    velocity = np.array([0.5, -0.2, 3.0])
    found = trend(moved(time[:, None] * velocity), DT, np.ones(40, bool))
    assert found.shape == (40, 12, 3)
    np.testing.assert_array_equal(found[0], 0)
    expected = velocity * told(np.linalg.norm(velocity)) / np.linalg.norm(velocity)
    np.testing.assert_allclose(found[1:], np.broadcast_to(expected, (39, 12, 3)), atol=1e-9)
    assert np.linalg.norm(expected) > 0.99 * np.linalg.norm(velocity)


def test_someone_who_hardly_moves_has_no_trend():
    time = DT * np.arange(40)
    found = trend(moved(time[:, None] * [0.0, 0.0, 0.05]), DT, np.ones(40, bool))
    np.testing.assert_allclose(found[1:, :, 2], told(0.05), atol=1e-9)
    assert found.max() < 0.005


def test_trend_takes_noise_away_and_keeps_a_swing():
    rng, time = np.random.default_rng(1), DT * np.arange(120)
    swing = moved(np.zeros((120, 3)))
    swing[:, 5, 0] += 0.3 * np.sin(2 * np.pi * time)  # a hand, once a second
    noise = rng.normal(0, 0.01, swing.shape)
    true = np.diff(swing, axis=0) / DT
    found = trend(swing + noise, DT, np.ones(120, bool))[1:]
    assert (found - true)[:, :5].std() < 0.2 * (np.diff(noise, axis=0) / DT).std()
    of_noise = found - trend(swing, DT, np.ones(120, bool))[1:]
    assert of_noise.std() < 0.1 * (np.diff(noise, axis=0) / DT).std()
    # One joint of twelve moves their mean as well, which is slow: 11/12 of the swing are its own.
    assert np.abs(found[30:-30, 5, 0]).max() > 0.85 * np.abs(true[:, 5, 0]).max()


@pytest.mark.parametrize(("frequency", "least"), [(0.5, 0.99), (1.0, 0.98), (1.5, 0.84)])
def test_trend_does_not_flatten_fast_limbs(frequency, least):
    n, dt = 2000, DT / 8  # so many frames that steps are nearly derivatives
    p3, phase = moved(np.zeros((n, 3))), 2 * np.pi * frequency * dt * np.arange(n)
    p3[:, 5, 2] += 0.3 * np.sin(phase)
    found = trend(p3, dt, np.ones(n, bool))[n // 4 : -n // 4, 5, 2]
    share = found.max() / (0.3 * 2 * np.pi * frequency)
    # A Gaussian window of σ leaves the share H = exp(−½σ²ω²) of a swing of angular frequency ω,
    # and after two returns all but (1 − H)³. Of the swing, 11/12 are about the mean of the joints.
    left = 1 - (1 - np.exp(-0.5 * (2 * np.pi * frequency * JOINT_TIME) ** 2)) ** 3
    assert share == pytest.approx(left * 11 / 12, abs=0.01)
    assert left > least


def test_frames_that_tell_nothing_have_no_part_in_the_trend():
    time, is_told = DT * np.arange(60), np.ones(60, bool)
    p3 = moved(time[:, None] * [1.0, 0.0, 0.0])
    is_told[20:30] = False
    broken = np.where(is_told[:, None, None], p3, 7.0)
    np.testing.assert_allclose(trend(broken, DT, is_told)[1:, :, 0], told(1.0), atol=1e-6)
    np.testing.assert_array_equal(trend(p3, DT, np.zeros(60, bool)), 0)


@pytest.mark.parametrize("n", [1, 2])
def test_trend_of_few_frames(n):
    found = trend(moved(DT * np.arange(n)[:, None] * [1.0, 0, 0]), DT, np.ones(n, bool))
    assert found.shape == (n, 12, 3)
    np.testing.assert_allclose(found[1:, :, 0], told(1.0))


def test_trend_does_not_depend_on_the_rate():
    time = np.arange(0, 4, 1 / 60)
    p3 = moved(np.stack([np.sin(2 * time), time**2, np.cos(time)], axis=1))
    fast = trend(p3, 1 / 60, np.ones(len(p3), bool))
    slow = trend(p3[::2], 1 / 30, np.ones(len(p3[::2]), bool))
    np.testing.assert_allclose(slow[20:-20], fast[40:-40:2][: len(slow) - 40], atol=0.05)


def test_smoothness_about_the_trend_does_not_slow_a_runner_down():
    x = true_variables(40)
    x[:, 6] += np.linspace(0, 4, 40)  # three metres a second, past the camera
    p3w, p2 = pose_and_image(x)
    errors = {}
    for about in ("rest", "trend"):
        search = make_search(smoothness_weight=1e-3, smoothness_about=about, tol=1e-6)
        result = search.infer([observe(p2, CAMERA, DT)])[0]
        errors[about] = np.linalg.norm(result.p3w - p3w, axis=2).mean()
    assert errors["trend"] < 0.3 * errors["rest"]
