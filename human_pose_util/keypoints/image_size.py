"""The size of a film's image, where nothing says it."""

import numpy as np

COMMON = (
    (640, 480),
    (854, 480),
    (1280, 720),
    (1920, 1080),
    (2560, 1440),
    (3840, 2160),
    (7680, 4320),
)
MARGIN = 1.02
"""Detectors put a keypoint a little outside now and then."""


def likely_size(keypoints: np.ndarray) -> tuple[int, int]:
    """The smallest common size, upright or across, that nearly all keypoints fit into.

    Args:
        keypoints: [..., n_keypoints, 2 or more] x, y [px]; NaN: not seen.

    Returns:
        Width and height, px; the largest common size where none is large enough.
    """
    points = keypoints[..., :2].reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    need = np.percentile(points, 99, axis=0) / MARGIN if len(points) else np.zeros(2)
    sizes = [size for width, height in COMMON for size in ((width, height), (height, width))]
    return next((size for size in sizes if (need <= size).all()), COMMON[-1])
