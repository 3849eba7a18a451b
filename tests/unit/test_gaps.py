"""The frames around each frame that tell something."""

import numpy as np
import pytest

from human_pose_util.gaps import around


def test_frames_around_are_the_nearest_on_both_sides():
    found = around(np.isin(np.arange(9), [2, 3, 7]))
    assert found.before.tolist() == [2, 2, 2, 3, 3, 3, 3, 7, 7]
    assert found.after.tolist() == [2, 2, 2, 3, 7, 7, 7, 7, 7]
    # Within the gap, the share is that of linear interpolation.
    np.testing.assert_allclose(found.share[3:8], [0, 0.25, 0.5, 0.75, 0])


@pytest.mark.parametrize("n", [1, 4])
def test_a_frame_that_tells_is_its_own(n):
    found = around(np.ones(n, bool))
    for rows in (found.before, found.after):
        assert rows.tolist() == list(range(n))
    assert not found.share.any()
