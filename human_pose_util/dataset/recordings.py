"""Which sequences of files are views of one recording, where only their keys tell.

The last part of a long key is taken for a camera: S1/walk/cam0 and S1/walk/cam1 are views of one
recording, which have the same poses. In another folder it is a recording, as in S1/day1/walk.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from human_pose_util.dataset.sequence import PoseSequence

_TOLERANCE = 0.01  # of the extent of a person, between views whose cameras are calibrated


def is_view_by_key(key: str, attrs: Mapping[str, Any]) -> bool:
    """Whether nothing but the last part of a key, a camera, tells a sequence from other views.

    Args:
        key: the key of the sequence.
        attrs: the attributes in its file. A sequence with a name of its own is no such view, nor is
            one without a camera, or whose `camera_id` is not the last part of its key.
    """
    parts = key.split("/")
    is_named = "sequence_id" in attrs or "r" not in attrs
    return len(parts) > 2 and not is_named and attrs.get("camera_id", parts[-1]) == parts[-1]


def name_recordings(
    sequences: Mapping[str, PoseSequence], first_poses: Mapping[str, np.ndarray]
) -> None:
    """Name sequences by their whole keys where their first poses show that they are no views.

    Args:
        sequences: key → sequence; the attribute `sequence_id` may change.
        first_poses: key → first pose [n_joints, 3] [mm], of every `is_view_by_key`.
    """
    folders: dict[str, list[str]] = {}
    for key in first_poses:
        folders.setdefault(key.rpartition("/")[0], []).append(key)
    for keys in folders.values():
        if not all(_is_same(first_poses[keys[0]], first_poses[key]) for key in keys):
            for key in keys:
                sequences[key].attrs["sequence_id"] = key.partition("/")[2]


def _is_same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two poses [n_joints, 3] are one; a joint that is missing in one does not count."""
    if one.shape != other.shape:
        return False
    with np.errstate(invalid="ignore"):  # Poses may hold infinity.
        extent = np.max(np.fmax.reduce(one) - np.fmin.reduce(one))
        return not (np.abs(other - one) > _TOLERANCE * extent).any()
