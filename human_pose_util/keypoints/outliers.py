"""Keypoints that are farther from their neighbours than a limb is long.

A detector may take something else for a wrist, often for seconds: the hand of someone near, a pole,
a shadow. Such a keypoint does not jump, so that its path in time does not give it away. But an
image shows a limb at most as long as it is, so the longest limbs of a person about a frame tell how
long each of them can appear there.
"""

import numpy as np

from human_pose_util.keypoints.detections import HIDDEN
from human_pose_util.keypoints.limbs import heights_in_image, limb_lengths, limbs_of
from human_pose_util.skeleton import Skeleton

LONGEST, NOISE = 1.6, 0.05
"""A limb is too long that appears longer than this many times what the other limbs allow, and by
this share of the person's height more: 1.9 times for the short forearm, 1.7 times for a leg. A hand
near the camera appears larger than the body: in motion capture, acrobatics among it, and in real
films, forearms reach 1.75 times, other limbs 1.5."""


def without_outliers(keypoints: np.ndarray, skeleton: Skeleton, fps: float) -> np.ndarray:
    """Keypoints without those that make limbs too long.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y [px], confidence; NaN for a keypoint that is not
            visible.
        skeleton: skeleton of the keypoints.
        fps: frames per second.

    Returns:
        [n_frames, n_keypoints, 3], with NaN, NaN and 0 for a keypoint that is an outlier.
    """
    ends, lengths = limbs_of(skeleton)
    scale = heights_in_image(keypoints, skeleton, fps)[:, None]
    excess = limb_lengths(keypoints, ends) / (scale * (LONGEST * lengths + NOISE))
    keypoints = keypoints.copy()
    for frame in np.flatnonzero((excess > 1).any(axis=1)):
        for outlier in _outliers(excess[frame], ends):
            keypoints[frame, outlier] = HIDDEN
    return keypoints


def _outliers(excess: np.ndarray, ends: np.ndarray) -> list[int]:
    """The keypoints that explain limbs which are too long.

    All limbs of a false elbow are too long, and one of several of each of its neighbours. So the
    keypoint of which the largest share of limbs is too long is taken away, until none is left. Of
    two with equal shares, it is the one whose limbs are longer on average; where these are equal,
    too, nothing tells which one is false, and both are taken away. Where two neighbours are false
    together, a true keypoint may go with them.

    Args:
        excess: [n_limbs] lengths of limbs relative to what is possible; NaN where one is not seen.
        ends: [n_limbs, 2] keypoints at both ends of the limbs.
    """
    outliers: list[int] = []
    ends, excess = ends[np.isfinite(excess)], excess[np.isfinite(excess)]
    while (excess > 1).any():
        keypoints = np.unique(ends)
        own = [excess[(ends == keypoint).any(axis=1)] for keypoint in keypoints]
        blame = [((limbs > 1).mean(), limbs.mean()) for limbs in own]
        outliers += [int(k) for k, b in zip(keypoints, blame, strict=True) if b == max(blame)]
        stay = ~np.isin(ends, outliers).any(axis=1)
        ends, excess = ends[stay], excess[stay]
    return outliers
