"""How people stand in one shot, as the samples of their takes tell."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from human_pose_util.skeleton import Skeleton
from lifting.fit.takes import Take
from lifting.stance.balance import Stance
from lifting.stance.vertical import vertical

STANDING_SHARE = 0.8
"""Share of the frames from which on someone stands: the vertical of others is less sure."""


class ShotStance(NamedTuple):
    """How people stand in one shot.

    Attributes:
        up: [3] the vertical in the camera's frame.
        stands: whether someone stands in nearly all frames.
    """

    up: np.ndarray
    stands: bool


def shot_stance(takes: Sequence[Take], skeleton: Skeleton) -> ShotStance:
    """How the people of one shot stand.

    Args:
        takes: their calibrated takes, each of which has a sample.
        skeleton: the skeleton of their poses, for which `can_balance` holds.
    """
    samples = [take.sample for take in takes]
    # Everyone's poses follow each other at a rate of their own: a sample has as many frames of a
    # person who is seen for a second as of one who is seen all the time.
    up = vertical(samples, skeleton, [take.sample_fps for take in takes])
    shares = [Stance.of(poses.p3c, skeleton).stands(up).mean() for poses in samples]
    return ShotStance(up, max(shares) >= STANDING_SHARE)
