"""Variants of poses that look alike, and the hypotheses to which they lead."""

import numpy as np
import pytest

from human_pose_util.evaluate.metrics import mpjpe
from human_pose_util.skeleton import S24
from inference.search.pose_variants import depth_draws, depth_flips
from tests.helpers.inference_problems import (
    CAMERA,
    make_search,
    observations,
    pose_and_image,
    true_variables,
)

POSES = np.random.default_rng(0).normal(size=(3, 24, 3))
SIGHT = np.random.default_rng(1).normal(size=(3, 3))
SIGHT /= np.linalg.norm(SIGHT, axis=1, keepdims=True)


def across(vectors: np.ndarray) -> np.ndarray:
    """The parts of vectors [..., n, n_joints, 3] that are perpendicular to the line of sight."""
    depth = np.einsum("...njk,nk->...nj", vectors, SIGHT)
    return vectors - depth[..., None] * SIGHT[:, None]


def test_depth_flips_look_alike_and_keep_every_bone():
    flips = depth_flips(POSES, SIGHT, S24)
    assert flips.shape == (9, 3, 24, 3)
    np.testing.assert_allclose(
        across(flips), np.broadcast_to(across(POSES), flips.shape), atol=1e-9
    )
    parents = S24.parents
    child = np.flatnonzero(parents >= 0)
    bones = np.linalg.norm(flips[:, :, child] - flips[:, :, parents[child]], axis=-1)
    limbs = {j for limb in S24.limbs for j in limb[1:]}
    # The thumb and the little finger hang at the wrist: all joints of a limb move as one.
    kept = [i for i, j in enumerate(child) if j in limbs]
    same = np.linalg.norm(POSES[:, child] - POSES[:, parents[child]], axis=-1)
    np.testing.assert_allclose(bones[..., kept], np.broadcast_to(same, bones.shape)[..., kept])


def test_a_flip_moves_one_limb_and_is_undone_by_a_second_one():
    flips = depth_flips(POSES, SIGHT, S24)
    for i, limb in enumerate(S24.limbs):
        for part in (0, 1):
            flip = flips[1 + 2 * i + part]
            moved = np.flatnonzero(np.abs(flip - POSES).max(axis=(0, 2)) > 1e-9)
            assert set(moved) == set(limb[1 + part :])
            again = depth_flips(flip, SIGHT, S24)[1 + 2 * i + part]
            np.testing.assert_allclose(again, POSES, atol=1e-9)


def test_draws_have_the_spread_and_err_in_depth_alone():
    std = np.random.default_rng(2).uniform(0.01, 0.1, (3, 24))
    draws = depth_draws(POSES, std, SIGHT, S24, 4000, np.random.default_rng(3))
    np.testing.assert_allclose(across(draws - POSES), 0, atol=1e-12)
    distances = np.sqrt(((draws - POSES) ** 2).sum(axis=-1).mean(axis=0))
    np.testing.assert_allclose(distances, np.sqrt(3) * std, rtol=0.06)
    depth = np.einsum("knjc,nc->knj", draws - POSES, SIGHT) / (np.sqrt(3) * std)
    for a, b in (("l_knee", "l_ankle"), ("l_hip", "l_ankle"), ("l_ankle", "r_wrist")):
        i, j = map(S24.joint_index, (a, b))
        expected = 0.8 ** S24.hops[i, j]
        assert (depth[..., i] * depth[..., j]).mean() == pytest.approx(expected, abs=0.05)


def test_one_start_and_its_variants_lead_to_different_hypotheses():
    _, p2 = pose_and_image(true_variables(5))
    p2[:, 4:] = np.nan  # more than one pose explains the joints that are left
    search = make_search(keep_hypotheses=3)
    result = search.infer([observations(p2)])[0]
    hypotheses = result.hypotheses_p3w
    np.testing.assert_array_equal(hypotheses[0], result.p3w)
    assert (mpjpe(hypotheses[1], result.p3w) > 0.03 * result.scale).any()
    errors = np.linalg.norm(CAMERA.project_world(hypotheses) - p2, axis=-1)[:, :, :4]
    assert errors.max() < 0.01  # all of them explain the image
