"""Detections of the same person in the same frame."""

import numpy as np

from human_pose_util.keypoints.detections import Detections

_SAME = 0.07
"""Mean distance of two detections of one person, relative to their size.

That is 12 cm of a grown person: more than detectors err by on average, and less than what is
between two people in the image, but for those who stand behind each other in the same pose.
"""


def sizes(keypoints: np.ndarray) -> np.ndarray:
    """Diagonal [px] of the box around the seen keypoints, at least 1.

    Args:
        keypoints: [n, n_keypoints, 3] x, y, confidence; at least one of each is seen.

    Returns:
        [n] sizes.
    """
    points = keypoints[..., :2]
    box = np.nanmax(points, axis=1) - np.nanmin(points, axis=1)
    return np.maximum(np.linalg.norm(box, axis=-1), 1.0)


def distinct(detections: Detections) -> np.ndarray:
    """[n_kept] indices of detections, ascending, without those that repeat a more confident one.

    Two in a frame are of the same person if they have the same number. If one of them has none,
    they are if the keypoints seen in both, at least half of those of either, are nearly in the
    same place.
    """
    frame, keypoints = detections.frame, detections.keypoints
    ids = np.full(len(frame), -1) if detections.ids is None else detections.ids
    confidence, size = keypoints[..., 2].sum(axis=1), sizes(keypoints)
    kept, lag = np.ones(len(frame), dtype=bool), 1
    while (first := np.flatnonzero(frame[lag:] == frame[:-lag])).size:
        second = first + lag
        near = _distance(keypoints[first], keypoints[second])
        near = near < _SAME * np.maximum(size[first], size[second])
        numbered = (ids[first] >= 0) & (ids[second] >= 0)
        same = np.where(numbered, ids[first] == ids[second], near)
        lesser = np.where(confidence[first] < confidence[second], first, second)
        kept[lesser[same]] = False
        lag += 1
    return np.flatnonzero(kept)


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[n] mean distance of [n, n_keypoints, 3]; infinite with too few keypoints seen in both."""
    weight = np.minimum(a[..., 2], b[..., 2])
    both = weight > 0
    apart = np.where(both, np.linalg.norm(a[..., :2] - b[..., :2], axis=-1), 0.0)
    fewest = np.minimum((a[..., 2] > 0).sum(axis=1), (b[..., 2] > 0).sum(axis=1))
    mean = (weight * apart).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-300)
    return np.where(2 * both.sum(axis=1) >= fewest, mean, np.inf)
