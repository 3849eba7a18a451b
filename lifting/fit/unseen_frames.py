"""How sure poses are in frames that do not show the person, between frames that do."""

import numpy as np

from human_pose_util.gaps import around

ACCELERATION = 5.0
"""Typical acceleration of a joint in the pose [m/s²]. With it, 66 to 69 % of the joints in gaps of
0.1 to 0.3 s are within their standard deviations, and 74 to 79 % in gaps of 0.7 to 1.5 s (eleven
films of motion capture); without the frames around, 72 to 87 %."""


def with_neighbours(std: np.ndarray, is_seen: np.ndarray, fps: float) -> np.ndarray:
    """Standard deviations of joints, at most those that follow from the frames around a frame.

    A frame between others that shows nobody is interpolated. A constant acceleration a moves a
    joint by ½·a·t₁·t₂ away from the line between two frames that are seen, t₁ before and t₂ after
    the frame. So the variance is at most that of these frames, interpolated, plus
    (½·`ACCELERATION`·t₁·t₂)².

    Args:
        std: [n_frames, n_joints] standard deviations of every frame by itself [m]; NaN where they
            are not computed.
        is_seen: [n_frames] whether a frame shows the person.
        fps: frames per second.

    Returns:
        [n_frames, n_joints] in m.
    """
    if not is_seen.any():
        return std
    before, after, share = around(is_seen)
    frames, share = np.arange(len(std)), share[:, None]
    variance = (1 - share) * std[before] ** 2 + share * std[after] ** 2
    bend = 0.5 * ACCELERATION * (frames - before) * (after - frames) / fps**2
    # Frames that are seen, and those before the first and after the last of them, keep their own.
    is_between = (before < frames) & (frames < after)
    bounded = np.fmin(std, np.sqrt(variance + bend[:, None] ** 2))
    return np.where(is_between[:, None], bounded, std)
