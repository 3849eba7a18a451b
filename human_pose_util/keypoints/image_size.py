"""A guess of the size of a film's image, where no file tells it."""

import numpy as np

COMMON_SIZES = (
    (640, 480),
    (854, 480),
    (1280, 720),
    (1920, 1080),
    (2560, 1440),
    (3840, 2160),
    (7680, 4320),
)
"""(width, height) of usual films [px], the smallest first."""

MARGIN = 1.02
"""Largest coordinate of a keypoint, relative to the size of the image: detectors put some keypoints
a little outside."""


def likely_size(keypoints: np.ndarray) -> tuple[int, int]:
    """The smallest common size, upright or across, that 99 % of the keypoints fit into.

    Args:
        keypoints: [..., n_keypoints, 2 or more] x, y [px]; NaN for a keypoint that is not visible.

    Returns:
        (width, height) [px]; the largest common size where none is large enough.
    """
    points = keypoints[..., :2].reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    extent = np.percentile(points, 99, axis=0) / MARGIN if len(points) else np.zeros(2)
    for width, height in COMMON_SIZES:
        for size in ((width, height), (height, width)):
            if (extent <= size).all():
                return size
    return COMMON_SIZES[-1]
