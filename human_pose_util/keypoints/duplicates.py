"""Detections of the same person in the same frame."""

import numpy as np

from human_pose_util.keypoints.detections import Detections
from human_pose_util.keypoints.person_size import box_diagonals

_MAX_DISTANCE = 0.07
"""Mean distance of two detections of one person, relative to the diagonal of the person's box.

For a grown person that is 12 cm: more than the mean error of detectors, and less than the distance
of two people in the image, unless they stand behind each other in the same pose.
"""


def without_duplicates(detections: Detections) -> np.ndarray:
    """Indices of detections, without those that repeat a more confident detection.

    Two detections in a frame are of one person if they have the same number. If one of them has
    no number, they are of one person if the keypoints that are visible in both (at least half of
    the visible keypoints of either) are nearly at the same places.

    Returns:
        [n_kept] indices, ascending.
    """
    frame, keypoints = detections.frame, detections.keypoints
    ids = np.full(len(frame), -1) if detections.ids is None else detections.ids
    confidence, size = keypoints[..., 2].sum(axis=1), box_diagonals(keypoints)
    keep, lag = np.ones(len(frame), dtype=bool), 1
    # Detections are sorted by frame: all pairs within frames are those of neighbours, then those
    # of neighbours but one, and so on until no frame has so many detections.
    while (first := np.flatnonzero(frame[lag:] == frame[:-lag])).size:
        second = first + lag
        distance = _mean_distances(keypoints[first], keypoints[second])
        near = distance < _MAX_DISTANCE * np.maximum(size[first], size[second])
        numbered = (ids[first] >= 0) & (ids[second] >= 0)
        same = np.where(numbered, ids[first] == ids[second], near)
        less_confident = np.where(confidence[first] < confidence[second], first, second)
        keep[less_confident[same]] = False
        lag += 1
    return np.flatnonzero(keep)


def _mean_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[n] mean distances of people [n, n_keypoints, 3], keypoints weighted by their confidence.

    Infinite for people with too few keypoints that are visible in both.
    """
    weight = np.minimum(a[..., 2], b[..., 2])
    both = weight > 0
    distance = np.where(both, np.linalg.norm(a[..., :2] - b[..., :2], axis=-1), 0.0)
    fewer_visible = np.minimum((a[..., 2] > 0).sum(axis=1), (b[..., 2] > 0).sum(axis=1))
    mean = (weight * distance).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-300)
    return np.where(2 * both.sum(axis=1) >= fewer_visible, mean, np.inf)
