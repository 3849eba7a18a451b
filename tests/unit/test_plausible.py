"""Which numbers in a file can be coordinates, and which poses can be of people."""

import re

import numpy as np
import pytest

from human_pose_util.dataset.plausible import check_person_size, is_plausible
from human_pose_util.errors import DataError


def test_numbers_that_can_be_coordinates():
    values = np.array([0.0, -1e6, 1.1e6, -np.inf, np.nan])
    assert is_plausible(values).tolist() == [True, True, False, False, False]
    assert is_plausible(values, allow_nan=True).tolist() == [True, True, False, False, True]
    assert is_plausible(values, largest=1e5).tolist() == [True, False, False, False, False]


def person(height: float = 1700.0, n_frames: int = 8) -> np.ndarray:
    """[n_frames, 14, 3] joints between the feet and the head of a person who sways [mm]."""
    rng = np.random.default_rng(0)
    body = rng.uniform([-0.2, -0.1, 0], [0.2, 0.1, 1], (14, 3))
    body[:2, 2] = 0, 1
    return height * (body + rng.normal(scale=0.01, size=(n_frames, 14, 3))) + [3000, 0, 0]


@pytest.mark.parametrize("height", [400, 900, 1700, 2600])  # a child who crouches; arms above
def test_people_have_the_size_of_people(height):
    poses = person(height)
    check_person_size(poses, "film")
    poses[:, 4] = np.nan
    poses[2:4] = np.nan
    check_person_size(poses, "film")
    poses[:, 5] = 0  # a joint that is missing, for some tools
    check_person_size(poses, "film")
    check_person_size(poses / 1000, "film", unit=1000)
    check_person_size(poses.astype(np.float32), "film")


@pytest.mark.parametrize(
    "poses", [np.full((3, 14, 3), np.nan), np.zeros((3, 14, 3)), np.zeros((0, 14, 3))]
)
def test_poses_without_a_size_tell_no_unit(poses):
    check_person_size(poses, "film")


@pytest.mark.parametrize("scale, size", [(0.001, "1."), (0.1, "1"), (1 / 25.4, ""), (1000, "1.")])
def test_poses_in_another_unit_are_refused(scale, size):
    with pytest.raises(DataError, match=re.escape(f"film: the poses are {size}")) as error:
        check_person_size(scale * person(), "film", "write mm")
    assert str(error.value).endswith(" mm large, unlike people; write mm")


def test_one_odd_frame_tells_no_unit():
    poses = person()
    poses[4, 3] = 1e5
    check_person_size(poses, "film")
