"""Geometry in float32 and at large offsets, against SciPy and formulas in float64."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.transform import Rotation

from gan.networks.normalized_view import UPRIGHT, view
from gan.networks.proposal_inputs import FrameInputs
from human_pose_util import transforms as tr
from human_pose_util.evaluate.metrics import mpjpe, n_mpjpe, p_mpjpe
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import S14
from inference.model.frame_batch import FrameBatch
from inference.model.observe import observe
from inference.model.placement import Free
from lifting import FilmCamera
from lifting.input.keypoint_input import Film, Sighting
from tests.helpers.extreme_cameras import EXTREMES
from tests.helpers.inference_problems import STANDING

ANGLES = [0, 1e-8, 1e-4, 0.99e-3, 1.01e-3, 0.99e-2, 1.01e-2, 1, np.pi - 1e-3, np.pi - 1e-6, np.pi]
ORDERS = ["".join(p) for p in itertools.permutations("xyz")]
each_angle = pytest.mark.parametrize("angle", ANGLES)


def vectors(angle: float, n: int = 6) -> np.ndarray:
    axes = np.random.default_rng(0).normal(size=(n, 3))
    return angle * axes / np.linalg.norm(axes, axis=1, keepdims=True)


@each_angle
def test_rotations_and_their_derivatives_in_float32(angle):
    v = vectors(angle).astype(np.float32)
    expected = Rotation.from_rotvec(v.astype(float)).as_matrix()
    tensor = tf.constant(v)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        r = tr.vector_to_matrix(tensor)
    np.testing.assert_allclose(r, expected, atol=4e-7)
    slope, h = tape.batch_jacobian(r, tensor), 1e-6
    for k, step in enumerate(h * np.eye(3)):
        ahead, behind = (Rotation.from_rotvec(v + s * step).as_matrix() for s in (1, -1))
        np.testing.assert_allclose(slope[..., k], (ahead - behind) / (2 * h), atol=2e-6)
    back = tr.vector_to_matrix(tr.matrix_to_vector(r.numpy()).astype(float))
    np.testing.assert_allclose(back, expected, atol=1e-6)


@each_angle
def test_tangents_of_a_free_placement_in_float32(angle):
    y = np.concatenate([vectors(angle), np.tile([0.2, -0.1, 3.9], (6, 1))], axis=1)
    y, pose, h = y.astype(np.float32), STANDING.T.astype(float), 1e-6
    turn, _ = Free().place(tf.constant(y))
    tangents = Free().tangents(tf.constant(y), turn @ STANDING.T)

    def placed(y):
        turned = Rotation.from_rotvec(y[:, :3]).as_matrix() @ pose
        position = np.exp(y[:, 5:]) * np.insert(y[:, 3:5], 2, 1.0, axis=1)
        return turned + position[..., None]

    for k, step in enumerate(h * np.eye(6)):
        slope = (placed(y + step) - placed(y - step)) / (2 * h)
        np.testing.assert_allclose(tangents[:, k], slope, rtol=1e-5, atol=5e-6)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("off", [0, 1e-7, 1e-5, 1e-3, 0.1])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_euler_angles_near_a_gimbal_lock_keep_their_digits(order, off, dtype):
    angles = np.array([[0.3, np.pi / 2 - off, -1.1], [-2.9, off - np.pi / 2, 2.0]])
    r = tr.euler_to_matrix(angles, order).astype(dtype)
    again = tr.euler_to_matrix(tr.matrix_to_euler(r, order).astype(float), order)
    np.testing.assert_allclose(again, r, atol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("far", [0, 1e3, 1e6])
@pytest.mark.parametrize("spread", [1e-3, 1.0, 1e3])
def test_alignment_at_large_offsets_and_small_spreads(far, spread):
    """A similarity is undone to what float64 holds of the offset; an error keeps its size."""
    standing = STANDING.astype(float)
    truth = spread * (standing + far * np.array([1.0, -2.0, 0.5]))
    turn = Rotation.from_rotvec([1.0, 2.0, -0.5]).as_matrix()
    noisy = standing + np.random.default_rng(1).normal(0, 0.05, standing.shape)
    for pose in (standing, noisy):
        moved = 2.5 * pose @ turn.T - far * np.array([0.3, 1.0, 1.0])
        expected = spread * p_mpjpe(pose, standing)
        np.testing.assert_allclose(p_mpjpe(moved, truth), expected, atol=1e-14 * spread * (1 + far))


def test_errors_without_alignment_are_of_float64():
    truth = STANDING.astype(float) + 1e8
    np.testing.assert_allclose(mpjpe(truth + [0, 0.003, 0.004], truth), 0.005, rtol=1e-5)
    np.testing.assert_allclose(n_mpjpe(1e-6 * STANDING, STANDING), 0, atol=1e-7)


@pytest.mark.parametrize("extreme", EXTREMES.values(), ids=EXTREMES)
def test_view_of_the_proposal_network_is_its_formula(extreme):
    """The formulas are computed in float64.

    A spread of 1e-4 is added where there is hardly any, which is most of the difference.
    """
    camera = extreme.camera
    poses = np.stack([extreme.height * STANDING @ tr.rotation_about(a, "z").T for a in (0, 1, 2)])
    p3w = extreme.unit * (poses + extreme.subject)
    observed = observe(camera.project_world(p3w), camera, 0.1)
    up = np.tile(camera.r[:, 2], (3, 1))
    given = tf.constant(observed.rays, tf.float32), tf.ones((3, 14)), tf.constant(up, tf.float32)
    seen = view(FrameInputs(*given, tf.ones(3)), S14.hops)
    directions = np.insert(observed.rays, 2, 1.0, axis=2)
    for i, rays in enumerate(directions):
        z = (rays / np.linalg.norm(rays, axis=1, keepdims=True)).mean(axis=0)
        z /= np.linalg.norm(z)
        x = np.cross(z, up[i])
        x /= np.linalg.norm(x)
        rotation = np.stack([x, np.cross(z, x), z])
        turned = rays @ rotation.T
        points = turned[:, :2] / turned[:, 2:]
        points -= points.mean(axis=0)
        spread = np.sqrt(np.mean(np.sum(points**2, axis=1)))
        np.testing.assert_allclose(seen.rotation[i], rotation, atol=2e-6)
        features = np.concatenate([(points / spread).ravel(), np.ones(14)])
        np.testing.assert_allclose(seen.features[i, :42], features, atol=5e-4)
        np.testing.assert_allclose(seen.features[i, 42], np.log(spread) + 1.5, atol=5e-4)
        np.testing.assert_allclose(seen.features[i, 43:46], rotation @ up[i], atol=2e-6)


def test_view_of_one_joint_and_of_none_is_finite():
    rays = tf.zeros((2, 14, 2)) + [19.0, -19.0]
    seen = tf.constant(np.eye(14)[[3, 3]] * [[1.0], [0.0]], tf.float32)
    up = tf.constant([UPRIGHT] * 2, tf.float32)
    assert np.isfinite(view(FrameInputs(rays, seen, up, tf.zeros(2)), S14.hops).features).all()


@pytest.mark.parametrize("scale", [0.01, 0.1, 10, 40])
def test_observations_of_a_lifter_do_not_depend_on_the_size_of_the_image(lifter, scale):
    """Images are from 19 to 76 800 pixels wide."""
    searches = lifter.searches
    mapping = searches.keypoint_mapping("coco17")
    points = np.random.default_rng(0).uniform(300, 700, (5, get_skeleton("coco17").n_joints, 3))
    points[..., 2] = 1.0

    def frame_batch(scale: float) -> FrameBatch:
        size, camera = (scale * 1920, scale * 1080), FilmCamera(f=[scale * 1500.0] * 2)
        keypoints = points * [scale, scale, 1]
        seen = Sighting(keypoints, mapping, scale * 390.0, Film(size, 25.0, camera))
        return searches.observe(seen).frame_batch()

    for given, expected in zip(frame_batch(scale), frame_batch(1.0), strict=True):
        np.testing.assert_allclose(given, expected, rtol=1e-6)
