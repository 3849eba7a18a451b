"""Signatures of data: rounding leaves them equal, and changes of the data do not."""

from dataclasses import replace

import numpy as np
import pytest

from human_pose_util.camera import Camera
from inference.model.observe import observe
from inference.runs.data_signature import data_signature, is_signature_of

N_FRAMES, N_JOINTS = 1000, 17


@pytest.fixture
def observed():
    """A thousand frames of image points [px], with confidences, before a camera at some place."""
    rng = np.random.default_rng(3)
    p2 = rng.uniform(100, 900, (N_FRAMES, N_JOINTS, 2))
    camera = Camera(np.eye(3), np.array([0.3, -0.2, 5.0]), np.full(2, 1145.0), np.full(2, 512.0))
    return observe(p2, camera, 0.02, rng.uniform(0.2, 1.0, (N_FRAMES, N_JOINTS)), height=1.7)


def has_equal_data(observed, other) -> bool:
    return is_signature_of(data_signature(observed), data_signature(other))


def test_rounding_changes_nothing(observed):
    rng = np.random.default_rng(4)
    noise = 1 + 1e-13 * rng.standard_normal(observed.p2.shape)
    turned = replace(observed.camera, r=observed.camera.r + 1e-15)
    assert has_equal_data(observed, replace(observed, p2=observed.p2 * noise, camera=turned))


def moved(observed, change):
    p2 = observed.p2.copy()
    change(p2)
    return replace(observed, p2=p2)


def one_keypoint(p2):
    p2[500, 3, 0] += 1.0


def all_points(p2):
    p2 += 0.01


def exchange(p2):
    p2[:, [2, 5]] = p2[:, [5, 2]]


def one_frame_later(p2):
    p2[1:] = p2[:-1].copy()


@pytest.mark.parametrize("change", [one_keypoint, all_points, exchange, one_frame_later])
def test_other_image_points_are_noticed(observed, change):
    assert not has_equal_data(observed, moved(observed, change))


@pytest.mark.parametrize(
    "name, value",
    [("t", [0.3, -0.2, 5.001]), ("f", [1145.1, 1145.0]), ("c", [512.0, 512.1])],
)
def test_another_camera_is_noticed(observed, name, value):
    changed = np.tile(value, (N_FRAMES, 1))
    camera = replace(observed.camera, **{name: changed})
    assert not has_equal_data(observed, replace(observed, camera=camera))


def test_another_rotation_is_noticed(observed):
    angle = 1e-4
    r = observed.camera.r.copy()
    r[:, :2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    changed = replace(observed.camera, r=r)
    assert not has_equal_data(observed, replace(observed, camera=changed))


@pytest.mark.parametrize("values", [{"dt": 0.04}, {"height": 1.71}, {"height": None}])
def test_another_rate_or_height_is_noticed(observed, values):
    assert not has_equal_data(observed, replace(observed, **values))


def test_another_confidence_is_noticed(observed):
    weights = observed.weights.copy()
    weights[7, 7] = 0.0
    assert not has_equal_data(observed, replace(observed, weights=weights))


def test_other_numbers_of_frames_are_noticed(observed):
    assert not has_equal_data(observed, observed.at(np.arange(N_FRAMES - 1)))


def test_what_is_no_signature_is_that_of_no_data(observed):
    assert not is_signature_of(np.zeros(3), data_signature(observed))
