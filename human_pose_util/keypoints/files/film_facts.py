"""What files say of a film: the size of its image, its rate, and the names of keypoints."""

from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import Size


def size_of(value: Any, where: str) -> Size | None:
    """(width, height) of the image [px]; None for None.

    Args:
        value: what the file has as the size; numbers may be texts.
        where: the file, for error messages.

    Raises:
        DataError: the value is no size of an image.
    """
    if value is None:
        return None
    size = _numbers(value)
    if size.shape != (2,) or not ((size > 0) & (size < 1e5) & (size == np.round(size))).all():
        raise DataError(
            f"{where}: expected size to be width and height in whole pixels, got {value!r:.40}"
        )
    return int(size[0]), int(size[1])


def fps_of(value: Any, where: str) -> float | None:
    """Frames per second; None for None.

    Args:
        value: what the file has as the rate; it may be a text.
        where: the file, for error messages.

    Raises:
        DataError: the value is no rate.
    """
    if value is None:
        return None
    rate = _numbers(value)
    if rate.size != 1 or not 0 < float(rate.reshape(())) < 1e5:
        raise DataError(f"{where}: expected fps to be the number of frames per second")
    return float(rate.reshape(()))


def names_of(value: Any) -> tuple[str, ...] | None:
    """Names of keypoints; None for anything that is no list of names."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    is_names = isinstance(value, list) and all(isinstance(name, str) for name in value)
    return tuple(value) if is_names and value else None


def _numbers(value: Any) -> np.ndarray:
    """A value as an array of numbers; an empty one for anything else."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "U":
            array = array.astype(float)
    except ValueError:  # lists of different lengths, or texts that are no numbers
        return np.zeros(0)
    return array if array.dtype.kind in "iuf" else np.zeros(0)
