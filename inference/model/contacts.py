"""Contacts: which feet stand still, as the image tells.

A foot that stands does not move in the image of a camera that does not move. A foot that swings
does, but for moments: in the direction of the camera, or at the turn of its motion. So a foot
counts as standing where it has been slow for some time around a step in time.
"""

import numpy as np
from scipy.ndimage import maximum_filter1d

from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.keypoints import FEET
from inference.model.observations import Observations

SLOW = 0.2
"""Speed in the image [sizes of the person per second], 0.35 m/s for an adult, at which a contact is
no longer sure. Detected keypoints of a standing foot move at about half of it."""

REACH = 0.075
"""Seconds before and after a step in time in which a foot that stands has to be slow."""

SIZE_REACH = 1.0
"""Seconds before and after a frame over which the person's size in the image is the largest one: a
person who crouches is as large as before."""


def contacts(observed: Observations, skeleton: Skeleton) -> np.ndarray:
    """How sure it is that joints stand still, [n_frames, n_joints], 0 to 1.

    A row tells of the step in time that ends at its frame: exp(−(speed / `SLOW`)²) for the largest
    speed about that time, for joints of the feet; 0 for others, and where a joint is not seen.

    Args:
        observed: observations of a sequence.
        skeleton: skeleton of the observations.
    """
    contact = np.zeros(observed.weights.shape)
    feet = [j for j, name in enumerate(skeleton.joints) if name[2:] in FEET]
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
