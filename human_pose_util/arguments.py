"""Checks of the arguments that callers from Python give; their errors name the argument."""

from collections.abc import Callable
from typing import Any

import numpy as np

from human_pose_util.errors import DataError, SpecError

HIGHEST_RATE = 2000.0
"""Largest number of frames per second of a film: few cameras have more, and windows of seconds
would have too many frames for the memory."""


def check(name: str, value: Any, is_allowed: Callable[[Any], Any], expected: str) -> None:
    """Check the value of an argument.

    Args:
        name: the name of the argument.
        value: its value.
        is_allowed: whether a value is allowed. A TypeError or ValueError, as where a text is
            compared with a number, counts as False.
        expected: what is allowed, for the message.

    Raises:
        SpecError: the value is not allowed.
    """
    try:
        if is_allowed(value):
            return
    except (TypeError, ValueError):
        pass
    raise SpecError(f"{name} {value!r:.80}: expected {expected}")


def check_number(name: str, value: Any, is_allowed: Callable[[Any], Any], expected: str) -> None:
    """As `check`, for an argument that is one number: no array, and neither True nor False."""
    is_number = np.ndim(value) == 0 and not isinstance(value, bool | np.bool_)
    check(name, value, lambda v: is_number and is_allowed(v), expected)


def check_flag(name: str, value: Any) -> None:
    """Raise SpecError where a value is neither True nor False."""
    check(name, value, lambda v: isinstance(v, bool | np.bool_), "True or False")


def check_size(size: Any) -> None:
    """Raise SpecError where a size is not (width, height) of an image [px]."""
    expected = "the image's width and height in pixels"
    check("size", size, lambda s: np.shape(s) == (2,) and all(0 < x < 1e5 for x in s), expected)


def check_fps(fps: Any) -> None:
    """Raise SpecError where a rate is no number of frames per second of a film."""
    expected = f"a positive number of frames per second, at most {HIGHEST_RATE:g}"
    check_number("fps", fps, lambda rate: 0 < rate <= HIGHEST_RATE, expected)


def numbers(name: str, value: Any) -> np.ndarray:
    """An argument as an array of float64, with NaN for numbers that are masked in a masked array.

    Args:
        name: the name of the argument.
        value: its value.

    Raises:
        DataError: the value holds something else than numbers, or lists of different lengths.
    """
    try:
        return np.ma.filled(np.ma.asarray(value, np.float64), np.nan)
    except (TypeError, ValueError):
        shown = " ".join(f"{value!r:.80}".split())
        raise DataError(f"{name}: expected an array of numbers, got {shown}") from None
