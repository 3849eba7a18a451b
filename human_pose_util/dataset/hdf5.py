"""Data sets in HDF5 files: one group for each sequence, at any depth, arrays and attributes inside.

The group's path is the sequence's key ("S1/walk/cam1"); a group is a sequence when it holds
`p3w`. The file's attributes are the data set's, `skeleton_id` among them.
"""

import math
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.errors import DataError
from human_pose_util.files import atomic
from human_pose_util.files.reading import check_file

DIMENSIONS = {"p3w": 3, "p3c": 3, "p2": 2}
"""The arrays of a sequence, and how many coordinates their points have."""

_MAX_BYTES = 1 << 30  # of an array
_SHAPES = {"r": [(3,), (3, 3)], "t": [(3,)], "f": [(2,)], "c": [(2,)]}
_POSITIVE = ("fps", "space_scale", "pixel_scale")
_NAMES = ("subject_id", "sequence_id", "camera_id", "mode", "action")


def write_sequence(file, key: str, arrays: Mapping, attrs: Mapping) -> None:
    """Add one sequence to an open HDF5 file.

    Args:
        file: `h5py.File` or group to write to.
        key: the sequence's key.
        arrays: name → array; `p3w` is needed to be read back.
        attrs: attributes; None is left out.
    """
    group = file.create_group(key)
    for name, array in arrays.items():
        group[name] = array
    group.attrs.update({name: value for name, value in attrs.items() if value is not None})


def write_dataset(path: str | os.PathLike, dataset: Mapping) -> None:
    """Write a whole data set, all arrays evaluated. The file appears when it is complete.

    Args:
        path: where to; a file there is replaced.
        dataset: keys → sequences, with `attrs`.

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
    """The data set in an HDF5 file; arrays are read when they are first used.

    Args:
        path: a file as `write_dataset` makes, or as described above. Attributes that a sequence
            lacks are filled in as by `complete_attrs`.

    Raises:
        DataError: no such file, no HDF5 file, no sequence in it, an array of a wrong shape, or no
            `skeleton_id`.
    """
    import h5py

    path = Path(path)
    sequences: dict[str, PoseSequence] = {}

    def visit(key: str, node) -> None:
        if isinstance(node, h5py.Group) and "p3w" in node:
            where = f"{path}: {key}"
            found = {name: node[name] for name in DIMENSIONS if name in node}
            check_arrays(found, where)
            attrs = {name: _value(value) for name, value in node.attrs.items()}
            arrays = {name: partial(_read, path, f"{key}/{name}") for name in found}
            attrs = complete_attrs(attrs, key, len(found["p3w"]), where)
            sequences[key] = PoseSequence(arrays, attrs)

    check_file(path)
    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
            attrs = {name: _value(value) for name, value in file.attrs.items()}
    except DataError:
        raise
    except Exception as error:  # damage shows as almost any error
        raise DataError(f"{path} cannot be read as HDF5: {error}") from error
    if not sequences:
        raise DataError(f"{path} holds no sequence: no group in it has an array p3w")
    if not isinstance(attrs.get("skeleton_id"), str):
        raise DataError(f"{path}: the file's attribute skeleton_id is missing")
    return Dataset(sequences, attrs)


def check_arrays(arrays: Mapping[str, Any], where: str) -> None:
    """See that a sequence's arrays are [n_frames, n_joints, 3 or 2] numbers, all of one length.

    Args:
        arrays: name → array, or what has an array's shape and dtype; `p3w` among them.
        where: names the file and the sequence in an error.

    Raises:
        DataError: one is not, or is too large to be a sequence.
    """
    p3w = getattr(arrays["p3w"], "shape", ())
    n_frames, n_joints = p3w[:2] if len(p3w) == 3 else ("n", "n_joints")
    for name, array in arrays.items():
        shape = getattr(array, "shape", None)  # a group has none
        if shape is None or array.dtype.kind not in "fiu":
            raise DataError(f"{where}: {name} is no array of numbers")
        if math.prod(shape) * array.dtype.itemsize > _MAX_BYTES:
            raise DataError(f"{where}: {name} has shape {shape}, too large for one sequence")
        if shape != (n_frames, n_joints, DIMENSIONS[name]) or not n_frames:
            expected = f"({n_frames}, {n_joints}, {DIMENSIONS[name]})"
            raise DataError(f"{where}: {name} has shape {shape}, expected {expected}")


def complete_attrs(attrs: Mapping[str, Any], key: str, n_frames: int, where: str) -> dict[str, Any]:
    """Attributes of a sequence, with what is missing taken from its key.

    The key's first part is the subject, the second the sequence, the last the camera of a
    sequence that has one (`r`). The mode is "train", lengths are in mm and px.

    Raises:
        DataError: one is not what it has to be; begins with `where`.
    """
    for name, value in attrs.items():
        if name in _SHAPES and not _is_numeric(value, _SHAPES[name]):
            expected = " or ".join(str(shape) for shape in _SHAPES[name])
            raise DataError(f"{where}: {name}: expected finite numbers of shape {expected}")
        if name in _POSITIVE and not (_is_numeric(value, [()]) and value > 0):
            raise DataError(f"{where}: {name}: expected a positive number")
        if name in _NAMES and not isinstance(value, str):
            raise DataError(f"{where}: {name}: expected a text")
    parts = key.split("/")
    defaults = {
        "subject_id": parts[0],
        "sequence_id": parts[min(1, len(parts) - 1)],
        "mode": "train",
        "space_scale": 1.0,
        "pixel_scale": 1.0,
    }
    if "r" in attrs:
        defaults["camera_id"] = parts[-1]
    return {**defaults, **attrs, "n_frames": n_frames}


def _read(path: Path, name: str) -> np.ndarray:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return file[name][()]
    except Exception as error:
        raise DataError(f"{path}: cannot read {name}: {error}") from error


def _is_numeric(value: Any, shapes: Sequence[tuple[int, ...]]) -> bool:
    array = np.asarray(value)
    is_number = array.dtype.kind in "fiu"
    return is_number and array.shape in shapes and bool(np.isfinite(array).all())


def _value(value: Any) -> Any:
    """A stored attribute as plain Python, arrays as they are."""
    return value.item() if isinstance(value, np.generic) else value
