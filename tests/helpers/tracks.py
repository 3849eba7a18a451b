"""Tracks of people who walk, for the tests of exports."""

from collections.abc import Sequence

import numpy as np

from human_pose_util.export import Track
from human_pose_util.skeleton import S24
from tests.helpers.walking_figure import walk


def two_people(fps: float, n_frames: Sequence[int] = (4, 6)) -> list[Track]:
    """Two people, of whom the second comes after ten frames, and has one joint that is not seen.

    Args:
        fps: frames per second.
        n_frames: number of frames of each.
    """
    first, second = n_frames
    unseen = np.zeros((second, S24.n_joints), dtype=bool)
    unseen[2, S24.joint_index("l_wrist")] = True
    return [
        Track(0, walk(first), S24, fps),
        Track(1, walk(second) + [900, 0, 0], S24, fps, unseen, first_frame=10),
    ]
