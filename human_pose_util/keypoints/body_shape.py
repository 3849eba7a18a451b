"""Whether points of people have the shape of a body, if they are read as the joints of a skeleton.

An image shows bones shorter than they are, but rarely all frames of a film do so with one bone and
not with the others. In a wrong order of joints, lengths are those between any two parts of a body.
"""

import numpy as np

from human_pose_util.sampling import evenly_spaced
from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.anatomy import standing
from human_pose_util.transforms import unit_or_zero

_PERCENTILE = 75  # of the lengths of a bone: the image shortens it in many frames
_SHORT = 0.5  # weight of bones that are too short: from the side, shoulders are in one place
_MAX_ERROR = 2.0  # of the logarithm of a length: a bone counts as at most 7 times too long
_MIN_BONES = 5
_MAX_PEOPLE = 1000  # so many detections tell the shape; more only take time
_PAIRS = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
_TRUNK = ("shoulder", "hip")
_HEAD = ("nose", "head", "head_top", "head-back", "neck", "upper_neck")
_LOWER = ("ankle", "knee", "hip")


def sample(points: np.ndarray) -> np.ndarray:
    """At most 1000 of the people [n, n_keypoints, d], evenly spread."""
    return points[evenly_spaced(len(points), _MAX_PEOPLE)]


def misfit(points: np.ndarray, skeleton: Skeleton) -> float:
    """How far the lengths of bones in the image are from those of a body.

    Args:
        points: [n, n_joints, 2] x, y [px]; NaN for a joint that is not visible.
        skeleton: the skeleton as which to read the points.

    Returns:
        The mean error of the logarithm of the lengths of bones, up to a common factor: 0.1 to 0.3
        for bodies from all sides, mostly 0.4 to 0.9 for joints in a wrong order; NaN if too few are
        visible.
    """
    child, parent = skeleton.bones.T
    body = standing(skeleton)
    expected = np.linalg.norm(body[child] - body[parent], axis=1)
    lengths = np.linalg.norm(points[:, child] - points[:, parent], axis=2)
    known = np.isfinite(lengths).any(axis=0) & np.isfinite(expected)
    if known.sum() < _MIN_BONES:
        return np.nan
    length = np.maximum(np.nanpercentile(lengths[:, known], _PERCENTILE, axis=0), 1e-3)
    error = np.log(length / expected[known])
    error -= np.median(error)
    error = np.where(error > 0, error, -_SHORT * error)
    return float(np.minimum(error, _MAX_ERROR).mean())


def crossed_limbs(points: np.ndarray, skeleton: Skeleton, least: int) -> list[str]:
    """Pairs of parts whose left and right seem to be exchanged with each other.

    Args:
        points: [n, n_joints, 2] x, y [px]; NaN for a joint that is not visible.
        skeleton: the skeleton of the points.
        least: number of people in which both parts have to be visible.

    Returns:
        Descriptions such as "elbow and wrist": of most people, the left one of the first is nearer
        to the right one of the second, and the other way round.
    """
    crossed = []
    for upper, lower in (*_PAIRS, _TRUNK):
        names = [f"{side}_{part}" for part in (upper, lower) for side in "lr"]
        if not all(map(skeleton.has_joint, names)):
            continue
        a, b, c, d = (points[:, skeleton.joint_index(name)] for name in names)
        own = np.linalg.norm(a - c, axis=1) + np.linalg.norm(b - d, axis=1)
        other = np.linalg.norm(a - d, axis=1) + np.linalg.norm(b - c, axis=1)
        visible = np.isfinite(own)
        if visible.sum() >= least and (own > 1.1 * other)[visible].mean() > 0.6:
            crossed.append(f"{upper} and {lower}")
    return crossed


def upward(points: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """The direction in the image from the lowest visible joints of the legs to the head.

    Args:
        points: [n, n_joints, 2] x, y [px]; NaN for a joint that is not visible.
        skeleton: the skeleton of the points.

    Returns:
        [2] the median of the unit vectors (x right, y down); NaN if nobody shows it.
    """
    head = _mean(points, [j for j in _HEAD if skeleton.has_joint(j)], skeleton)
    low = np.full_like(head, np.nan)
    for part in _LOWER:
        names = [f"{side}_{part}" for side in "lr"]
        joints = _mean(points, [j for j in names if skeleton.has_joint(j)], skeleton)
        low = np.where(np.isnan(low), joints, low)
    return _direction(head - low)


def arm_direction(points: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """The direction in the image from the shoulders to the wrists.

    Args:
        points: as for `upward`.
        skeleton: the skeleton of the points.

    Returns:
        as for `upward`.
    """
    ends = [[f"{side}_{joint}" for side in "lr"] for joint in ("shoulder", "wrist")]
    if not all(skeleton.has_joint(joint) for end in ends for joint in end):
        return np.full(2, np.nan)
    shoulders, wrists = (_mean(points, end, skeleton) for end in ends)
    return _direction(wrists - shoulders)


def _direction(vectors: np.ndarray) -> np.ndarray:
    """[2] the median direction of vectors [n, 2]; NaN where all are NaN."""
    units = unit_or_zero(vectors)
    known = np.isfinite(units).all(axis=1)
    return np.median(units[known], axis=0) if known.any() else np.full(2, np.nan)


def _mean(points: np.ndarray, joints: list[str], skeleton: Skeleton) -> np.ndarray:
    """[n, 2] mean of the joints that are visible; NaN if none is."""
    columns = [skeleton.joint_index(joint) for joint in joints]
    chosen = points[:, columns]
    visible = np.isfinite(chosen).all(axis=2, keepdims=True)
    total = np.where(visible, chosen, 0.0).sum(axis=1)
    n = visible.sum(axis=1)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)
