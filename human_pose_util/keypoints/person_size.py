"""How large people are in the image."""

import numpy as np


def person_size(keypoints: np.ndarray) -> float:
    """How large a person is in the image: about the height of a standing person [px].

    Args:
        keypoints: [n_frames, n_keypoints, 2 or more] x, y [px]; NaN for a keypoint that is not
            visible.

    Returns:
        The 90th percentile over frames of the longer side of the bounding box; 1 where no frame
        shows keypoints at two different places.
    """
    p2 = keypoints[..., :2]
    visible = np.isfinite(p2).all(axis=-1, keepdims=True)
    low = np.where(visible, p2, np.inf).min(axis=1)
    high = np.where(visible, p2, -np.inf).max(axis=1)
    sides = (high - low)[visible.any(axis=(1, 2))].max(axis=1, initial=0.0)
    size = float(np.percentile(sides, 90)) if len(sides) else 0.0
    return size if size > 0 else 1.0


def box_diagonals(keypoints: np.ndarray) -> np.ndarray:
    """Diagonals of the bounding boxes of people [px].

    Args:
        keypoints: [n, n_keypoints, 3] x, y [px] and confidence; at least one keypoint of every
            person is visible (not NaN).

    Returns:
        [n] diagonals, at least 1.
    """
    points = keypoints[..., :2]
    box = np.nanmax(points, axis=1) - np.nanmin(points, axis=1)
    return np.maximum(np.linalg.norm(box, axis=-1), 1.0)
