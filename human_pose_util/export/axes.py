"""The axes of files in which y is up."""

import numpy as np

_FILE_AXES = [1, 2, 0]  # axes of the world that are x, y and z in the file


def y_up(points: np.ndarray) -> np.ndarray:
    """Points in the axes of a file: x, y and z there are the axes y, z and x of the world.

    Who faces x in the world faces z in the file.

    Args:
        points: [..., 3] positions in the world (z up), in any unit.
    """
    return points[..., _FILE_AXES]


def y_up_rotations(rotations: np.ndarray) -> np.ndarray:
    """Rotations [..., 3, 3] of the world in the axes of a file, as `y_up` has them."""
    return rotations[..., _FILE_AXES, :][..., _FILE_AXES]
