"""Turning the keypoints of a film whose images are turned."""

from typing import TypeVar

import numpy as np

from human_pose_util.transforms import rotation_about

T = TypeVar("T", int, float)
"""The type of sizes of images: those of films are whole, those of cameras need not be."""

TURNS = (0, 90, 180, 270)
"""Degrees by which a user can turn images."""


def rotate_image(
    keypoints: np.ndarray, degrees: int, size: tuple[T, T]
) -> tuple[np.ndarray, tuple[T, T]]:
    """Keypoints in the image after it is turned clockwise about its middle.

    Args:
        keypoints: [..., 2 or more] x, y [px], x to the right and y down.
        degrees: the angle; an image that is turned by nearly a quarter is as high as it was wide.
        size: (width, height) of the image before it is turned [px].

    Returns:
        [..., 2 or more] keypoints in the turned image [px], and its (width, height).
    """
    turned, quarters = keypoints.copy(), round(degrees / 90)
    if rest := degrees - 90 * quarters:
        # With y down, a turn clockwise is one from x to y.
        turn, middle = rotation_about(np.radians(rest), "z")[:2, :2], np.array(size) / 2
        turned[..., :2] = (turned[..., :2] - middle) @ turn.T + middle
    for _ in range(quarters % 4):  # exact, as a multiplication by the cosine would not be
        width, height = size
        turned[..., 0], turned[..., 1] = height - turned[..., 1], turned[..., 0].copy()
        size = (height, width)
    return turned, size
