"""Samples of frames."""

import numpy as np
import pytest

from human_pose_util.sampling import evenly_spaced


@pytest.mark.parametrize("n, k", [(1, 1), (5, 5), (5, 9), (7, 3), (100, 30), (31, 30)])
def test_frames_are_evenly_spaced_from_the_first_to_the_last(n, k):
    chosen = evenly_spaced(n, k)
    assert len(chosen) == min(n, k)
    assert (chosen[0], chosen[-1]) == (0, n - 1)
    steps = np.diff(chosen)
    assert (steps > 0).all()  # no frame twice
    assert np.ptp(steps) <= 1 if len(steps) else n == 1


def test_one_of_several_is_the_first():
    assert evenly_spaced(5, 1).tolist() == [0]
