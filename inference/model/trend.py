"""The trend of a motion: the slow part of its velocities, which smoothness does not penalise.

A penalty on velocities makes a person who runs towards the camera stand: in the image the pose
grows, and a body that grows instead of coming nearer costs no velocity. Against the trend, only
changes of velocity cost, so the penalty can be large enough to remove jitter. The trend comes from
poses that are fitted already, whose noise averages out over time.
"""

import numpy as np

from human_pose_util.time_windows import time_average

PLACE_TIME, JOINT_TIME = 0.5, 0.12
"""Standard deviations [s] of the Gaussian windows over which the velocity of a person's place, and
those of the joints about that place, are averaged. The place has large errors, those of depth, and
changes its velocity slowly; hands and feet turn around within a quarter of a second."""

RETURNS = 2
"""How often what an average has taken away from the velocities of joints is averaged itself, and
given back. An average over a window flattens fast swings: of a foot that swings 1.3 times a second,
as in running, it leaves the share 0.6. With two returns 0.94 of it are left, and 1.8 times as
much noise, of which there is little in a trend (twicing: Tukey 1977, Exploratory Data Analysis)."""

UNSURE = 0.2
"""Speed [m/s] of the place of which half counts as error: someone who stands must not be taken for
someone who drifts away, because depths are told badly."""


def trend(p3: np.ndarray, dt: float, is_told: np.ndarray) -> np.ndarray:
    """The trend of a motion.

    Args:
        p3: [n_frames, n_joints, 3] poses in order of time [m].
        dt: time between frames [s].
        is_told: [n_frames] whether a pose is told by its own frame; others have no part in it.

    Returns:
        [n_frames, n_joints, 3] velocities [m/s] of the steps in time that end at the frames; 0 for
        the first frame.
    """
    place = p3.mean(axis=1, keepdims=True)
    weights = (is_told[1:] & is_told[:-1]).astype(float)[:, None, None]
    steps, about_place = np.diff(place, axis=0) / dt, np.diff(p3 - place, axis=0) / dt
    of_place = time_average(weights * steps, weights, PLACE_TIME / dt)
    width = JOINT_TIME / dt
    of_joints = time_average(weights * about_place, weights, width)
    for _ in range(RETURNS):
        of_joints += time_average(weights * (about_place - of_joints), weights, width)
    squares = np.sum(of_place**2, axis=2, keepdims=True)
    of_place *= squares / (squares + UNSURE**2)
    return np.pad(of_place + of_joints, [(1, 0), (0, 0), (0, 0)])
