"""Keypoints that are farther from their neighbours than a limb is long.

A detector may take something else for a wrist, often for seconds: the hand of someone near, a pole,
a shadow. Such a keypoint does not jump, so that its path in time does not give it away. But an
image shows a limb at most as long as it is, so the longest limbs of a person about a frame tell how
long each of them can appear there.
"""

import numpy as np
from scipy.ndimage import maximum_filter1d

from human_pose_util.keypoints.detections import HIDDEN
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

LONGEST, NOISE = 1.6, 0.05
"""A limb is too long that appears longer than this many times what the other limbs allow, and by
this share of the person's height more: 1.9 times for the short forearm, 1.7 times for a leg. A hand
near the camera appears larger than the body: in motion capture, acrobatics among it, and in real
films, forearms reach 1.75 times, other limbs 1.5."""

FALSE = 0.3
"""Share of the limbs in a frame that may be too long: the next longest one tells the scale."""

FEWEST = 6
"""A frame in which fewer limbs are seen does not tell the scale."""

REACH = 0.5
"""Seconds before and after a frame, in which limbs show the scale: at a time, few are stretched
across the view."""


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
    ends, lengths = _limbs(skeleton)
    keypoints = keypoints.copy()
    if len(ends) < FEWEST or not len(keypoints):
        return keypoints
    a, b = ends.T
    distances = np.linalg.norm(keypoints[:, a, :2] - keypoints[:, b, :2], axis=2)
    scale = _scale(distances / lengths, max(round(REACH * fps), 1))[:, None]
    excess = distances / (scale * (LONGEST * lengths + NOISE))
    for frame in np.flatnonzero((excess > 1).any(axis=1)):
        for outlier in _outliers(excess[frame], ends):
            keypoints[frame, outlier] = HIDDEN
    return keypoints


def _limbs(skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints [n_limbs, 2] at both ends of limbs, and lengths [n_limbs] of limbs in heights."""
    limbs = {}
    for names, length in LENGTHS.items():
        pair = names.split()
        if set(pair) <= set(skeleton.joints):
            ends = [skeleton.joint_index(name) for name in pair]
            for sides in (ends, skeleton.mirror[ends]):
                limbs[tuple(sorted(map(int, sides)))] = length
    return np.array(list(limbs), int).reshape(-1, 2), np.array(list(limbs.values()))


def _scale(heights: np.ndarray, reach: int) -> np.ndarray:
    """Height of the person in the image [n_frames] that limbs allow [px]; NaN where few are seen.

    Args:
        heights: [n_frames, n_limbs] the height that follows from each limb if it is stretched
            across the view; NaN where it is not seen.
        reach: number of frames before and after a frame.
    """
    n_seen = np.isfinite(heights).sum(axis=1)
    longest_first = -np.sort(-heights, axis=1)  # NaN last
    own = longest_first[np.arange(len(heights)), (FALSE * n_seen).astype(int)]
    own = np.where(n_seen < FEWEST, -np.inf, own)
    scale = maximum_filter1d(own, 2 * reach + 1, mode="constant", cval=-np.inf)
    return np.where(scale > 0, scale, np.nan)


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
