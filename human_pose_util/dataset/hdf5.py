"""Data sets in HDF5 files: one group, at any depth, holds the arrays and attributes of a sequence.

The path of the group is the sequence's key ("S1/walk/cam1"); a group below the root of the file is
a sequence when it holds `p3w`. The attributes of the file are those of the data set, `skeleton_id`
among them. Where the camera moves, `r` and `t` have a value for each frame, and are arrays in the
group, because HDF5 limits the size of an attribute.
"""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np

from human_pose_util.dataset.sequence import MM_AND_PX, Dataset, PoseSequence
from human_pose_util.dataset.spec import Mode
from human_pose_util.errors import DataError
from human_pose_util.files import atomic
from human_pose_util.files.reading import one_line, readable
from human_pose_util.transforms import FROM_THREE_NUMBERS, is_rotation

DIMENSIONS = {"p3w": 3, "p3c": 3, "p2": 2}
"""The arrays of a sequence, and how many coordinates their points have."""

SMALLEST = 20.0
"""Extent [mm] of a pose below which its lengths are in another unit: a hand is 200 mm large."""

_MAX_BYTES = 1 << 30  # the largest size of one array
_SHAPES: dict[str, tuple[int, ...]] = {
    "r": (3, 3), "t": (3,), "f": (2,), "c": (2,), "image_size": (2,),
}  # fmt: skip
_MOVING = ("r", "t")  # attributes that may have a value for each frame
_POSITIVE = ("fps", "space_scale", "pixel_scale", "f", "image_size")
_NAMES = ("subject_id", "sequence_id", "camera_id", "mode", "action")


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
    moving = {name for name in _MOVING if np.ndim(present.get(name, 0)) > len(_SHAPES[name])}
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
            wrong shape, or `skeleton_id` is missing.
    """
    import h5py

    path = Path(path)
    sequences: dict[str, PoseSequence] = {}

    def visit(key: str, node) -> None:
        if isinstance(node, h5py.Group) and "p3w" in node:
            stored = {name: node[name] for name in DIMENSIONS if name in node}
            attrs = {name: _value(value) for name, value in node.attrs.items()}
            attrs |= {name: _of_frames(node[name]) for name in _MOVING if name in node}
            read = {name: partial(read_array, path, f"{key}/{name}") for name in stored}
            sequences[key] = stored_sequence(key, stored, read, attrs, f"{path}: {key}")

    with readable(path, "HDF5 file"), h5py.File(path, "r") as file:
        file.visititems(visit)
        attrs = {name: _value(value) for name, value in file.attrs.items()}
    if not sequences:
        raise DataError(f"{path} holds no sequence: no group in it has an array p3w")
    if not isinstance(attrs.get("skeleton_id"), str):
        raise DataError(f"{path}: the file's attribute skeleton_id is missing")
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


def stored_sequence(
    key: str, stored: Mapping[str, Any], read: Mapping[str, Callable], attrs: Mapping, where: str
) -> PoseSequence:
    """A sequence in a file; DataError where its arrays or attributes are wrong.

    Args:
        key: the sequence's key in the data set.
        stored: name → array in the file.
        read: name → function that reads the array.
        attrs: the attributes in the file.
        where: names the sequence in error messages.
    """
    check_arrays(stored, where)
    complete = complete_attrs(attrs, key, len(stored["p3w"]), where)
    _check_unit(stored["p3w"][0], complete.get("space_scale", 1.0), where)
    return PoseSequence(read, complete)


def _check_unit(pose: np.ndarray, space_scale: float, where: str) -> None:
    """Raise DataError where a pose [n_joints, 3] is so small that its unit is another one."""
    size = float(np.max(np.ptp(pose, axis=0))) * space_scale
    if 0 < size < SMALLEST:  # not so of a pose with joints that are NaN
        raise DataError(
            f"{where}: the first pose is {size:.3g} mm large: give the attribute space_scale, the "
            "millimetres in a unit of length (1000 for metres)"
        )


def check_arrays(arrays: Mapping[str, Any], where: str) -> None:
    """Raise DataError where a sequence's arrays are not [n_frames, n_joints, 3 or 2] numbers.

    Args:
        arrays: name → array, or an object with the shape and dtype of an array; `p3w` is there.
        where: names the file and the sequence in an error message.

    Raises:
        DataError: an array has other values, a shape unlike that of `p3w`, or is too large.
    """
    first: tuple = getattr(arrays["p3w"], "shape", ())
    n_frames, n_joints = first[:2] if len(first) == 3 else ("n", "n_joints")
    for name, array in arrays.items():
        shape = getattr(array, "shape", None)  # A group has no shape.
        if shape is None or array.dtype.kind not in "fiu":
            raise DataError(f"{where}: {name} is no array of numbers")
        if math.prod(shape) * array.dtype.itemsize > _MAX_BYTES:
            raise DataError(f"{where}: {name} has shape {shape}, too large for one sequence")
        if not n_frames:
            raise DataError(f"{where}: {name} has shape {shape}: there are no frames")
        if shape != (n_frames, n_joints, DIMENSIONS[name]):
            expected = f"({n_frames}, {n_joints}, {DIMENSIONS[name]})"
            raise DataError(f"{where}: {name} has shape {shape}, expected {expected}")


def complete_attrs(attrs: Mapping[str, Any], key: str, n_frames: int, where: str) -> dict[str, Any]:
    """The attributes of a sequence; those that are missing are taken from its key.

    The key's first part is the subject and the second the sequence; the last part is the camera
    where the sequence has one (`r`). The mode is "train", units are mm and px.

    Args:
        attrs: the attributes that are known.
        key: key of the sequence.
        n_frames: number of frames.
        where: names the file and the sequence in an error message.

    Raises:
        DataError: an attribute has a wrong type, shape or value.
    """
    for name, value in attrs.items():
        if name in _SHAPES and not _is_numeric(value, shapes := _shapes(name, n_frames)):
            expected = " or ".join(map(str, shapes))
            advice = f"; {FROM_THREE_NUMBERS}" if name == "r" else ""
            raise DataError(f"{where}: {name}: expected finite numbers of shape {expected}{advice}")
        shape = _SHAPES.get(name, ())
        if name in _POSITIVE and not (_is_numeric(value, [shape]) and np.min(value) > 0):
            expected = "positive numbers" if name in _SHAPES else "a positive number"
            raise DataError(f"{where}: {name}: expected {expected}, got {_shown(value)}")
        if name == "has_floor" and not (np.ndim(value) == 0 and value in (False, True)):
            raise DataError(f"{where}: has_floor: expected true or false, got {_shown(value)}")
        if name in _NAMES and not isinstance(value, str):
            raise DataError(f"{where}: {name}: expected a text")
        if name == "mode" and value not in get_args(Mode):
            raise DataError(f"{where}: mode: expected 'train' or 'eval', got {value!r}")
    if "r" in attrs and "t" not in attrs:
        raise DataError(f"{where}: r needs t, the place of the camera")
    if "r" in attrs and not is_rotation(np.asarray(attrs["r"])).all():
        raise DataError(f"{where}: r: expected orthonormal matrices")
    parts = key.split("/")
    names = {"subject_id": parts[0], "sequence_id": parts[:2][-1], "mode": "train"}
    camera = {"camera_id": parts[-1]} if "r" in attrs else {}
    complete = {**names, **MM_AND_PX, **camera, **attrs, "n_frames": n_frames}
    # Of a camera that turns about a fixed centre, the file may have t once. Readers of a moving
    # camera find all of it in every frame.
    is_moving = any(np.ndim(attrs.get(name, 0)) > len(_SHAPES[name]) for name in _MOVING)
    if is_moving and "r" in attrs:
        for name in _MOVING:
            complete[name] = np.broadcast_to(attrs[name], (n_frames, *_SHAPES[name]))
    return complete


def _shapes(name: str, n_frames: int) -> list[tuple[int, ...]]:
    """The shapes that an attribute of a camera may have."""
    shape = _SHAPES[name]
    return [shape, (n_frames, *shape)] if name in _MOVING else [shape]


def _shown(value: Any) -> str:
    """A value as a part of a message of one line."""
    return f"{' '.join(repr(value).split()):.60}"


def _of_frames(stored: Any) -> np.ndarray:
    """The values of an attribute for each frame; an empty array for none or for too many."""
    size = getattr(stored, "size", _MAX_BYTES)  # A group has no size.
    return stored[()] if size * 8 <= _MAX_BYTES else np.zeros(0)


def _is_numeric(value: Any, shapes: Sequence[tuple[int, ...]]) -> bool:
    array = np.asarray(value)
    is_number = array.dtype.kind in "fiu"
    return is_number and array.shape in shapes and bool(np.isfinite(array).all())


def _value(value: Any) -> Any:
    """A stored attribute as plain Python, arrays as they are."""
    value = value.item() if isinstance(value, np.generic) else value
    # A text of fixed length, as MATLAB writes it.
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
