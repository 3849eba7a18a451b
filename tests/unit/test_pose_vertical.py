"""The vertical that poses tell in the camera's frame: that of proposals, or that of fits."""

from dataclasses import replace

import numpy as np
import pytest

from gan.networks.proposal_network import Proposal
from human_pose_util.transforms import matrix_to_vector, vector_to_matrix
from inference.model.camera_knowledge import CameraKnowledge
from inference.search.pose_vertical import fit_vertical, pose_vertical
from inference.search.starts import local_poses
from inference.settings import SearchSettings
from tests.helpers.inference_problems import (
    make_objective,
    make_search,
    observations,
    pose_and_image,
    true_variables,
)  # fmt: skip

N = 6
UNPLACED = CameraKnowledge(extrinsics="unknown")


@pytest.fixture(scope="module")
def model():
    return make_objective(settings=SearchSettings(camera=UNPLACED)).model


@pytest.fixture
def turns():
    """Rotations [n, 3, 3] from upright poses to the camera's frame."""
    return vector_to_matrix(np.random.default_rng(0).normal(0, 1, (N, 3)))


def proposed(model, turns):
    """Proposals of random poses that are turned."""
    z = np.random.default_rng(1).normal(0, 0.5, (N, 5)).astype(np.float32)
    p3 = local_poses(model, z) @ np.swapaxes(turns, 1, 2)
    return Proposal(p3, np.full(p3.shape[:2], 0.1), z)


def fit(model, turns):
    """Variables [n, n_x] of fits with the placement that turns poses as given."""
    x = np.zeros((len(turns), model.n_x), np.float32)
    x[:, model.n_z : model.n_z + 3] = matrix_to_vector(turns)
    return x


def test_a_proposal_tells_the_vertical_by_how_it_is_turned(model, turns):
    observed = replace(observations(np.zeros((N, 14, 2))), proposal=proposed(model, turns))
    up = pose_vertical(model, np.zeros((N, model.n_x)), observed)
    np.testing.assert_allclose(up, turns[:, :, 2], atol=1e-5)  # where z goes


def test_unsure_joints_tell_less(model, turns):
    proposal = proposed(model, turns)
    proposal.p3[:, 3] += 0.5
    proposal.std[:, 3] = 50.0
    observed = replace(observations(np.zeros((N, 14, 2))), proposal=proposal)
    up = pose_vertical(model, np.zeros((N, model.n_x)), observed)
    np.testing.assert_allclose(up, turns[:, :, 2], atol=1e-3)


def test_without_a_proposal_the_fit_tells_the_vertical(model, turns):
    up = pose_vertical(model, fit(model, turns), observations(np.zeros((N, 14, 2))))
    np.testing.assert_allclose(up, turns[:, :, 2], atol=1e-5)


def test_a_frame_with_too_few_joints_has_the_vertical_of_its_fit(model, turns):
    weights = np.ones((N, 14))
    weights[2, 3:] = 0
    observed = observations(np.zeros((N, 14, 2)), weights)
    proposal = proposed(model, turns)
    proposal.std[2] = np.inf  # as a proposer says it
    others = turns[::-1].copy()
    up = pose_vertical(model, fit(model, others), replace(observed, proposal=proposal))
    expected = np.where(np.arange(N)[:, None] == 2, others[:, :, 2], turns[:, :, 2])
    np.testing.assert_allclose(up, expected, atol=1e-5)


def test_fits_have_verticals_of_their_own(model, turns):
    np.testing.assert_allclose(fit_vertical(model, fit(model, turns)), turns[:, :, 2], atol=1e-5)


def test_results_have_verticals_where_the_place_of_the_camera_is_unknown():
    _, p2 = pose_and_image(true_variables(N))
    assert make_search().infer([observations(p2)])[0].up is None
    result = make_search(camera=UNPLACED).infer([observations(p2)])[0]
    np.testing.assert_allclose(result.up, vector_to_matrix(result.rotation)[:, :, 2], atol=1e-5)
