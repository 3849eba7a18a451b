"""Whether numbers in a file can be coordinates, and whether poses have the size of people.

A damaged file may hold any numbers, and a file in another unit leads to errors of another size.
"""

from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.sampling import evenly_spaced

LARGEST = 1e6
"""Bound of coordinates in mm, m or px."""

SMALLEST_PERSON, LARGEST_PERSON = 250.0, 10_000.0
"""Bounds of the extent of a person [mm]: nobody is 250 cm large, and a child who crouches is 400 mm
large. Above are 10 m, as a joint that is missing may be at the origin of the world."""

_FRAMES = 5  # whose median is the size of the poses


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


def check_person_size(
    p3w: Any,
    where: object,
    remedy: str = "use the original files",
    unit: float = 1.0,
    smallest: float = SMALLEST_PERSON,
) -> None:
    """Raise DataError where poses are not as large as people: their unit is another one.

    The median over a few frames counts. Poses without a complete joint pass, as poses do whose
    joints are all at one place.

    Args:
        p3w: [n_frames, n_joints, 3] poses, or an array of a file that is read by its frames.
        where: names the file or the sequence in the message.
        remedy: what the user can do.
        unit: the unit of the poses [mm].
        smallest: the extent below which the unit is wrong [mm].
    """
    poses = np.asarray(p3w[evenly_spaced(len(p3w), _FRAMES)], np.float64)
    with np.errstate(invalid="ignore"):  # Poses may hold infinity.
        extents = np.max(np.fmax.reduce(poses, axis=1) - np.fmin.reduce(poses, axis=1), axis=-1)
    is_known = np.isfinite(extents)
    size = unit * np.median(extents[is_known]) if is_known.any() else 0.0
    if size and not smallest <= size <= LARGEST_PERSON:
        raise DataError(f"{where}: the poses are {size:.3g} mm large, unlike people; {remedy}")
