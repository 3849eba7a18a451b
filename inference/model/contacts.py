"""Contacts: which feet stand still, as the image and the poses of a first fit tell.

A foot that stands does not move in the image of a camera that does not move. A foot that swings
does, but for moments at the turn of its motion. So a foot counts as standing where it has been slow
in the image for some time around a step in time.

Motion along the line of sight hardly shows in the image. When someone walks away from a camera that
looks down, lifting the foot moves it up in the image, lowering it moves it down, and going away
moves it up again. Lowering and going away cancel where the foot is fastest. So a foot that moves in
the poses of a fit without contacts does not stand, whatever the image shows.
"""

import numpy as np
from scipy.ndimage import maximum_filter1d

from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.keypoints import FEET
from human_pose_util.time_windows import time_average
from inference.model.observations import Observations

SLOW = 0.2
"""Speed in the image [sizes of the person per second], 0.35 m/s for an adult, at which a contact is
no longer sure. Detected keypoints of a standing foot move at about half of it."""

REACH = 0.075
"""Seconds before and after a step in time in which a foot that stands has to be slow."""

MOVING, MOVING_TIME = 1.0, 0.05
"""Speed in the poses of a fit [m/s] at which a contact is no longer sure, and standard deviation
[s] of the Gaussian window over which velocities are averaged. Where someone walks before or behind
the camera, feet that stand move by 0.3 to 0.4 m/s in the fit, in the median, as depths are told
badly, and feet that swing by 1 to 2 m/s. With 0.7 m/s, errors of films are the same."""

SIZE_REACH = 1.0
"""Seconds before and after a frame over which the person's size in the image is the largest one: a
person who crouches is as large as before."""


def contacts(
    observed: Observations, skeleton: Skeleton, p3: np.ndarray, is_told: np.ndarray
) -> np.ndarray:
    """How sure it is that joints stand still, [n_frames, n_joints], 0 to 1.

    A row tells of the step in time that ends at its frame. It is the product of what the image and
    what poses tell of joints of the feet; 0 for others, and where a joint is not seen.

    Args:
        observed: observations of a sequence.
        skeleton: skeleton of the observations.
        p3: [n_frames, n_joints, 3] poses of a fit in order of time [m].
        is_told: [n_frames] whether a frame itself tells its pose.
    """
    return _in_image(observed, skeleton) * _in_poses(p3, is_told, observed.dt)


def _in_poses(p3: np.ndarray, is_told: np.ndarray, dt: float) -> np.ndarray:
    """exp(−(speed / `MOVING`)⁴) of joints [n_frames, n_joints]: 1 where poses tell nothing."""
    weights = (is_told[1:] & is_told[:-1]).astype(float)[:, None, None]
    velocity = time_average(weights * np.diff(p3, axis=0) / dt, weights, MOVING_TIME / dt)
    speed = np.linalg.norm(velocity, axis=2)
    return np.pad(np.exp(-((speed / MOVING) ** 4)), [(1, 0), (0, 0)], constant_values=1.0)


def _in_image(observed: Observations, skeleton: Skeleton) -> np.ndarray:
    """exp(−(speed / `SLOW`)²) of joints of the feet [n_frames, n_joints], for the largest speed in
    the image about a time; 0 for other joints, and where a joint is not seen.
    """
    contact = np.zeros(observed.weights.shape)
    feet = [j for j, part in enumerate(skeleton.parts) if part in FEET]
    if not feet or len(observed) < 2:
        return contact
    p2 = np.where(observed.weights[..., None] > 0, observed.p2, np.nan)
    step = np.linalg.norm(np.diff(p2[:, feet], axis=0), axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = step / (observed.dt * _size(p2, observed.dt)[1:, None])
    speed = np.where(np.isfinite(speed), speed, np.inf)
    speed = maximum_filter1d(speed, _width(REACH, observed.dt), axis=0, mode="nearest")
    contact[1:, feet] = np.exp(-((speed / SLOW) ** 2))
    return contact


def _size(p2: np.ndarray, dt: float) -> np.ndarray:
    """Sizes [n_frames] of a person in the image: longer sides of boxes, the largest about a time.

    Args:
        p2: [n_frames, n_joints, 2] image points; NaN where nothing is seen.
        dt: time between frames [s].
    """
    is_seen = np.isfinite(p2)
    high = np.where(is_seen, p2, -np.inf).max(axis=1)
    low = np.where(is_seen, p2, np.inf).min(axis=1)
    side = np.maximum((high - low).max(axis=1), 0.0)
    return maximum_filter1d(side, _width(SIZE_REACH, dt), mode="nearest")


def _width(reach: float, dt: float) -> int:
    """Number of frames, an odd one, up to `reach` seconds away."""
    return 2 * round(reach / dt) + 1
