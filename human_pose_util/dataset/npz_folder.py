"""Data sets in folders of `.npz` files: one file for each sequence.

The file's path without its ending is the sequence's key ("S1/walk"). It holds the array `p3w`,
where known `p3c` and `p2`, and the attributes under their names (`fps`, `mode`, `r`, …).
"""

import os
from functools import partial
from pathlib import Path

import numpy as np

from human_pose_util.dataset.hdf5 import DIMENSIONS, check_arrays, complete_attrs
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.errors import DataError
from human_pose_util.files.npz import read_arrays


def read_npz_folder(folder: str | os.PathLike, skeleton_id: str) -> Dataset:
    """The data set in a folder, and the folders in it; arrays are read when they are first used.

    Args:
        folder: holds the files. Attributes that a sequence lacks are filled in as by
            `hdf5.complete_attrs`.
        skeleton_id: skeleton of all of them.

    Raises:
        DataError: no such folder, no file in it, or one that is damaged or has other shapes.
    """
    folder = Path(folder).expanduser()
    paths = sorted(folder.rglob("*.npz"))
    if not paths:
        raise DataError(f"{folder} holds no .npz files")
    sequences = {}
    for path in paths:
        key = path.relative_to(folder).with_suffix("").as_posix()
        sequences[key] = _sequence(path, key)
    return Dataset(sequences, {"skeleton_id": skeleton_id})


def _sequence(path: Path, key: str) -> PoseSequence:
    content = read_arrays(path)
    found = {name: content.pop(name) for name in DIMENSIONS if name in content}
    if "p3w" not in found:
        raise DataError(f"{path} has no array p3w")
    check_arrays(found, str(path))
    attrs = {name: a.item() if a.ndim == 0 else a for name, a in content.items()}
    arrays = {name: partial(_array, path, name) for name in found}
    return PoseSequence(arrays, complete_attrs(attrs, key, len(found["p3w"]), str(path)))


def _array(path: Path, name: str) -> np.ndarray:
    arrays = read_arrays(path)
    if name not in arrays:
        raise DataError(f"{path} has changed: it has no array {name} now")
    return arrays[name]
