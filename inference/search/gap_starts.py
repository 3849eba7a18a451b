"""Starts for frames that tell no pose: poses between those before and after the gap.

A start at the nearest frame that tells a pose would leave a jump in the middle of a gap. Where
someone turns meanwhile, coupled frames do not always smooth such a jump: rounding then decides how
the person turns, and the cost of a frame may be twenty times as high.
"""

import numpy as np

from human_pose_util.gaps import around
from inference.model.placement import Placement


def bridged(x: np.ndarray, is_told: np.ndarray, n_z: int, placement: Placement) -> np.ndarray:
    """Variables of frames, in which gaps are bridged.

    Args:
        x: [n_frames, n_x] variables: latent vectors, then placements.
        is_told: [n_frames] which frames tell their pose; where none does, `x` stays as it is.
        n_z: number of latent dimensions.
        placement: how poses are placed.

    Returns:
        [n_frames, n_x] variables. Before the first frame that tells its pose, and after the last
        one, they are those of that frame.
    """
    if not is_told.any():
        return x
    before, after, share = around(is_told)
    share = share[:, None]
    z = x[before, :n_z] + share * (x[after, :n_z] - x[before, :n_z])
    y = placement.between(x[before, n_z:], x[after, n_z:], share)
    # A rotation has several vectors, of which those of frames that tell their pose stay.
    return np.where(is_told[:, None], x, np.concatenate([z, y], axis=1)).astype(x.dtype)
