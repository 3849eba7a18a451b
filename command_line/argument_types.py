"""Types of arguments: functions from text to a value, whose errors say what is expected."""

import argparse
import math
from collections.abc import Callable, Iterable
from os.path import expanduser
from pathlib import Path

from human_pose_util.suffixes import check_suffix


def whole_number(low: int, high: float = math.inf) -> Callable[[str], int]:
    """The type of whole numbers between two bounds, which are allowed themselves.

    The numbers may be written as 200000, 2e5 or 200_000.

    Args:
        low: the least number.
        high: the largest number; by default there is none.
    """
    bounds = f"from {low} on" if high == math.inf else f"from {low} to {high}"

    def is_allowed(value: float) -> bool:
        return low <= value <= high and value % 1 == 0

    return lambda text: int(_number(text, is_allowed, f"a whole number {bounds}"))


def positive(text: str) -> float:
    """A positive number.

    Raises:
        ArgumentTypeError: the text is no such number.
    """
    return _number(text, lambda value: value > 0, "a positive number")


def not_negative(text: str) -> float:
    """A number that is 0 or more.

    Raises:
        ArgumentTypeError: the text is no such number.
    """
    return _number(text, lambda value: value >= 0, "a number that is 0 or more")


def body_height(low: float, high: float) -> Callable[[str], float]:
    """The type of heights of people [m] between two bounds, which are allowed themselves.

    Args:
        low: the least height.
        high: the largest height.
    """
    expected = f"the height of a person in metres, {low:g} to {high:g} (170 cm are 1.7)"
    return lambda text: _number(text, lambda value: low <= value <= high, expected)


def image_size(text: str) -> tuple[int, int]:
    """The width and height of an image [px]: "1920x1080" is (1920, 1080).

    Raises:
        ArgumentTypeError: the text is no such pair.
    """
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        width = height = 0
    if not (0 < width < 100_000 and 0 < height < 100_000):
        raise argparse.ArgumentTypeError(f"{text!r}: expected WxH, such as 1920x1080")
    return width, height


def name(text: str) -> str:
    """A name, which is not empty: a variable of the shell that is not set gives an empty one.

    Raises:
        ArgumentTypeError: the text is empty.
    """
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def file_path(text: str) -> Path:
    """A path, in which ~ is the home folder: shells leave it as it is in `--results=~/a.hdf5`.

    Raises:
        ArgumentTypeError: the text is empty.
    """
    return Path(expanduser(name(text)))


def saved_as(suffixes: Iterable[str]) -> Callable[[str], Path]:
    """The type of files to write, whose names end in one of the suffixes.

    Args:
        suffixes: what names may end in, in lower case. Another suffix is a `SpecError`.
    """
    suffixes = tuple(suffixes)
    return lambda text: check_suffix(file_path(text), suffixes)


def _number(text: str, is_allowed: Callable[[float], bool], expected: str) -> float:
    """The finite number in a text, if a condition holds for it."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (is_allowed(value) and value < math.inf):
        raise argparse.ArgumentTypeError(f"{text!r}: expected {expected}")
    return value


seed = whole_number(0, 2**31 - 1)
"""The type of seeds: what TensorFlow and NumPy both take."""
