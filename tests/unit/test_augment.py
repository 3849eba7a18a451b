"""Mirrored poses, exchanged limbs, leaning poses and other bodies."""

import numpy as np
import pytest
import tensorflow as tf

from gan.params import load_gan_params
from gan.training.augment import (
    augmented,
    leaned,
    mirrored,
    other_bodies,
    with_limbs_of_others,
)
from gan.training.draw import Draw
from human_pose_util.skeleton import S14
from tests.helpers.inference_problems import STANDING

N = 400
DRAW = Draw(N, 3)


@pytest.fixture
def poses():
    bent = STANDING + 0.05 * np.random.default_rng(0).normal(size=(N, 14, 3))
    return tf.constant(bent, tf.float32)


def lengths(poses):
    p, bones = np.asarray(poses), S14.bones
    return np.linalg.norm(p[:, bones[:, 0]] - p[:, bones[:, 1]], axis=-1)


def test_half_of_the_poses_are_mirrored(poses):
    changed = mirrored(poses, S14, DRAW).numpy()
    image = poses.numpy()[:, S14.mirror] * [-1, 1, 1]
    is_image = np.isclose(changed, image).all(axis=(1, 2))
    is_same = (changed == poses.numpy()).all(axis=(1, 2))
    assert (is_image ^ is_same).all()
    assert 0.4 < is_image.mean() < 0.6


def test_other_bodies_keep_the_posture(poses):
    changed = other_bodies(poses, S14, 0.1, DRAW).numpy()
    before, after = (np.asarray(p) for p in (poses, changed))
    child, parent = S14.bones.T

    def directions(p):
        bones = p[:, child] - p[:, parent]
        return bones / np.linalg.norm(bones, axis=-1, keepdims=True)

    np.testing.assert_allclose(directions(after), directions(before), atol=1e-4)
    np.testing.assert_allclose(after[..., 2].min(axis=1), before[..., 2].min(axis=1), atol=1e-5)


def test_bone_lengths_are_scaled_alike_left_and_right(poses):
    factors = lengths(other_bodies(poses, S14, 0.1, DRAW)) / lengths(poses)
    order = {int(child): i for i, child in enumerate(S14.bones[:, 0])}
    other_side = [order[int(S14.mirror[child])] for child in S14.bones[:, 0]]
    np.testing.assert_allclose(factors, factors[:, other_side], rtol=1e-3)
    np.testing.assert_allclose(np.log(factors).mean(axis=0), 0, atol=0.03)
    np.testing.assert_allclose(np.log(factors).std(axis=0), 0.1, rtol=0.15)


LIMBS = (
    ("l_hip", "l_knee", "l_ankle"),
    ("r_hip", "r_knee", "r_ankle"),
    ("l_shoulder", "l_elbow", "l_wrist"),
    ("r_shoulder", "r_elbow", "r_wrist"),
)


def rotated(poses, angle):
    """Poses turned about the vertical."""
    c, s = np.cos(angle), np.sin(angle)
    return poses @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])


def joint(name):
    return S14.joint_index(name)


def inner_angles(poses, start, middle, end):
    """Angles at the middle joints, in knees and elbows."""
    one, other = poses[:, start] - poses[:, middle], poses[:, end] - poses[:, middle]
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    return np.arccos((one * other).sum(axis=-1) / lengths)


def test_limbs_come_from_the_pose_before_or_stay(poses):
    before = np.asarray(poses, float)
    after = with_limbs_of_others(poses, S14, 0.5, DRAW).numpy().astype(float)
    exchanged = []
    for names in LIMBS:
        start, middle, end = map(joint, names)
        mine = inner_angles(before, start, middle, end)
        now = inner_angles(after, start, middle, end)
        from_other = np.isclose(now, np.roll(mine, 1), atol=1e-3)
        assert (from_other | np.isclose(now, mine, atol=1e-3)).all()
        exchanged.append(from_other)
    assert 0.18 < np.mean(exchanged) < 0.32  # half of the limbs of half of the poses
    untouched = ~np.any(exchanged, axis=0)
    np.testing.assert_allclose(after[untouched], before[untouched], atol=1e-6)
    torso = [joint(name) for name in ("neck", "head", "l_hip", "r_hip", "l_shoulder")]
    shape = before[:, torso] - before[:, torso[:1]]
    np.testing.assert_allclose(after[:, torso] - after[:, torso[:1]], shape, atol=1e-5)
    np.testing.assert_allclose(after[..., 2].min(axis=1), before[..., 2].min(axis=1), atol=1e-5)


