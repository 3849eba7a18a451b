"""Which numbers in a file can be coordinates."""

import numpy as np

from human_pose_util.dataset.plausible import is_plausible


def test_numbers_that_can_be_coordinates():
    values = np.array([0.0, -1e6, 1.1e6, -np.inf, np.nan])
    assert is_plausible(values).tolist() == [True, True, False, False, False]
    assert is_plausible(values, allow_nan=True).tolist() == [True, True, False, False, True]
    assert is_plausible(values, largest=1e5).tolist() == [True, False, False, False, False]
