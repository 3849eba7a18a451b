"""Turning the keypoints of a film whose images are turned."""

from typing import TypeVar

import numpy as np

T = TypeVar("T", int, float)
"""The type of sizes of images: those of films are whole, those of cameras need not be."""

TURNS = (0, 90, 180, 270)
"""Degrees by which images can be turned."""


def rotate(
    keypoints: np.ndarray, degrees: int, size: tuple[T, T]
) -> tuple[np.ndarray, tuple[T, T]]:
    """Keypoints in the image after it is turned clockwise.

    Args:
        keypoints: [..., 2 or more] x, y [px], x to the right and y down.
        degrees: one of `TURNS`.
        size: (width, height) of the image before it is turned [px].

    Returns:
        [..., 2 or more] keypoints in the turned image [px], and its (width, height).
    """
    turned = keypoints.copy()
    for _ in range(degrees // 90):
        width, height = size
        turned[..., 0], turned[..., 1] = height - turned[..., 1], turned[..., 0].copy()
        size = (height, width)
    return turned, size
