"""Names of images that are times: which frames they are."""

import re
from collections.abc import Sequence

import numpy as np

_NUMBERS = re.compile(r"\d+", re.ASCII)
_DECIMAL = re.compile(r"\d+\.\d+$", re.ASCII)
_CLOCK = (24, 60, 60)  # hours, minutes and seconds: how many there are of each
_PARTS = (1_000, 1_000_000)  # of a second, in numbers such as 143259033 and 143259033417

MICROSECONDS_PER_SECOND = 1_000_000

LARGEST_FRAME_STEP = 1000
"""Equal steps of fewer frames are those of a film of which one of so many images was kept, unless
they are `FRAME_TIMES`."""

FRAME_TIMES = {17, 20, 33, 40, 50, 100}
"""Milliseconds of a frame at 60, 50, 30, 25, 20 and 10 frames per second."""

LEAST_STEP = 4
"""The usual step of times, which is 1 to 3 in numbers of frames."""

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
    if usual < LEAST_STEP:
        return None
    usual = float(steps[np.abs(steps - usual) <= TOLERANCE * usual].mean())
    count = np.maximum(np.round(steps / usual), 1)
    regular = np.abs(steps - count * usual) <= TOLERANCE * usual
    if regular.mean() < REGULAR_SHARE or (count == 1).mean() < 0.5:
        return None
    # Frame numbers in equal steps have a common divisor; times of a rate that is no divisor of
    # 1000 are rounded up and down.
    divisor = np.gcd.reduce(steps.astype(np.int64))
    is_frame_time = round(usual) in FRAME_TIMES
    if usual < LARGEST_FRAME_STEP and divisor >= 0.9 * usual and not is_frame_time:
        return None
    return [0, *np.cumsum(count.astype(int)).tolist()], usual


def times_of_digits(numbers: Sequence[int]) -> list[int] | None:
    """The times in numbers whose digits are those of a clock: microseconds since a midnight.

    The digits are hours, minutes, seconds and milliseconds or microseconds, HHMMSSmmm or
    HHMMSSuuuuuu, after those of a date, if there is one. At the end of a minute such numbers jump,
    as from 095959967 to 100000000.

    Args:
        numbers: the numbers, ascending and distinct.

    Returns:
        The time of each number; None unless minutes end, and the steps of the times, but not those
        of the numbers, are there as they are elsewhere.
    """
    if len(numbers) < LEAST_IMAGES or np.median(np.diff(numbers)) < LEAST_STEP:
        return None
    for part in _PARTS:
        seconds = [number // part for number in numbers]
        clock = _seconds_of_digits(seconds)
        if clock is None:
            continue
        unit = MICROSECONDS_PER_SECOND // part
        fractions = [number % part * unit for number in numbers]
        times = [MICROSECONDS_PER_SECOND * s + f for s, f in zip(clock, fractions, strict=True)]
        minutes = np.flatnonzero(np.diff([second // 100 for second in seconds]))
        if len(minutes) and _is_even(times, minutes) and not _is_even(numbers, minutes):
            return times
    return None


def _seconds_of_digits(numbers: list[int]) -> list[int] | None:
    """Seconds of numbers HHMMSS, before which a date may be; None for other numbers."""
    seconds = []
    for number in numbers:
        clock = [number // 10_000 % 100, number // 100 % 100, number % 100]
        if any(part >= base for part, base in zip(clock, _CLOCK, strict=True)):
            return None
        second = number // 1_000_000  # the date
        for part, base in zip(clock, _CLOCK, strict=True):
            second = second * base + part
        seconds.append(second)
    return seconds


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
            return [round(MICROSECONDS_PER_SECOND * float(".".join(group))) for group in groups]
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
    if len(clock) == 1:  # HHMMSS, or a count of seconds, of which some end in 60 to 99
        numbers = [int(group[clock[0]]) for group in groups]
        seconds = np.array(_seconds_of_digits(numbers) or numbers, dtype=float)
    times = np.round(MICROSECONDS_PER_SECOND * (seconds + last / parts))
    return times.astype(int).tolist() if _is_even(times.tolist(), again) else None


def _is_even(times: Sequence[float], places: np.ndarray) -> bool:
    """Whether times go on, and steps at some places are about as long as everywhere."""
    steps = np.diff(np.array([time - times[0] for time in times], dtype=float))
    return bool((steps > 0).all() and np.median(steps[places]) <= 3 * np.median(steps))
