"""HumanEva's small text files: one number a line."""

from pathlib import Path

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files.reading import read_file

_LARGEST = 1 << 20  # bytes
_MAX_NUMBER = 1e7  # no pixel, millimetre or frame comes near


def read_text(path: Path) -> str:
    """The text of a file. Raises DataError where it is missing or no text."""
    try:
        return read_file(path, _LARGEST).decode("ascii")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text file: {error.reason}") from error


def read_numbers(path: Path, n: int) -> np.ndarray:
    """The numbers of a file that holds one a line, blank lines aside.

    Args:
        path: the file.
        n: how many there are to be.

    Returns:
        [n] numbers.

    Raises:
        DataError: the file is missing, holds more or fewer, or something else than a number.
    """
    lines = [line.strip() for line in read_text(path).splitlines()]
    lines = [(i, line) for i, line in enumerate(lines, 1) if line]
    if len(lines) != n:
        raise DataError(f"{path} has {len(lines)} lines of numbers, expected {n}: it is damaged")
    return np.array([parse_number(path, i, line) for i, line in lines])


def parse_number(path: Path, line: int, text: str) -> float:
    """The number that `text` spells; DataError names the file's line where it is none."""
    try:
        value = float("nan" if "_" in text else text)  # Python reads 1_0 as ten
    except ValueError:
        value = np.nan
    if not abs(value) <= _MAX_NUMBER:
        raise DataError(f"{path}, line {line}: {text[:40]!r} is no number within ±{_MAX_NUMBER:g}")
    return value
