"""Starts of frames between others that tell their poses."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from inference.model.placement import Free, Ground
from inference.search.gap_starts import bridged

N_Z = 4


def variables(*placements):
    """Frames of latent vectors that count the frames, with these placements."""
    z = np.arange(len(placements))[:, None] * np.ones(N_Z)
    return np.concatenate([z, np.array(placements, float)], axis=1)


def told(n, *rows):
    return np.isin(np.arange(n), rows)


def test_a_gap_is_bridged_by_equal_steps():
    x = variables([0.2, 1, 2], [9, 9, 9], [9, 9, 9], [9, 9, 9], [1.0, 3, 6])
    x[1:4, :N_Z] = 9
    found = bridged(x, told(5, 0, 4), N_Z, Ground())
    np.testing.assert_allclose(found[:, :N_Z], np.arange(5)[:, None] * np.ones(N_Z))
    np.testing.assert_allclose(found[:, N_Z:], np.linspace([0.2, 1, 2], [1.0, 3, 6], 5))


def test_a_person_turns_the_shorter_way():
    x = variables([3.0, 0, 0], [0, 0, 0], [-3.0, 0, 0])
    yaw = bridged(x, told(3, 0, 2), N_Z, Ground())[1, N_Z]
    assert np.cos(yaw) == pytest.approx(-1)


def test_rotations_before_an_unknown_camera_are_halved():
    first = Rotation.from_rotvec([0.3, -0.5, 2.9])
    turn = Rotation.from_rotvec([0.0, 1.2, 0.0])
    ends = [[*r.as_rotvec(), 0.1, 0.2, 1.0] for r in (first, turn * first)]
    found = bridged(variables(ends[0], ends[0], ends[1]), told(3, 0, 2), N_Z, Free())[1]
    half = Rotation.from_rotvec([0.0, 0.6, 0.0]) * first
    assert (Rotation.from_rotvec(found[N_Z : N_Z + 3]) * half.inv()).magnitude() < 1e-9
    np.testing.assert_allclose(found[N_Z + 3 :], [0.1, 0.2, 1.0])


@pytest.mark.parametrize("placement", [Ground(), Free()])
def test_frames_that_tell_their_poses_stay_and_ends_are_held(placement):
    x = np.random.default_rng(0).normal(0, 2, (8, N_Z + placement.n_y)).astype(np.float32)
    is_told = told(8, 2, 3, 6)
    found = bridged(x, is_told, N_Z, placement)
    assert found.dtype == x.dtype
    np.testing.assert_array_equal(found[is_told], x[is_told])
    tolerance = {"atol": 1e-5}
    for row, end in ((0, 2), (1, 2), (7, 6)):
        np.testing.assert_allclose(found[row, :N_Z], x[end, :N_Z], **tolerance)
        for own, other in zip(
            placement.place(found[row : row + 1, N_Z:]),
            placement.place(x[end : end + 1, N_Z:]),
            strict=True,
        ):
            np.testing.assert_allclose(own, other, **tolerance)


def test_where_nothing_tells_a_pose_all_stays():
    x = variables([1.0, 2, 3], [4.0, 5, 6])
    assert bridged(x, told(2), N_Z, Ground()) is x
