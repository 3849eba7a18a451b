"""The vertical that poses tell in the camera's frame: that of proposals, or that of fits."""

from dataclasses import replace

import numpy as np
import pytest

from gan.networks.proposal_network import Proposal
from human_pose_util.transforms import matrix_to_vector, vector_to_matrix
from inference.model.camera_knowledge import CameraKnowledge
from inference.search.pose_vertical import fit_vertical, pose_vertical, upright
from inference.settings import SearchSettings
from tests.helpers.inference_problems import (
    make_objective,
    make_search,
    observations,
    pose_and_image,
    theta_of,
    true_variables,
)  # fmt: skip

N, N_Z, N_JOINTS = 6, 5, 14
UNPLACED = CameraKnowledge(extrinsics="unknown")


@pytest.fixture(scope="module")
def decode():
    """Poses of variables, of people of 1.7 m."""
    model = make_objective(settings=SearchSettings(camera=UNPLACED)).model
    return lambda x: model.decode(np.float32(x), theta_of([1.7] * len(x))).numpy()


@pytest.fixture
def turns():
    """Rotations [n, 3, 3] from upright poses to the camera's frame."""
    return vector_to_matrix(np.random.default_rng(0).normal(0, 1, (N, 3)))


def fit(turns, z=0.0):
    """Variables [n, n_x] of fits that turn poses as given."""
    x = np.zeros((len(turns), N_Z + 6), np.float32)
    x[:, :N_Z], x[:, N_Z : N_Z + 3] = z, matrix_to_vector(turns)
    return x


def proposed(decode, turns):
    """Proposals of random poses that are turned, in subject heights."""
    z = np.random.default_rng(1).normal(0, 0.5, (N, N_Z)).astype(np.float32)
    p3 = decode(fit(turns, z)) / 1.7
    return Proposal(p3 - p3.mean(axis=1, keepdims=True), np.full((N, N_JOINTS), 0.1), z)


def observed_with(proposal, weights=None):
    return replace(observations(np.zeros((N, N_JOINTS, 2)), weights), proposal=proposal)


def vertical(x, observed, decode):
    """The verticals of a fit with variables x."""
    return pose_vertical(x, N_Z, observed, decode(upright(x, N_Z, observed)))


def test_a_proposal_tells_the_vertical_by_how_it_is_turned(decode, turns):
    others = fit(turns[::-1])
    up = vertical(others, observed_with(proposed(decode, turns)), decode)
    np.testing.assert_allclose(up, turns[:, :, 2], atol=1e-5)  # where z goes


def test_unsure_joints_tell_less(decode, turns):
    proposal = proposed(decode, turns)
    proposal.p3[:, 3] += 0.5
    proposal.std[:, 3] = 50.0
    up = vertical(fit(turns[::-1]), observed_with(proposal), decode)
    np.testing.assert_allclose(up, turns[:, :, 2], atol=1e-3)


def test_without_a_proposal_the_fit_tells_the_vertical(decode, turns):
    up = vertical(fit(turns), observed_with(None), decode)
    np.testing.assert_allclose(up, turns[:, :, 2], atol=1e-5)
    np.testing.assert_allclose(fit_vertical(fit(turns), N_Z), up)


def test_a_frame_with_too_few_joints_has_the_vertical_of_its_fit(decode, turns):
    weights = np.ones((N, N_JOINTS))
    weights[2, 3:] = 0
    proposal = proposed(decode, turns)
    proposal.std[2] = np.inf  # as a proposer says it
    others = turns[::-1]
    up = vertical(fit(others), observed_with(proposal, weights), decode)
    expected = np.where(np.arange(N)[:, None] == 2, others[:, :, 2], turns[:, :, 2])
    np.testing.assert_allclose(up, expected, atol=1e-5)


def test_results_have_verticals_where_the_place_of_the_camera_is_unknown():
    _, p2 = pose_and_image(true_variables(N))
    assert make_search().infer([observations(p2)])[0].up is None
    result = make_search(camera=UNPLACED).infer([observations(p2)])[0]
    np.testing.assert_allclose(result.up, vector_to_matrix(result.rotation)[:, :, 2], atol=1e-5)
