"""Data sets in HDF5 files: one group, at any depth, holds the arrays and attributes of a sequence.

The path of the group is the sequence's key ("S1/walk/cam1"); a group below the root of the file is
a sequence when it holds `p3w`. The attributes of the file are those of the data set, `skeleton_id`
among them. Where the camera moves, `r` and `t` have a value for each frame, and are arrays in the
group, because HDF5 limits the size of an attribute.
"""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.dataset.recordings import is_view_by_key, name_recordings
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.dataset.stored_sequence import (
    DIMENSIONS,
    MAX_BYTES,
    MOVING,
    SHAPES,
    stored_sequence,
)
from human_pose_util.errors import DataError
from human_pose_util.files import atomic
from human_pose_util.files.reading import one_line, readable


def write_sequence(file, key: str, arrays: Mapping, attrs: Mapping) -> None:
    """Add one sequence to an open HDF5 file.

    Args:
        file: `h5py.File` or group to write to.
        key: the sequence's key.
        arrays: name → array; `read_dataset` needs `p3w`.
        attrs: attributes; an attribute that is None is left out.
    """
    group = file.create_group(key)
    present = {name: value for name, value in attrs.items() if value is not None}
    moving = {name for name in MOVING if np.ndim(present.get(name, 0)) > len(SHAPES[name])}
    for name, array in {**arrays, **{name: present.pop(name) for name in moving}}.items():
        group[name] = array
    group.attrs.update(present)


def write_dataset(path: str | os.PathLike, dataset: Dataset) -> None:
    """Write a whole data set with all its arrays. The file appears when it is complete.

    Args:
        path: the file; an existing file is replaced.
        dataset: the data set.

    Raises:
        DataError: the file cannot be written.
    """
    import h5py

    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs.update(dataset.attrs)
        for key in dataset:
            sequence = dataset[key]
            arrays = {name: sequence[name] for name in DIMENSIONS if name in sequence}
            write_sequence(file, key, arrays, sequence.attrs)


def read_dataset(path: str | os.PathLike) -> Dataset:
    """The data set in an HDF5 file; an array is read at its first use.

    Args:
        path: a file that `write_dataset` wrote, or one with the layout of this module.
            `complete_attrs` fills in the attributes that a sequence lacks.

    Raises:
        DataError: there is no such file, it is no HDF5 file or holds no sequence, an array has a
            wrong shape or other joints than the skeleton, or `skeleton_id` is missing.
    """
    import h5py

    path = Path(path)
    sequences: dict[str, PoseSequence] = {}
    first_poses: dict[str, np.ndarray] = {}

    def visit(key: str, node) -> None:
        if isinstance(node, h5py.Group) and "p3w" in node:
            stored = {name: node[name] for name in DIMENSIONS if name in node}
            attrs = {name: _value(value) for name, value in node.attrs.items()}
            attrs |= {name: _of_frames(node[name]) for name in MOVING if name in node}
            read = {name: partial(read_array, path, f"{key}/{name}") for name in stored}
            where = f"{path}: {key}"
            sequence = stored_sequence(key, skeleton_id, stored, read, attrs, where)
            sequences[key] = sequence
            if is_view_by_key(key, attrs):
                first_poses[key] = stored["p3w"][0] * sequence.attrs["space_scale"]

    with readable(path, "HDF5 file"), h5py.File(path, "r") as file:
        attrs = {name: _value(value) for name, value in file.attrs.items()}
        skeleton_id = attrs.get("skeleton_id")
        file.visititems(visit)
    if not sequences:
        raise DataError(f"{path} holds no sequence: no group in it has an array p3w")
    if not isinstance(skeleton_id, str):
        raise DataError(f"{path}: the file's attribute skeleton_id is missing")
    name_recordings(sequences, first_poses)
    return Dataset(sequences, attrs)


def read_array(path: str | os.PathLike, name: str, n_frames: int | None = None) -> np.ndarray:
    """An array of an HDF5 file, which is opened for this array alone.

    A file that stayed open would go on to show the old contents after a new conversion.

    Args:
        path: the file.
        name: path of the array in the file.
        n_frames: number of entries to read; all by default.

    Raises:
        DataError: the array cannot be read.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            array = file[name]
            return array[()] if n_frames is None else array[:n_frames]
    except Exception as error:  # A damaged file can raise almost any exception.
        problem = f"cannot read {name} ({one_line(error)})"
        remedy = "load the data set again, or remove the file"
        raise DataError(f"{path}: {problem}; {remedy}") from error


def _of_frames(stored: Any) -> np.ndarray:
    """The values of an attribute for each frame; an empty array for none or for too many."""
    size = getattr(stored, "size", MAX_BYTES)  # A group has no size.
    return stored[()] if size * 8 <= MAX_BYTES else np.zeros(0)


def _value(value: Any) -> Any:
    """A stored attribute as plain Python, arrays as they are."""
    value = value.item() if isinstance(value, np.generic) else value
    # A text of fixed length, as MATLAB writes it.
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
