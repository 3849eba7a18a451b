"""The shape of data: a data set is a mapping from keys to sequences, a sequence one of arrays.

An `h5py.Group` of groups with the same attributes has that shape, and is a data set as it is.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from human_pose_util.errors import DataError


class PoseSequence(Mapping):
    """One sequence seen by one camera (or by none): arrays by name, and attributes.

    Arrays, over n_frames frames and n_joints joints:
        p3w: [n_frames, n_joints, 3] world frame, z up.
        p3c: [n_frames, n_joints, 3] camera frame (x right, y down, z forward).
        p2: [n_frames, n_joints, 2] image.
    Attributes: `r`, `t` (extrinsics), `f`, `c` (intrinsics), `fps`, `subject_id`, `sequence_id`,
    `camera_id`, `mode` ("train" or "eval"), `space_scale` and `pixel_scale` (multiply by them
    for mm and px), where known also `image_size` (w, h), `action` and `video_path`.

    Args:
        arrays: name → array, or → function without arguments that makes it on first use.
        attrs: attributes.
    """

    def __init__(self, arrays: Mapping[str, Any | Callable[[], Any]], attrs: Mapping[str, Any]):
        self._arrays = dict(arrays)
        self.attrs = dict(attrs)

    def __getitem__(self, name: str) -> np.ndarray:
        value = self._arrays[name]
        if callable(value):
            value = self._arrays[name] = value()
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._arrays  # the inherited one would make the array

    def __copy__(self) -> "PoseSequence":
        return PoseSequence(self._arrays, self.attrs)  # keeps what it makes for itself

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def check_keys(dataset: Mapping) -> None:
    """Raise DataError for a key that could not be the place of a sequence's results.

    Keys are paths of groups in an HDF5 file, such as S9/Walking/55011271: their parts are not
    empty, ".", ".." or the name of an array, and no sequence is inside of another.
    """
    for key in dataset:
        parts = key.split("/") if isinstance(key, str) else [""]
        if {"", ".", "..", "p3w"} & set(parts) or "\0" in key:
            raise DataError(
                f"sequence key {key!r}: expected names joined by '/', such as S9/Walking/55011271"
            )
        outer = ["/".join(parts[:n]) for n in range(1, len(parts))]
        if inside := next((other for other in outer if other in dataset), None):
            raise DataError(f"sequence key {key!r} is inside of another sequence's, {inside!r}")


class Dataset(Mapping):
    """Sequences by key, and attributes of the whole (`skeleton_id`)."""

    def __init__(self, sequences: Mapping[str, Any], attrs: Mapping[str, Any]):
        self._sequences = dict(sequences)
        self.attrs = dict(attrs)

    def __getitem__(self, key: str) -> PoseSequence:
        return self._sequences[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sequences)

    def __len__(self) -> int:
        return len(self._sequences)
