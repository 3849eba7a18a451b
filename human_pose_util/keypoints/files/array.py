"""Keypoints of one person as an array: `.npy`, `.npz`, or nested lists in JSON."""

import io
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files.reading import one_line
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.film_facts import fps_of, names_of, size_of
from human_pose_util.keypoints.files.points import DEPTH_SHARE, visible_points
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.skeleton import SKELETONS
from human_pose_util.skeleton.keypoints import LAYOUTS

_NAMES = ("names", "joint_names", "keypoint_names", "joints")
_FACTS = ("size", "fps", *_NAMES)  # arrays of an .npz file that are no keypoints
# The numbers of keypoints that a row of all numbers of a frame may have.
_COUNTS = {layout.n_keypoints for layout in LAYOUTS} | {s.n_joints for s in SKELETONS}


def one_person(array: Any, where: str, **film: Any) -> RawDetections:
    """The detections that an array of one person holds.

    Args:
        array: [n_frames, n_keypoints, 2 to 4] x, y [px], and depth, confidence, both or neither;
            or such an array of one frame, or with all numbers of a frame in a row.
        where: the file and the place in it, for error messages.
        **film: what else the file says of the film: attributes of `RawDetections`.

    Raises:
        DataError: the array has another type or shape.
    """
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iuf":
        kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise DataError(f"{where}: expected an array of numbers, got {kind}")
    frames = array
    if array.ndim == 2 and (width := _values_of_keypoint(array)) is not None:
        frames = array.reshape(len(array), -1, width)
    elif array.ndim == 2:
        frames = array[None]
    if frames.ndim != 3 or frames.shape[2] not in (2, 3, 4) or not frames.shape[1]:
        raise DataError(
            f"{where} has shape {array.shape}, expected (n_frames, n_keypoints, 2 or 3)"
        )
    n = len(frames)
    keypoints, notes = visible_points(frames)
    return RawDetections(np.arange(n), keypoints, n, notes=notes, **film)


def _values_of_keypoint(rows: np.ndarray) -> int | None:
    """The number of values of a keypoint in rows of all numbers of a frame; None for other rows.

    A row of 48 numbers may be 16 keypoints of 3 values or 24 of 2. The last one of 3 or 4 values is
    a confidence from 0 to 1, or, of 3, a depth, which is often negative; a coordinate [px] is
    neither.
    """
    n = rows.shape[1]
    widths = [width for width in (3, 4, 2) if n % width == 0 and n // width in _COUNTS]
    last = {width: rows[:, width - 1 :: width] for width in widths}
    for width in widths:
        if width > 2 and not (last[width] > 1).any():  # NaN is not above 1
            return width
    if 3 in widths and (last[3] < 0).mean() > DEPTH_SHARE:
        return 3
    return 2 if 2 in widths else next(iter(widths), None)


def _recognise(source: Source) -> bool:
    return source.kind in ("npy", "npz") or _is_nested(_json_array(source))


def _json_array(source: Source) -> Any:
    content = source.json
    return content.get("keypoints") if isinstance(content, dict) else content


def _is_nested(value: Any) -> bool:
    """Whether a JSON value is lists of lists of lists of numbers."""
    for _ in range(3):
        if not isinstance(value, list) or not value:
            return False
        value = value[0]
    return type(value) in (int, float) or value is None


def _read(source: Source) -> RawDetections:
    if source.kind == "npz":
        return _read_npz(source)
    if source.kind == "npy":
        return one_person(_read_npy(source.data, source.path), str(source.path))
    try:
        array = np.array(_json_array(source), dtype=np.float64)
    except (ValueError, TypeError):
        raise DataError(f"{source.path}: expected lists of equally many numbers") from None
    content = source.json if isinstance(source.json, dict) else {}
    return one_person(array, str(source.path), **_facts(content, source.path))


def _read_npy(data: bytes, path: Path) -> np.ndarray:
    try:
        return np.load(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # NumPy raises almost any error for a damaged file
        raise DataError(f"{path} is no readable .npy file: {one_line(error)}") from None


def _read_npz(source: Source) -> RawDetections:
    """The array `keypoints`, or the only array of any name, with `size` and `fps`."""
    content = source.npz
    names = [name for name in content if name not in _FACTS]
    name = "keypoints" if "keypoints" in names else names[0] if len(names) == 1 else None
    if name is None:
        listing = ", ".join(map(repr, names[:5])) or "no array"
        raise DataError(f"{source.path} holds {listing}: expected an array named keypoints")
    facts = _facts(content, source.path)
    return one_person(content[name], f"{source.path}: {name}", **facts)


def _facts(content: dict[str, Any], path: Path) -> dict[str, Any]:
    """The size and the rate of the film and the names of keypoints, as far as a file has them."""
    names = [names for key in _NAMES if (names := names_of(content.get(key))) is not None]
    return {
        "size": size_of(content.get("size"), str(path)),
        "fps": fps_of(content.get("fps"), str(path)),
        "names": names[0] if names else None,
    }


FORMAT = Format("array", _recognise, _read)
