"""Whether two views show one person, as at a cut from one camera to another.

Before cameras that are not too near, an image shows x and y of a keypoint as linear functions of
its place in space. The four coordinates of a keypoint in two images follow from three coordinates
in space, so that they lie in a three-dimensional space, if the pose is the same in both (Koenderink
and van Doorn, "Affine structure from motion", JOSA A 1991).
"""

from typing import NamedTuple

import numpy as np

SPREAD_OF_STANDING = 0.3
"""Standard deviation of a standing person's keypoints, relative to the person's size."""

ONE_POSE = 0.025
"""Misfit, the mean of two cuts, from which on they show two people. Of one person before two
cameras (motion capture, with the errors of a detector), 1 % of these means are larger; of two
people in different motion, 90 % are. With keypoints of the upper body alone, 1 to 4 % and 84 to
90 %. In real films, single misfits of one person are 0.011 to 0.029, of two people 0.06 to 0.13. Of
computed films with four shots from two cameras, 99 of 108 that show one person are told, and 86 of
96 that show two people in turn; with 0.02 they are 82 and 94."""

FEWEST = 10
"""Number of keypoints that have to be visible in both images: for the head, shoulders and elbows
alone, two people often have a smaller misfit than one."""


class Common(NamedTuple):
    """The keypoints that are visible in both images of pairs.

    Attributes:
        number: [n] how many they are.
        place: [2, n, 2] their mean in either image [px]; 0 where there is none.
        offset: [2, n, n_keypoints, 2] the keypoints relative to it [px]; 0 for other keypoints.
        size: [2, n] size of the person by their spread, as of someone who stands [px].
    """

    number: np.ndarray
    place: np.ndarray
    offset: np.ndarray
    size: np.ndarray


def show_one_person(frame: np.ndarray, keypoints: np.ndarray, track: np.ndarray) -> bool:
    """Whether tracks that follow each other without a gap show one person in different views.

    Args:
        frame: [n] frames of the detections, ascending.
        keypoints: [n, n_keypoints, 2 or more] x, y [px]; NaN for a keypoint that is not visible.
        track: [n] tracks of the detections.

    Returns:
        Whether every frame shows one detection, each track begins in the frame after the end of
        another one, and the poses there are the same on average (`ONE_POSE`).
    """
    cuts = np.flatnonzero(np.diff(track))
    steps = np.diff(frame)
    if not len(cuts) or not steps.all() or (steps[cuts] > 1).any():
        return False
    return bool(misfits(keypoints[cuts], keypoints[cuts + 1]).mean() <= ONE_POSE)


def misfits(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How far keypoints in two images are from those of one pose.

    Args:
        one: [n, n_keypoints, 2 or more] x, y [px] in the first image of each pair; NaN for a
            keypoint that is not visible.
        other: [n, n_keypoints, 2 or more] those in the second image.

    Returns:
        [n] root mean square distances from the nearest pose, relative to the person's size; NaN
        where fewer than `FEWEST` keypoints are visible in both images.
    """
    common = common_keypoints(one, other)
    relative = common.offset / np.maximum(common.size, 1e-9)[..., None, None]
    together = np.concatenate(list(relative), axis=-1)
    # Each pair has 4 coordinates, and 3 functions and a constant explain the fourth one.
    least = np.linalg.svd(together, compute_uv=False)[:, -1]
    n = common.number
    return np.where(n >= FEWEST, least / np.sqrt(np.maximum(n - 4, 1)), np.nan)


def common_keypoints(one: np.ndarray, other: np.ndarray) -> Common:
    """The keypoints that are visible in both images of pairs; arguments are those of `misfits`."""
    points = np.stack([one[..., :2], other[..., :2]])
    is_common = np.isfinite(points).all(axis=(0, 3))[..., None]
    count = is_common.sum(axis=1)
    divisor = np.maximum(count, 1)
    place = np.where(is_common, points, 0.0).sum(axis=2) / divisor
    offset = np.where(is_common, points - place[:, :, None], 0.0)
    size = np.sqrt((offset**2).sum(axis=(2, 3)) / divisor[:, 0]) / SPREAD_OF_STANDING
    return Common(count[:, 0], place, offset, size)
