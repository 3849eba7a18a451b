"""MATLAB's `.mat` files of version 7.3, which are HDF5 files."""

import math
from pathlib import Path

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files.reading import readable

_MAX_BYTES = 1 << 30  # the largest size of one variable


def load_mat73(path: Path, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Arrays of numbers in a `.mat` file of MATLAB's version 7.3.

    Args:
        path: the file.
        names: the variables to read, which are all needed.

    Returns:
        Name → array. MATLAB stores columns first, so that the axes are in the reverse order of
        MATLAB's: 3 × 17 × 1 × n there is [n, 1, 17, 3] here.

    Raises:
        DataError: the file is missing or damaged or of another version, or lacks a variable.
    """
    import h5py

    with readable(path, ".mat file of version 7.3"), h5py.File(path, "r") as file:
        return {name: _array(file.get(name), name, path) for name in names}


def _array(stored, name: str, path: Path) -> np.ndarray:
    if stored is None:
        raise DataError(f"{path} has no variable {name}")
    # A struct is a group, which has no dtype; the entries of a cell array are references.
    if getattr(stored, "dtype", np.dtype(object)).kind not in "fiub":
        raise DataError(f"{path}: {name} is no array of numbers")
    if math.prod(stored.shape) * stored.dtype.itemsize > _MAX_BYTES:
        raise DataError(f"{path}: {name} has shape {stored.shape}, which is too large")
    return stored[()]
