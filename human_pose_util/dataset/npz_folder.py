"""Data sets in folders of `.npz` files: one file for each sequence.

The file's path without its ending is the sequence's key ("S1/walk"). It holds the array `p3w`,
where known `p3c` and `p2`, and the attributes under their names (`fps`, `mode`, `r`, …).
"""

import os
from functools import partial
from pathlib import Path

import numpy as np

from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.dataset.stored_sequence import DIMENSIONS, stored_sequence
from human_pose_util.errors import DataError
from human_pose_util.files.npz import read_arrays


def read_npz_folder(folder: str | os.PathLike, skeleton_id: str) -> Dataset:
    """The data set in a folder and its subfolders; an array is read at its first use.

    Args:
        folder: holds the files. `complete_attrs` fills in the attributes that a sequence
            lacks.
        skeleton_id: skeleton of all sequences.

    Raises:
        DataError: there is no such folder, it holds no file, or a file is damaged or has arrays of
            other shapes, or poses with other joints than the skeleton.
    """
    folder = Path(folder).expanduser()
    paths = sorted(folder.rglob("[!.]*.npz"))
    if not paths:
        raise DataError(f"{folder} holds no .npz files")
    keys = [path.relative_to(folder).with_suffix("").as_posix() for path in paths]
    sequences = {
        key: _sequence(path, key, skeleton_id) for key, path in zip(keys, paths, strict=True)
    }
    return Dataset(sequences, {"skeleton_id": skeleton_id})


def _sequence(path: Path, key: str, skeleton_id: str) -> PoseSequence:
    content = read_arrays(path)
    stored = {name: content.pop(name) for name in DIMENSIONS if name in content}
    if "p3w" not in stored:
        raise DataError(f"{path} has no array p3w")
    attrs = {name: a.item() if a.ndim == 0 else a for name, a in content.items()}
    # The last part of a long key is the camera, where there is one. Without a camera, files of one
    # folder are no views of the same poses, but sequences of their own.
    parts = key.split("/")[1:]
    if len(parts) > 1:
        attrs.setdefault("sequence_id", "/".join(parts[:-1] if "r" in attrs else parts))
    read = {name: partial(_array, path, name) for name in stored}
    return stored_sequence(key, skeleton_id, stored, read, attrs, str(path))


def _array(path: Path, name: str) -> np.ndarray:
    arrays = read_arrays(path)
    if name not in arrays:
        raise DataError(f"{path} has changed: it has no array {name} now")
    return arrays[name]
