"""Data sets in folders of `.npz` files: one file for each sequence.

The file's path without its ending is the sequence's key ("S1/walk"). It holds the array `p3w`,
where known `p3c` and `p2`, and the attributes under their names (`fps`, `mode`, `r`, …).
"""

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.dataset.hdf5 import DIMENSIONS, check_shapes, complete_attrs
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.errors import DataError


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
    shapes, attrs = _load(path, _shapes_and_attrs)
    if "p3w" not in shapes:
        raise DataError(f"{path} has no array p3w")
    check_shapes(shapes, str(path))
    arrays = {name: partial(_load, path, lambda file, n=name: file[n]) for name in shapes}
    return PoseSequence(arrays, complete_attrs(attrs, key, shapes["p3w"][0]))


def _shapes_and_attrs(file) -> tuple[dict[str, tuple[int, ...]], dict[str, Any]]:
    arrays = {name: file[name].shape for name in DIMENSIONS if name in file}
    attrs = {name: file[name] for name in file.files if name not in DIMENSIONS}
    return arrays, {name: a.item() if a.ndim == 0 else a for name, a in attrs.items()}


def _load(path: Path, read) -> Any:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return read(file)
    except Exception as error:  # a damaged archive shows as almost any error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path} is no readable .npz file: {reason}") from error
