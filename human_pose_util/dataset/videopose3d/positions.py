"""The nested dicts in VideoPose3D's files, checked: [subject][action] → arrays."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files.unpickle import load_npz

Key = tuple[str, str]

_LARGEST = 1e6
_LONGEST = 100  # letters of a name


def read_3d(path: Path, n_joints: int) -> dict[Key, np.ndarray]:
    """Positions in the world by (subject, action).

    Args:
        path: `data_3d_*.npz`.
        n_joints: how many joints it is to have.

    Returns:
        (subject, action) → [n_frames, n_joints, 3] in mm (the file's metres · 1000), z up, float32.

    Raises:
        DataError: the file is missing or damaged, or holds something else.
    """
    positions = {}
    for key, array in _entries(_content(path, "positions_3d"), path):
        metres = _checked(array, (n_joints, 3), path, key)
        with np.errstate(invalid="ignore"):  # there are NaNs that warn of themselves
            positions[key] = np.multiply(metres, 1000, dtype=np.float32)
    return positions


def read_2d(path: Path, symmetry: Mapping[int, tuple], n_cameras: int) -> dict[Key, list]:
    """Image points by (subject, action).

    Args:
        path: `data_2d_*.npz`.
        symmetry: number of joints → its left joints; a layout that is not among these is refused.
        n_cameras: how many cameras there are to be.

    Returns:
        (subject, action) → for every camera [n_frames, n_joints, 2] in px.

    Raises:
        DataError: the file is missing or damaged, or has other joints.
    """
    content = load_npz(path)
    metadata = content.get("metadata")
    try:
        n_joints, (left, _) = int(metadata["num_joints"]), metadata["keypoints_symmetry"]
        left = tuple(map(int, left))
    except (TypeError, KeyError, ValueError, OverflowError):
        raise DataError(f"{path} has no metadata with num_joints, keypoints_symmetry") from None
    if symmetry.get(n_joints) != left:
        layout = ascii(metadata.get("layout_name", "unknown")).strip("'")[:40]
        raise DataError(
            f"{path} has {n_joints} joints of layout {layout}, expected those of the ground truth"
        )
    positions = {}
    for key, views in _entries(_content(path, "positions_2d", content), path):
        if not isinstance(views, list | tuple | np.ndarray) or len(views) != n_cameras:
            raise DataError(f"{path}: {'/'.join(key)} has not the views of {n_cameras} cameras")
        positions[key] = [_checked(view, (n_joints, 2), path, key) for view in views]
    return positions


def _content(path: Path, name: str, content: dict | None = None) -> Mapping:
    content = content or load_npz(path)
    if not isinstance(content.get(name), dict):
        found = ", ".join(ascii(name)[1:-1][:40] for name in list(content)[:5]) or "nothing"
        raise DataError(f"{path} has no {name}: it holds {found}")
    return content[name]


def _entries(positions: Mapping, path: Path) -> Iterator[tuple[Key, Any]]:
    for subject, actions in positions.items():
        if not str(subject).isprintable() or len(str(subject)) > _LONGEST:
            raise DataError(f"{path}: {str(subject)!a:.80} is no name of a subject")
        if not isinstance(actions, dict):
            raise DataError(f"{path}: {subject} is no dict of actions")
        for action, value in actions.items():
            if not str(action).isprintable() or len(str(action)) > _LONGEST:
                raise DataError(f"{path}: {str(action)!a:.80} is no name of an action")
            yield (str(subject), str(action)), value


def _checked(array: Any, shape: tuple[int, int], path: Path, key: Key) -> np.ndarray:
    where, expected = f"{path}: {'/'.join(key)}", f"(n_frames, {shape[0]}, {shape[1]}) of float"
    if not isinstance(array, np.ndarray):
        raise DataError(f"{where} is a {type(array).__name__}, expected {expected}")
    if array.shape[1:] != shape or not len(array) or array.dtype.kind != "f":
        raise DataError(f"{where} has shape {array.shape} of {array.dtype}, expected {expected}")
    if (np.abs(array) > _LARGEST).any():
        raise DataError(f"{where} holds infinite numbers, or such as are no metres or pixels")
    return array
