"""Names of images that are times: which frames they are."""

import re
from collections.abc import Sequence

import numpy as np

_NUMBERS = re.compile(r"\d+", re.ASCII)
_DECIMAL = re.compile(r"\d+\.\d+$", re.ASCII)
_CLOCK = (24, 60, 60)  # hours, minutes and seconds: how many there are of each

LARGEST_FRAME_STEP = 16
"""Equal steps of up to so many frames are those of a film of which some images were left out."""

LEAST_IMAGES = 5
"""Fewer images do not tell that their numbers are times."""

REGULAR_SHARE, TOLERANCE = 0.8, 0.25
"""The share of steps that have to be near a multiple of the usual step, and how near, relative to
the usual step: a camera with times of 33 and 34 ms is regular, frames that a detector leaves out
are not."""


def frames_of_times(numbers: Sequence[int]) -> tuple[list[int], float] | None:
    """The frames of images whose numbers are times, such as milliseconds.

    Numbers are times where they go on in nearly equal steps that are larger than frame numbers
    have: the film has a frame for each step. A step of about k usual ones is a gap of k − 1 frames.

    Args:
        numbers: the numbers of the images, ascending and distinct.

    Returns:
        The frame of each image, from 0, and the usual step; None where the numbers are no times.
    """
    if len(numbers) < LEAST_IMAGES:
        return None
    first = numbers[0]
    steps = np.diff(np.array([number - first for number in numbers], dtype=float))
    usual = float(np.median(steps))
    if usual < 4:
        return None
    usual = float(steps[np.abs(steps - usual) <= TOLERANCE * usual].mean())
    count = np.maximum(np.round(steps / usual), 1)
    regular = np.abs(steps - count * usual) <= TOLERANCE * usual
    if regular.mean() < REGULAR_SHARE or (count == 1).mean() < 0.5:
        return None
    # Frame numbers in equal steps have a common divisor; times of a rate that is no divisor of
    # 1000 are rounded up and down.
    divisor = np.gcd.reduce(steps.astype(np.int64))
    if usual <= LARGEST_FRAME_STEP and divisor >= 0.9 * usual:
        return None
    return [0, *np.cumsum(count.astype(int)).tolist()], usual


def times_of_names(names: Sequence[str]) -> list[int] | None:
    """The times in names of images such as "10-20-03.417" or "12.6": microseconds.

    Args:
        names: the names without folders and endings, in their natural order.

    Returns:
        The time of each name; None where names have no clock. In a clock, the last number starts
        again where a number before it goes on, and the step in time is there as it is elsewhere.
    """
    if len(names) < LEAST_IMAGES or len({_NUMBERS.sub("#", name) for name in names}) != 1:
        return None
    groups = [_NUMBERS.findall(name) for name in names]
    if len(groups[0]) == 2 and all(_DECIMAL.search(name) for name in names):
        digits = {len(group[1]) for group in groups}
        if len(digits) > 1 or len({group[0] for group in groups}) > 1:
            return [round(1e6 * float(".".join(group))) for group in groups]
    return _clock(groups)


def _clock(groups: list[list[str]]) -> list[int] | None:
    """Microseconds from the numbers of a clock, the last of which is the part of a second."""
    varying = [i for i in range(len(groups[0])) if len({group[i] for group in groups}) > 1]
    last = np.array([float(group[-1]) for group in groups])
    again = np.flatnonzero(np.diff(last) < 0)
    if len(varying) < 2 or not len(again):
        return None
    digits = max(len(group[-1]) for group in groups)
    # Two digits may count frames: then as many make a second as there are different ones.
    parts = last.max() + 1 if digits <= 2 else 10.0**digits
    seconds = np.zeros(len(groups))
    clock = range(varying[0], len(groups[0]) - 1)
    for i, base in zip(clock, _CLOCK[max(len(_CLOCK) - len(clock), 0) :], strict=False):
        seconds = seconds * base + [float(group[i]) for group in groups]
    times = np.round(1e6 * (seconds + last / parts))
    steps = np.diff(times)
    if (steps <= 0).any() or np.median(steps[again]) > 3 * np.median(steps):
        return None
    return times.astype(int).tolist()
