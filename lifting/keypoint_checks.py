"""What keypoints, and what is said of their film, have to be."""

import numpy as np

from human_pose_util.errors import DataError, SpecError
from human_pose_util.keypoints.detections import with_confidence
from human_pose_util.skeleton.keypoints import Sighting


def check_height(height: float | None) -> None:
    """Raise SpecError for a height that no person has."""
    if height is not None and not 0.2 <= height <= 3:
        raise SpecError(f"height {height}: expected a person's, 0.2 to 3 metres")


def cleaned(keypoints, seen: Sighting, size, fps: float) -> np.ndarray:
    """Keypoints [n_frames, n_keypoints, 3] px, NaN and 0 where nothing is seen that can be true.

    Raises:
        SpecError: a size or rate that is none.
        DataError: another shape.
    """
    size = np.asarray(size, float)
    if size.shape != (2,) or not ((size > 0) & (size < 1e5)).all():
        raise SpecError(f"size {size.tolist()}: expected the image's width and height in pixels")
    if not 0 < fps < np.inf:
        raise SpecError(f"fps {fps}: expected a positive number")
    points = np.asarray(keypoints, float)
    n = seen.n_keypoints
    if points.ndim != 3 or points.shape[1] != n or points.shape[2] not in (2, 3):
        raise DataError(f"keypoints have shape {points.shape}: expected (n_frames, {n}, 2 or 3)")
    points = with_confidence(points)
    outside = (points[..., :2] < -size) | (points[..., :2] > 2 * size)
    missing = outside.any(axis=2) | ~np.isfinite(points).all(axis=2) | (points[..., 2] <= 0)
    return np.where(missing[..., None], [np.nan, np.nan, 0.0], points)
