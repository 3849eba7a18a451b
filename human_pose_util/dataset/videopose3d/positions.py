"""The nested dicts in VideoPose3D's files, [subject][action] → arrays, and checks of them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.dataset.plausible import check_person_size, is_plausible
from human_pose_util.errors import DataError
from human_pose_util.files.npz import load_npz
from human_pose_util.units import MM_PER_M

Key = tuple[str, str]

_LONGEST_NAME = 100  # letters


def read_3d(path: Path, n_joints: int) -> dict[Key, np.ndarray]:
    """Positions in the world by (subject, action).

    Args:
        path: `data_3d_*.npz`.
        n_joints: the number of joints that is expected.

    Returns:
        (subject, action) → [n_frames, n_joints, 3] in mm (the file's metres · 1000), z up, float32.

    Raises:
        DataError: the file is missing or damaged, or holds something else.
    """
    positions = {}
    for key, array in _entries(_part(load_npz(path), "positions_3d", path), path):
        metres = _checked(array, (n_joints, 3), path, key)
        with np.errstate(invalid="ignore"):  # A signalling NaN gives a warning.
            positions[key] = np.multiply(metres, MM_PER_M, dtype=np.float32)
        check_person_size(positions[key], f"{path}: {'/'.join(key)}")
    return positions


def read_2d(path: Path, symmetry: Mapping[int, tuple], n_cameras: int) -> dict[Key, list]:
    """Image points by (subject, action).

    Args:
        path: `data_2d_*.npz`.
        symmetry: number of joints → indices of the left joints; another layout is an error.
        n_cameras: the number of cameras that is expected.

    Returns:
        (subject, action) → for every camera [n_frames, n_joints, 2] in px.

    Raises:
        DataError: the file is missing or damaged, or has other joints.
    """
    content = load_npz(path)
    metadata: Any = content.get("metadata")
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
    for key, views in _entries(_part(content, "positions_2d", path), path):
        if not isinstance(views, list | tuple | np.ndarray) or len(views) != n_cameras:
            where = f"{path}: {'/'.join(key)}"
            raise DataError(f"{where} does not have the views of {n_cameras} cameras")
        positions[key] = [_checked(view, (n_joints, 2), path, key) for view in views]
    return positions


def _part(content: dict, name: str, path: Path) -> Mapping:
    """The dict of subjects in a file's content."""
    if not isinstance(content.get(name), dict):
        found = ", ".join(ascii(name)[1:-1][:40] for name in list(content)[:5]) or "nothing"
        raise DataError(f"{path} has no {name}: it holds {found}")
    return content[name]


def _entries(positions: Mapping, path: Path) -> Iterator[tuple[Key, Any]]:
    """The entries of a nested dict, by (subject, action)."""
    for subject, actions in positions.items():
        subject = _name(subject, "subject", path)
        if not isinstance(actions, dict):
            raise DataError(f"{path}: {subject} is no dict of actions")
        for action, value in actions.items():
            yield (subject, _name(action, "action", path)), value


def _name(key: Any, kind: str, path: Path) -> str:
    if not str(key).isprintable() or len(str(key)) > _LONGEST_NAME:
        raise DataError(f"{path}: {str(key)!a:.80} is no name of a {kind}")
    return str(key)


def _checked(array: Any, shape: tuple[int, int], path: Path, key: Key) -> np.ndarray:
    where, expected = f"{path}: {'/'.join(key)}", f"(n_frames, {shape[0]}, {shape[1]}) of float"
    if not isinstance(array, np.ndarray):
        raise DataError(f"{where} is a {type(array).__name__}, expected {expected}")
    if array.shape[1:] != shape or not len(array) or array.dtype.kind != "f":
        raise DataError(f"{where} has shape {array.shape} of {array.dtype}, expected {expected}")
    if not is_plausible(array, allow_nan=True).all():
        raise DataError(f"{where} holds infinity, or numbers too large for metres or pixels")
    return array
