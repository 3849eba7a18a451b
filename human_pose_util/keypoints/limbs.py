"""How long limbs appear in an image, and how tall a person would be there.

An image shows a limb at most as long as it is, so the longest limbs of a person about a frame tell
how tall the person would be in the image, standing upright and seen from the side.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import maximum_filter1d

from human_pose_util.skeleton import Skeleton

LENGTHS = {
    "l_shoulder l_elbow": 0.186,
    "l_elbow l_wrist": 0.146,
    "l_shoulder l_wrist": 0.332,
    "l_shoulder l_hip": 0.288,
    "l_shoulder r_hip": 0.365,
    "l_shoulder r_shoulder": 0.259,
    "l_hip r_hip": 0.191,
    "l_hip l_knee": 0.245,
    "l_knee l_ankle": 0.246,
    "l_hip l_ankle": 0.491,
}
"""How far two joints of a person can be apart, relative to the person's height (Winter,
"Biomechanics and Motor Control of Human Movement", 2009, figure 4.1); the other side is alike. What
follows calls each of these pairs a limb."""

FALSE = 0.3
"""Share of the limbs in a frame that may be too long: the next longest one tells the height."""

FEWEST = 6
"""A frame in which fewer limbs are seen does not tell the height."""

REACH = 0.5
"""Seconds before and after a frame, in which limbs show the height: at a time, few are stretched
across the view."""


class Limbs(NamedTuple):
    """The limbs of a skeleton.

    Attributes:
        ends: [n_limbs, 2] keypoints at both ends.
        lengths: [n_limbs] lengths relative to the person's height.
    """

    ends: np.ndarray
    lengths: np.ndarray


def limbs_of(skeleton: Skeleton) -> Limbs:
    """The limbs of `LENGTHS` whose ends a skeleton has, on both sides."""
    limbs = {}
    for names, length in LENGTHS.items():
        pair = names.split()
        if set(pair) <= set(skeleton.joints):
            ends = [skeleton.joint_index(name) for name in pair]
            for sides in (ends, skeleton.mirror[ends]):
                limbs[tuple(sorted(map(int, sides)))] = length
    return Limbs(np.array(list(limbs), int).reshape(-1, 2), np.array(list(limbs.values())))


def limb_lengths(keypoints: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Lengths [n_frames, n_limbs] of limbs in the image [px]; NaN where one is not seen.

    Args:
        keypoints: [n_frames, n_keypoints, 2 or more] x, y [px]; NaN for a keypoint that is not
            visible.
        ends: [n_limbs, 2] keypoints at both ends of the limbs.
    """
    one, other = (keypoints[:, of, :2] for of in ends.T)
    return np.linalg.norm(one - other, axis=2)


def heights_in_image(keypoints: np.ndarray, skeleton: Skeleton, fps: float) -> np.ndarray:
    """Heights [n_frames] of a person in the image that limbs allow [px]; NaN where few are seen.

    Args:
        keypoints: [n_frames, n_keypoints, 2 or more] x, y [px]; NaN for a keypoint that is not
            visible.
        skeleton: skeleton of the keypoints.
        fps: frames per second.
    """
    ends, lengths = limbs_of(skeleton)
    if len(ends) < FEWEST or not len(keypoints):
        return np.full(len(keypoints), np.nan)
    # The height that follows from each limb if it is stretched across the view.
    heights = limb_lengths(keypoints, ends) / lengths
    n_seen = np.isfinite(heights).sum(axis=1)
    longest_first = -np.sort(-heights, axis=1)  # NaN last
    own = longest_first[np.arange(len(heights)), (FALSE * n_seen).astype(int)]
    own = np.where(n_seen < FEWEST, -np.inf, own)
    around = 2 * max(round(REACH * fps), 1) + 1
    highest = maximum_filter1d(own, around, mode="constant", cval=-np.inf)
    return np.where(highest > 0, highest, np.nan)
