"""What speaks against keypoints that a caller gives: their unit, confidences, the image's size."""

import logging
from collections import deque
from collections.abc import Sequence

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import hidden, is_placeholder, is_visible
from human_pose_util.keypoints.image_size import NO_PIXELS, are_shares, doubt_of_size, likely_size

log = logging.getLogger(__name__)

FEWEST_SEEN = 3
"""Number of keypoints that tell their unit: one or two may lie in the corner of the image."""


def image_size(keypoints: np.ndarray, size: Sequence[float] | None) -> Sequence[float]:
    """The image's size [px], or a likely one where it is unknown; a warning says what is assumed.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y and confidence of a film, as they are given.
        size: (width, height) of the image [px]; None where it is unknown.
    """
    if size is not None:
        return size
    width, height = likely_size(hidden(keypoints, ~is_visible(keypoints)))
    log.warning("the image's size is not given: taken as %dx%d (`size`)", width, height)
    return width, height


def check_keypoints(keypoints: np.ndarray, size: Sequence[float]) -> str | None:
    """What to say of keypoints that are hardly those of an image; None where nothing is wrong.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y and confidence, as they are given.
        size: (width, height) of the image [px].

    Raises:
        DataError: the keypoints are shares of the image, and no pixels.
    """
    visible = is_visible(keypoints)
    if visible.sum() >= FEWEST_SEEN and are_shares(keypoints[visible]):
        raise DataError(f"{NO_PIXELS}multiply them by its size")
    if visible.any():
        return doubt_of_size(keypoints[visible], size)
    has_place = np.isfinite(keypoints[..., :2]).all(axis=-1) & ~is_placeholder(keypoints)
    if has_place.any() and (keypoints[has_place][:, 2] <= 0).all():
        return "no keypoint has a confidence above 0, so that nobody is seen"
    return None


class KeypointWatch:
    """Warns once where something is wrong with keypoints that come in one frame after another.

    Args:
        size: (width, height) of the image [px].
        n_frames: number of frames that tell it.
    """

    def __init__(self, size: Sequence[float], n_frames: int):
        self._size, self._is_silent = size, False
        self._frames: deque[np.ndarray] = deque(maxlen=n_frames)

    def add(self, keypoints: np.ndarray) -> None:
        """Take a frame in.

        Args:
            keypoints: [1, n_keypoints, 3] x, y and confidence, as they are given.

        Raises:
            DataError: the keypoints are shares of the image, and no pixels.
        """
        check_keypoints(keypoints, self._size)
        self._frames.append(keypoints)
        if self._is_silent or len(self._frames) < (self._frames.maxlen or 0):
            return
        if doubt := check_keypoints(np.concatenate(self._frames), self._size):
            log.warning("%s", doubt)
            self._is_silent = True
