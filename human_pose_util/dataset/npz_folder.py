"""Data sets in folders of `.npz` files: one file for each sequence.

The file's path without its ending is the sequence's key ("S1/walk"). It holds the array `p3w`,
where known `p3c` and `p2`, and the attributes under their names (`fps`, `mode`, `r`, …).
"""

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.dataset.recordings import is_view_by_key, name_recordings
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
    sequences: dict[str, PoseSequence] = {}
    first_poses: dict[str, np.ndarray] = {}
    for path in paths:
        key = path.relative_to(folder).with_suffix("").as_posix()
        stored, attrs = _content(path)
        read = {name: partial(_array, path, name) for name in stored}
        sequence = stored_sequence(key, skeleton_id, stored, read, attrs, str(path))
        sequences[key] = sequence
        if is_view_by_key(key, attrs):
            first_poses[key] = stored["p3w"][0] * sequence.attrs["space_scale"]
    name_recordings(sequences, first_poses)
    return Dataset(sequences, {"skeleton_id": skeleton_id})


def _content(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the attributes in a file."""
    content = read_arrays(path)
    stored = {name: content.pop(name) for name in DIMENSIONS if name in content}
    if "p3w" not in stored:
        raise DataError(f"{path} has no array p3w")
    return stored, {name: a.item() if a.ndim == 0 else a for name, a in content.items()}


def _array(path: Path, name: str) -> np.ndarray:
    arrays = read_arrays(path)
    if name not in arrays:
        raise DataError(f"{path} has changed: it has no array {name} now")
    return arrays[name]
