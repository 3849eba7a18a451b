"""Types of arguments: functions from text to a value, whose errors say what is expected."""

import argparse
from collections.abc import Callable


def step_count(text: str) -> int:
    """A number of steps from 1 on, such as 200000, 2e5 or 1_000_000.

    Raises:
        ArgumentTypeError: the text is no such number.
    """
    try:
        value = float(text)
        if value == int(value) >= 1:
            return int(value)
    except (ValueError, OverflowError):  # not a number; NaN or infinity
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is no step count: expected e.g. 200000 or 2e5")


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """The type of whole numbers between two bounds, which are allowed themselves.

    Args:
        low: the least number, at least 0.
        high: the largest number.
    """

    def parse(text: str) -> int:
        if text.isdecimal() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from {low} to {high}")

    return parse


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


def _number(text: str, is_allowed: Callable[[float], bool], expected: str) -> float:
    """The finite number in a text, if a condition holds for it."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (is_allowed(value) and value < float("inf")):
        raise argparse.ArgumentTypeError(f"{text!r}: expected {expected}")
    return value