def test_a_limb_keeps_its_place_beside_the_torso():
    """Of two equal poses, one of them turned, each has the limbs of the other: nothing changes."""
    alike = np.stack([STANDING, rotated(STANDING, 2.0)] * 3)
    changed = with_limbs_of_others(tf.constant(alike, tf.float32), S14, 1.0, Draw(6, 3))
    np.testing.assert_allclose(changed, alike, atol=1e-5)


def test_leaning_poses_are_rigid_and_face_front(poses):
    faces_front = np.stack([rotated(p, -S14.front_angle(p)) for p in poses.numpy()])
    before = faces_front - [1, 1, 0] * faces_front[:, :1]
    after = leaned(tf.constant(before, tf.float32), S14, 0.5, DRAW).numpy()
    np.testing.assert_allclose(lengths(after), lengths(before), atol=1e-5)
    np.testing.assert_allclose(after[..., 2].min(axis=1), before[..., 2].min(axis=1), atol=1e-5)
    np.testing.assert_allclose(S14.front_angle(after), 0, atol=1e-3)
    np.testing.assert_allclose(after[:, 0, :2], 0, atol=1e-6)

    def tilt(p):
        up = p[:, joint("neck")] - (p[:, joint("l_hip")] + p[:, joint("r_hip")]) / 2
        return np.degrees(np.arccos(up[:, 2] / np.linalg.norm(up, axis=-1)))

    change = tilt(after) - tilt(before)
    assert 0.4 < (np.abs(change) > 1e-2).mean() <= 0.55
    assert 0.03 < (change > 45).mean() < 0.12  # some bend far or lie


def test_poses_lean_in_all_directions(poses):
    """To the side, a hip is raised above the other one; ahead or back, both stay at one height."""
    standing = tf.constant(np.tile(STANDING - [1, 1, 0] * STANDING[0], (N, 1, 1)), tf.float32)
    after = leaned(standing, S14, 1.0, DRAW).numpy()
    hips = after[:, joint("l_hip")] - after[:, joint("r_hip")]
    sideways = np.degrees(np.arcsin(hips[:, 2] / np.linalg.norm(hips, axis=1)))
    spine = after[:, joint("neck")] - after[:, [joint("l_hip"), joint("r_hip")]].mean(axis=1)
    ahead = np.degrees(np.arcsin(spine[:, 1] / np.linalg.norm(spine, axis=1)))
    for angles in (sideways, ahead):
        assert angles.min() < -40
        assert angles.max() > 40
        assert abs(np.median(angles)) < 5


@pytest.mark.parametrize(
    ("key", "value", "change"),
    [
        ("mirror", True, mirrored),
        ("limb_exchange", 0.5, lambda p, s, d: with_limbs_of_others(p, s, 0.5, d)),
        ("lean", 0.5, lambda p, s, d: leaned(p, s, 0.5, d)),
        ("bone_spread", 0.1, lambda p, s, d: other_bodies(p, s, 0.1, d)),
    ],
)
def test_poses_are_changed_as_the_parameters_say(key, value, change, poses):
    params = load_gan_params("h3m_small")  # which changes nothing
    assert augmented(poses, params, S14, DRAW) is poses
    found = augmented(poses, params.model_copy(update={key: value}), S14, DRAW)
    np.testing.assert_array_equal(found, change(poses, S14, DRAW))
    assert not np.array_equal(found, poses)
