"""The shape of data: a data set maps keys to sequences, and a sequence maps names to arrays.

An `h5py.Group` of groups with these attributes has this shape and can stand for a `Dataset`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.transforms import transform_frame

MM_AND_PX = {"space_scale": 1.0, "pixel_scale": 1.0}
"""Attributes of a sequence whose lengths are in mm and whose image points are in px."""

DETECTED = "detected"
"""The attribute `image_points` of a sequence whose image points a detector found."""


class _WithAttributes(Mapping):
    """A mapping with attributes.

    Args:
        items: name → item.
        attrs: attributes.
    """

    def __init__(self, items: Mapping[str, Any], attrs: Mapping[str, Any]):
        self._items = dict(items)
        self.attrs = dict(attrs)

    def __getitem__(self, name: str) -> Any:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class PoseSequence(_WithAttributes):
    """One sequence as one camera sees it, or without a camera: arrays by name, and attributes.

    Arrays, over n_frames frames and n_joints joints:
        p3w: [n_frames, n_joints, 3] world frame, z up.
        p3c: [n_frames, n_joints, 3] camera frame (x right, y down, z forward).
        p2: [n_frames, n_joints, 2] image.
    Attributes: `r`, `t` (extrinsics; for a camera that moves [n_frames, 3, 3] and [n_frames, 3]),
    `f`, `c` (intrinsics), `fps`, `subject_id`, `sequence_id`, `camera_id`, `mode` ("train" or
    "eval"), `space_scale` and `pixel_scale` (multiply by them for mm and px), where known also
    `image_size` (w, h), `action` and `video_path`. `has_floor` is False where the floor is not at
    z = 0, or z does not point up; `image_points` is `DETECTED` where a detector found p2.

    Args:
        items: name → array, or name → function without arguments that returns the array; it is
            called at the first use.
        attrs: attributes.
    """

    def __getitem__(self, name: str) -> np.ndarray:
        value = self._items[name]
        if callable(value):
            value = self._items[name] = value()
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._items  # The inherited method would call the function.

    def __copy__(self) -> "PoseSequence":
        return PoseSequence(self._items, self.attrs)  # A copy keeps its own arrays.


def camera_view(
    p3w: np.ndarray | Callable, attrs: Mapping[str, Any], p2: Callable[[PoseSequence], np.ndarray]
) -> PoseSequence:
    """A sequence as one camera sees it; its p3c is computed from p3w at the first use.

    Args:
        p3w: [n_frames, n_joints, 3] positions in the world, or a function that returns them.
        attrs: attributes of the sequence, `r` and `t` among them.
        p2: function from the new sequence to its image points [n_frames, n_joints, 2], called at
            their first use.
    """
    arrays: dict[str, Any] = {"p3w": p3w}
    arrays["p3c"] = lambda: transform_frame(sequence["p3w"], attrs["r"], attrs["t"])
    arrays["p2"] = lambda: p2(sequence)
    sequence: PoseSequence = PoseSequence(arrays, attrs)
    return sequence


def check_keys(dataset: Mapping) -> None:
    """Raise DataError for a key under which a sequence's results cannot be stored.

    Keys are paths of groups in an HDF5 file, such as S9/Walking/55011271: no part of a key is
    empty, ".", ".." or the name of an array, and no sequence is inside another sequence.
    """
    for key in dataset:
        parts = key.split("/") if isinstance(key, str) else [""]
        if {"", ".", "..", "p3w"} & set(parts) or "\0" in key:
            raise DataError(
                f"sequence key {key!r}: expected names joined by '/', such as S9/Walking/55011271"
            )
        outer = ["/".join(parts[:n]) for n in range(1, len(parts))]
        if inside := next((other for other in outer if other in dataset), None):
            raise DataError(f"sequence key {key!r} is inside another sequence, {inside!r}")


class Dataset(_WithAttributes):
    """Sequences by key, and attributes of the data set.

    The attributes are `skeleton_id`; of a release with a fixed list of cameras, `camera_ids`; and
    `mode_rule`, which explains where the mode of a sequence comes from.

    Args:
        items: key → sequence.
        attrs: attributes.
    """
