"""Whether numbers in a file can be coordinates: a damaged file may hold any numbers."""

import numpy as np

LARGEST = 1e6
"""Bound of coordinates in mm, m or px."""


def is_plausible(
    values: np.ndarray, largest: float = LARGEST, allow_nan: bool = False
) -> np.ndarray:
    """Which numbers can be coordinates.

    Args:
        values: [...] coordinates [mm, m or px].
        largest: bound of their absolute values.
        allow_nan: accept NaN, which stands for a missing value in some files.

    Returns:
        [...] booleans.
    """
    size = np.abs(values)  # a comparison with NaN is False
    return ~(size > largest) if allow_nan else size <= largest
