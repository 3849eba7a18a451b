"""Keypoints of one person in an `.npy` or `.npz` file; VideoPose3D writes such `.npz` files."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files.npz import load_npz
from human_pose_util.files.reading import one_line
from human_pose_util.keypoints.detections import RawDetections, Size, with_confidence

NPY_MAGIC = b"\x93NUMPY"
"""The first bytes of an `.npy` file."""

NPZ_MAGIC = b"PK"
"""The first bytes of an `.npz` file, which is a zip archive."""

_OTHER_ARRAYS = ("size", "fps")  # arrays of an .npz file that are no keypoints


def read_npy(data: bytes, path: Path) -> RawDetections:
    """The keypoints of a person in an `.npy` file: [n_frames, n_keypoints, 2 or 3], or one frame.

    Args:
        data: the content of the file.
        path: the file, for error messages.

    Raises:
        DataError: the file is damaged, holds an array of another shape, or is a pickle.
    """
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # NumPy raises almost any error for a damaged file
        raise DataError(f"{path} is no readable .npy file: {one_line(error)}") from None
    return _one_person(array, str(path))


def read_npz(path: Path) -> RawDetections:
    """The keypoints of a person in an `.npz` file.

    The file holds the array `keypoints`, or a single array of any name, and may hold `size`, the
    width and height of the image; or it is a file of VideoPose3D with a single person, action and
    camera.

    Raises:
        DataError: the file is damaged, would run code, or holds something else.
    """
    content = load_npz(path)
    if "positions_2d" in content:
        return _videopose3d(content, path)
    names = [name for name in content if name not in _OTHER_ARRAYS]
    name = "keypoints" if "keypoints" in names else names[0] if len(names) == 1 else None
    if name is None:
        listing = ", ".join(map(repr, names[:5])) or "no array"
        raise DataError(f"{path} holds {listing}: expected an array named keypoints")
    size = _size(content["size"], path) if "size" in content else None
    return _one_person(content[name], f"{path}: {name}", size)


def _one_person(
    array: Any, where: str, size: Size | None = None, left: tuple[int, ...] | None = None
) -> RawDetections:
    """The detections that an array [n_frames, n_keypoints, 2 or 3] of one person holds."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iuf":
        kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise DataError(f"{where}: expected an array of numbers, got {kind}")
    frames = array[None] if array.ndim == 2 else array
    if frames.ndim != 3 or frames.shape[2] not in (2, 3) or not frames.shape[1]:
        raise DataError(
            f"{where} has shape {array.shape}, expected (n_frames, n_keypoints, 2 or 3)"
        )
    n = len(frames)
    return RawDetections(np.arange(n), with_confidence(frames), n, size=size, left=left)


def _size(value: Any, path: Path) -> Size:
    """The value as (width, height); DataError if it is no size of an image."""
    size = np.asarray(value)
    if size.shape != (2,) or size.dtype.kind not in "iuf" or not ((size > 0) & (size < 1e5)).all():
        raise DataError(f"{path}: expected size to be width and height in pixels")
    return int(size[0]), int(size[1])


def _videopose3d(content: Mapping[str, Any], path: Path) -> RawDetections:
    """The only array in VideoPose3D's dict [subject][action][camera]."""
    positions = content["positions_2d"]
    if not isinstance(positions, dict) or not all(isinstance(a, dict) for a in positions.values()):
        raise DataError(f"{path}: positions_2d is no dict of subjects and their actions")
    views = {
        (str(subject), str(action), str(i)): view
        for subject, actions in positions.items()
        for action, cameras in actions.items()
        for i, view in enumerate(cameras if isinstance(cameras, list | np.ndarray) else [])
    }
    if len(views) != 1:
        names = [f"{'/'.join(key)!r:.80}" for key in views]
        listing = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        raise DataError(f"{path}: expected one film of one camera, got {listing or 'none'}")
    [(key, view)] = views.items()
    metadata = content.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    size, left = _video_size(metadata, key[0], path), _left_joints(metadata, path)
    return _one_person(view, f"{path}: {'/'.join(key)!r:.80}", size, left)


def _video_size(metadata: dict, subject: str, path: Path) -> Size | None:
    """(width, height) of a subject's film, if the metadata have it."""
    try:
        video = metadata["video_metadata"][subject]
        size = [video["w"], video["h"]]
    except (KeyError, TypeError, IndexError):
        return None
    return _size(size, path)


def _left_joints(metadata: dict, path: Path) -> tuple[int, ...] | None:
    """The left joints, which distinguish skeletons with equal numbers of joints."""
    if "keypoints_symmetry" not in metadata:
        return None
    try:
        return tuple(sorted(int(i) for i in metadata["keypoints_symmetry"][0]))
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        raise DataError(f"{path}: keypoints_symmetry does not list joints") from None
