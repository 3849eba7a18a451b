"""The size of a film's image: a guess where no file tells it, and a doubt where one does."""

from collections.abc import Sequence

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


OUTSIDE = 0.4
"""Share of the keypoints outside the image from which on its size is in doubt. Detectors that guess
legs below the image put a third of the keypoints there."""

EXCHANGED, WITHIN = 0.1, 0.02
"""Share of the keypoints outside the image from which on its width and height may be exchanged, and
largest share that lies outside the exchanged image then."""

PERCENT, SMALL = 100.0, 0.1
"""Where no keypoint has a coordinate above 100, and the longer side of the image is ten times as
long, the keypoints are likely to be in percent."""

LARGEST_SHARE = 1.5
"""Median coordinate up to which keypoints are shares of the image's width and height: some of them
may lie outside the image."""

NO_PIXELS = (
    "the keypoints lie between −1 and 1, expected pixels: if they are shares of the image's width "
    "and height, "
)
"""Why keypoints that are shares of the image are refused; what to do comes after it."""


def are_shares(keypoints: np.ndarray) -> bool:
    """Whether most keypoints are shares of the image's width and height; False where none is seen.

    Args:
        keypoints: [..., n_keypoints, 2 or more] x, y; NaN for a keypoint that is not visible.
    """
    points = _visible(keypoints)
    return len(points) > 0 and bool(np.median(np.abs(points)) <= LARGEST_SHARE)


def doubt_of_size(keypoints: np.ndarray, size: Sequence[float]) -> str | None:
    """What to say where keypoints lie outside the image, or in its corner; None where all is well.

    Args:
        keypoints: [..., n_keypoints, 2 or more] x, y [px]; NaN for a keypoint that is not visible.
        size: (width, height) of the image [px].
    """
    points = _visible(keypoints)
    width, height = size
    share, share_exchanged = _share_outside(points, size), _share_outside(points, (height, width))
    is_exchanged = share >= EXCHANGED and share_exchanged <= WITHIN
    if len(points) and np.abs(points).max() <= PERCENT <= SMALL * max(size):
        return (
            f"all keypoints lie in a corner of an image of {width:g}x{height:g}, within "
            f"{PERCENT:g} px: are they in percent? Pixels or shares of the image are read"
        )
    if share < OUTSIDE and not is_exchanged:
        return None
    hint = ""
    if is_exchanged:
        hint = f" Nearly all of them lie within {height:g}x{width:g}"
    elif (points < 0).any(axis=1).mean() >= OUTSIDE:
        hint = " Pixels count from its upper left corner"
    return (
        f"{share:.0%} of the keypoints lie outside an image of {width:g}x{height:g}: "
        "is that its size (`size`)?"
    ).replace("%", " %") + hint


def likely_size(keypoints: np.ndarray) -> tuple[int, int]:
    """The smallest common size, upright or across, that 99 % of the keypoints fit into.

    Args:
        keypoints: [..., n_keypoints, 2 or more] x, y [px]; NaN for a keypoint that is not visible.

    Returns:
        (width, height) [px]; the largest common size where none is large enough.
    """
    points = _visible(keypoints)
    extent = np.percentile(points, 99, axis=0) / MARGIN if len(points) else np.zeros(2)
    for width, height in COMMON_SIZES:
        for size in ((width, height), (height, width)):
            if (extent <= size).all():
                return size
    return COMMON_SIZES[-1]


def _share_outside(points: np.ndarray, size: Sequence[float]) -> float:
    """The share of points [n, 2] that lie outside an image; 0 where there is none."""
    return float(((points < 0) | (points > size)).any(axis=1).mean()) if len(points) else 0.0


def _visible(keypoints: np.ndarray) -> np.ndarray:
    """The x, y [n, 2] of all keypoints [..., 2 or more] that are visible."""
    points = keypoints[..., :2].reshape(-1, 2)
    return points[np.isfinite(points).all(axis=1)]
