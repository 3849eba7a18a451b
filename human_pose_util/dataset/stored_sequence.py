"""Sequences as files store them: checks of their arrays, and attributes that files leave out."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, get_args

import numpy as np

from human_pose_util.dataset.plausible import SMALLEST_PERSON, check_person_size
from human_pose_util.dataset.recordings import is_view_by_key
from human_pose_util.dataset.sequence import MM_AND_PX, PoseSequence
from human_pose_util.dataset.spec import Mode
from human_pose_util.errors import DataError
from human_pose_util.registry import find_skeleton
from human_pose_util.transforms import FROM_THREE_NUMBERS, is_rotation

DIMENSIONS = {"p3w": 3, "p3c": 3, "p2": 2}
"""The arrays of a sequence, and how many coordinates their points have."""

SMALLEST_IN_KNOWN_UNIT = 20.0
"""The smallest extent [mm] of poses whose unit is stated: these may be of a hand."""

SHAPES: dict[str, tuple[int, ...]] = {
    "r": (3, 3), "t": (3,), "f": (2,), "c": (2,), "image_size": (2,),
}  # fmt: skip
"""The shapes of attributes that are arrays."""

MOVING = ("r", "t")
"""The attributes that may have a value for each frame."""

MAX_BYTES = 1 << 30
"""The largest size of one array."""

_UNIT_REMEDY = (
    "give the attribute space_scale, the millimetres in a unit of length (10 for centimetres, "
    "1000 for metres)"
)
_POSITIVE = ("fps", "space_scale", "pixel_scale", "f", "image_size")
_NAMES = ("subject_id", "sequence_id", "camera_id", "mode", "action")


def stored_sequence(
    key: str,
    skeleton_id: Any,
    stored: Mapping[str, Any],
    read: Mapping[str, Callable],
    attrs: Mapping,
    where: str,
) -> PoseSequence:
    """A sequence in a file; DataError where its arrays or attributes are wrong.

    Args:
        key: the sequence's key in the data set.
        skeleton_id: the skeleton of the data set, as the file states it.
        stored: name → array in the file.
        read: name → function that reads the array.
        attrs: the attributes in the file.
        where: names the sequence in error messages.
    """
    check_arrays(stored, where)
    _check_joints(stored["p3w"].shape[1], skeleton_id, where)
    complete = complete_attrs(attrs, key, len(stored["p3w"]), where)
    smallest = SMALLEST_IN_KNOWN_UNIT if "space_scale" in attrs else SMALLEST_PERSON
    check_person_size(stored["p3w"], where, _UNIT_REMEDY, complete["space_scale"], smallest)
    return PoseSequence({name: partial(_precise, array) for name, array in read.items()}, complete)


def _precise(read: Callable) -> np.ndarray:
    """An array as it is read, of single precision at least: half precision ends at 65504."""
    array = read()
    return array.astype(np.result_type(array, np.float32), copy=False)


def _check_joints(n_joints: int, skeleton_id: Any, where: str) -> None:
    """Raise DataError where a skeleton that is known by now has another number of joints."""
    skeleton = find_skeleton(skeleton_id) if isinstance(skeleton_id, str) else None
    if skeleton is not None and n_joints != skeleton.n_joints:
        raise DataError(
            f"{where}: p3w has {n_joints} joints, but the skeleton {skeleton_id!r} has "
            f"{skeleton.n_joints}"
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
        if math.prod(shape) * array.dtype.itemsize > MAX_BYTES:
            raise DataError(f"{where}: {name} has shape {shape}, too large for one sequence")
        if not n_frames:
            raise DataError(f"{where}: {name} has shape {shape}: there are no frames")
        if shape != (n_frames, n_joints, DIMENSIONS[name]):
            expected = f"({n_frames}, {n_joints}, {DIMENSIONS[name]})"
            raise DataError(f"{where}: {name} has shape {shape}, expected {expected}")


def complete_attrs(attrs: Mapping[str, Any], key: str, n_frames: int, where: str) -> dict[str, Any]:
    """The attributes of a sequence; those that are missing are taken from its key.

    The key's first part is the subject, and the others are the sequence; where the sequence has a
    camera (`r`), the last part is the camera, and no part of the sequence's name if there are more
    parts (`is_view_by_key`). The mode is "train", units are mm and px.

    Args:
        attrs: the attributes that are known.
        key: key of the sequence.
        n_frames: number of frames.
        where: names the file and the sequence in an error message.

    Raises:
        DataError: an attribute has a wrong type, shape or value.
    """
    for name, value in attrs.items():
        if name in SHAPES and not _is_numeric(value, shapes := _shapes(name, n_frames)):
            expected = " or ".join(map(str, shapes))
            advice = f"; {FROM_THREE_NUMBERS}" if name == "r" else ""
            raise DataError(f"{where}: {name}: expected finite numbers of shape {expected}{advice}")
        shape = SHAPES.get(name, ())
        if name in _POSITIVE and not (_is_numeric(value, [shape]) and np.min(value) > 0):
            expected = "positive numbers" if name in SHAPES else "a positive number"
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
    subject_id, *parts = key.split("/")
    name = "/".join(parts[:-1] if is_view_by_key(key, attrs) else parts)
    names = {"subject_id": subject_id, "sequence_id": name or subject_id, "mode": "train"}
    camera = {"camera_id": key.rpartition("/")[2]} if "r" in attrs else {}
    complete = {**names, **MM_AND_PX, **camera, **attrs, "n_frames": n_frames}
    # Of a camera that turns about a fixed centre, the file may have t once. Readers of a moving
    # camera find all of it in every frame.
    is_moving = any(np.ndim(attrs.get(name, 0)) > len(SHAPES[name]) for name in MOVING)
    if is_moving and "r" in attrs:
        for name in MOVING:
            complete[name] = np.broadcast_to(attrs[name], (n_frames, *SHAPES[name]))
    return complete


def _shapes(name: str, n_frames: int) -> list[tuple[int, ...]]:
    """The shapes that an attribute of a camera may have."""
    shape = SHAPES[name]
    return [shape, (n_frames, *shape)] if name in MOVING else [shape]


def _shown(value: Any) -> str:
    """A value as a part of a message of one line."""
    return f"{' '.join(repr(value).split()):.60}"


def _is_numeric(value: Any, shapes: Sequence[tuple[int, ...]]) -> bool:
    array = np.asarray(value)
    is_number = array.dtype.kind in "fiu"
    return is_number and array.shape in shapes and bool(np.isfinite(array).all())
