"""Mirrored poses and other bodies."""

import numpy as np
import pytest
import tensorflow as tf

from gan.training.augment import mirrored, other_bodies
from human_pose_util.skeleton import S14
from tests.helpers.inference_problems import STANDING

SEED = tf.constant([3, 4])


@pytest.fixture
def poses():
    bent = STANDING + 0.05 * np.random.default_rng(0).normal(size=(400, 14, 3))
    return tf.constant(bent, tf.float32)


def lengths(poses):
    p, bones = np.asarray(poses), S14.bones
    return np.linalg.norm(p[:, bones[:, 0]] - p[:, bones[:, 1]], axis=-1)


def test_half_of_the_poses_are_mirrored(poses):
    changed = mirrored(poses, S14, SEED).numpy()
    image = poses.numpy()[:, S14.mirror] * [-1, 1, 1]
    is_image = np.isclose(changed, image).all(axis=(1, 2))
    is_same = (changed == poses.numpy()).all(axis=(1, 2))
    assert (is_image ^ is_same).all()
    assert 0.4 < is_image.mean() < 0.6


def test_other_bodies_keep_the_posture(poses):
    changed = other_bodies(poses, S14, 0.1, SEED).numpy()
    before, after = (np.asarray(p) for p in (poses, changed))
    child, parent = S14.bones.T

    def directions(p):
        bones = p[:, child] - p[:, parent]
        return bones / np.linalg.norm(bones, axis=-1, keepdims=True)

    np.testing.assert_allclose(directions(after), directions(before), atol=1e-4)
    np.testing.assert_allclose(after[..., 2].min(axis=1), before[..., 2].min(axis=1), atol=1e-5)


def test_bone_lengths_are_scaled_alike_left_and_right(poses):
    factors = lengths(other_bodies(poses, S14, 0.1, SEED)) / lengths(poses)
    order = {int(child): i for i, child in enumerate(S14.bones[:, 0])}
    other_side = [order[int(S14.mirror[child])] for child in S14.bones[:, 0]]
    np.testing.assert_allclose(factors, factors[:, other_side], rtol=1e-3)
    np.testing.assert_allclose(np.log(factors).mean(axis=0), 0, atol=0.03)
    np.testing.assert_allclose(np.log(factors).std(axis=0), 0.1, rtol=0.15)
