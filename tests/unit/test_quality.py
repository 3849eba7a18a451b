"""Measures of generated poses: known values for perfect, shifted, collapsed and bent ones."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.transform import Rotation

from gan.networks import Generator
from gan_evaluation.reconstruction import reconstruct
from human_pose_util.evaluate.distributions import (
    joint_angles,
    novelty,
    quality,
    sliced_wasserstein,
    wasserstein,
)
from human_pose_util.skeleton import S14
from tests.helpers.inference_problems import STANDING, make_generator
from tests.helpers.toy_dataset import TOY, toy_poses


def poses(n, seed=0):
    return STANDING + 0.04 * np.random.default_rng(seed).normal(size=(n, 14, 3))


def test_a_perfect_generator():
    real = poses(1000)
    found = quality(poses(1000, 1), real, S14)
    assert found.precision > 0.7
    assert found.recall > 0.7
    assert found.density == pytest.approx(1, abs=0.15)
    assert found.coverage > 0.9
    assert found.bone_length_error < 0.005
    assert found.beyond_limits < 0.1
    assert novelty(poses(300, 3), real) == pytest.approx(novelty(poses(300, 4), real), rel=0.05)


def test_one_that_has_memorised():
    real = poses(500)
    found = quality(real, real, S14)
    assert novelty(real[::5], real) == 0
    assert novelty(poses(100, 2), real) > 0.02
    assert found.sliced_wasserstein == 0


def test_one_that_makes_a_single_pose():
    real = poses(500)
    found = quality(np.tile(real[:1], (500, 1, 1)), real, S14)
    assert found.precision == 1
    assert found.coverage < 0.1
    assert found.sliced_wasserstein > 0.03


def test_one_that_is_far_off():
    real = poses(300)
    found = quality(real + 5, real, S14)
    assert (found.precision, found.recall, found.density, found.coverage) == (0, 0, 0, 0)
    assert found.bone_length_error == pytest.approx(0, abs=1e-12)
    shift = 5 * np.sqrt(3)
    assert found.sliced_wasserstein == pytest.approx(shift, rel=0.15)


def test_too_few_poses_have_no_neighbourhoods():
    found = quality(poses(5), poses(300), S14)
    assert np.isnan([found.precision, found.recall, found.density, found.coverage]).all()


def test_distances_between_distributions():
    a = np.random.default_rng(0).normal(size=(4000, 2))
    np.testing.assert_allclose(wasserstein(a, a + [0.5, 0]), [0.5, 0], atol=1e-9)
    still = np.zeros((10, 14, 3))
    assert sliced_wasserstein(still, still) == 0


def test_asymmetry_is_the_difference_between_sides():
    one_sided = np.tile(STANDING, (100, 1, 1)).astype(float)
    ankle, knee = S14.joint_index("l_ankle"), S14.joint_index("l_knee")
    bone = one_sided[:, ankle] - one_sided[:, knee]
    one_sided[:, ankle] += 0.07 * bone / np.linalg.norm(bone, axis=1, keepdims=True)
    real = poses(100)
    plain = quality(np.tile(STANDING, (100, 1, 1)), real, S14).asymmetry
    n_pairs = 6  # shoulders, elbows, wrists, hips, knees, ankles
    found = quality(one_sided, real, S14).asymmetry
    assert found - plain == pytest.approx(0.07 / n_pairs, abs=0.005)


def test_angles_and_their_limits():
    straight = np.array(
        [[0, 0, 1.0], [0.1, 0, 0.5], [-0.1, 0, 0.5], [0, 0, 1.5]]
    )  # a figure without a joint between two bones
    assert joint_angles(straight[None], TOY).shape == (1, 0)
    bent = poses(400)
    bent[:40, S14.joint_index("l_ankle")] = bent[
        :40, S14.joint_index("l_hip")
    ]  # shank back along the thigh
    angles = joint_angles(bent, S14)
    assert angles[:40].max(axis=1).min() > 0.9 * np.pi
    real = poses(400, 1)
    assert quality(bent, real, S14).beyond_limits >= 0.1


@pytest.mark.parametrize("beyond, share", [(1.0, 0.0), (5.0, 0.25)])
def test_poses_that_bend_a_little_farther_than_real_ones_do_not_count(beyond, share):
    """A quarter of the poses bend the left elbow by so many degrees more than any real one."""
    elbow, wrist, shoulder = (S14.joint_index(f"l_{j}") for j in ("elbow", "wrist", "shoulder"))

    def bent(degrees):
        many = np.tile(STANDING, (len(degrees), 1, 1))
        upper = STANDING[elbow] - STANDING[shoulder]
        axis = np.cross(upper, [1.0, 2.0, 0.5])
        turns = Rotation.from_rotvec(np.outer(np.radians(degrees), axis / np.linalg.norm(axis)))
        many[:, wrist] = many[:, elbow] + turns.apply(upper)
        return many

    real, some = bent(np.linspace(20, 90, 400)), np.linspace(30, 80, 400)
    some[:100] = 90 + beyond
    assert quality(bent(some), real, S14).beyond_limits == pytest.approx(share)


def test_figures_without_pairs_of_bones_can_be_judged():
    real = toy_poses(300) / 1700
    found = quality(toy_poses(300, 1) / 1700, real, TOY)
    assert np.isfinite(list(found.as_dict().values())).all()


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_reconstruction_finds_what_the_generator_can_make(activation):
    generator = make_generator(activation)
    z = 0.7 * np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    target = generator(tf.constant(z)).numpy()
    found = reconstruct(generator, target)
    errors = np.linalg.norm(found - target, axis=-1).mean(axis=1)
    assert np.median(errors) < 1e-3
    assert np.percentile(errors, 90) < 5e-3


def test_reconstruction_by_a_linear_generator_is_the_projection():
    generator = Generator(3, [], 14, "relu", 0)
    (layer,) = generator.network.layers
    layer.b.assign(STANDING.ravel())
    target = poses(20).astype(np.float32)
    found = reconstruct(generator, target).reshape(20, -1)
    basis = np.linalg.qr(layer.w.numpy().T)[0]
    away = (target - STANDING).reshape(20, -1)
    np.testing.assert_allclose(found - STANDING.ravel(), away @ basis @ basis.T, atol=1e-4)
