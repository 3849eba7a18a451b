"""The formats of keypoint files: which format a file has, and reading it."""

import os
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from human_pose_util.errors import DataError, SpecError
from human_pose_util.files.reading import read_file
from human_pose_util.keypoints import arrays, coco, mmpose, openpose
from human_pose_util.keypoints.checks import check_detections
from human_pose_util.keypoints.detections import Detections, RawDetections
from human_pose_util.keypoints.instances import describe
from human_pose_util.keypoints.json_file import load_json
from human_pose_util.registry import get_skeleton

FORMATS = ("openpose", "coco", "alphapose", "mmpose", "array")
"""Names of the formats; the content of a file tells its format."""

_SYNONYMS = {"alphapose": "coco"}  # AlphaPose writes COCO's results with names of images
_MMPOSE_KEYS = {"instances", "keypoints"}


def read_detections(
    path: str | os.PathLike, format: str | None = None, skeleton_id: str | None = None
) -> Detections:
    """The people whom a detector finds in a film, from a file or a folder of any known format.

    Args:
        path: a folder of OpenPose's `*_keypoints.json` files, or one such file; a JSON file of
            COCO (results or annotations), AlphaPose or MMPose; or an `.npy` or `.npz` file with
            the keypoints [n_frames, n_keypoints, 2 or 3] of one person.
        format: the only one of `FORMATS` to accept; by default any.
        skeleton_id: skeleton of the keypoints; by default the usual skeleton with that number of
            joints.

    Raises:
        DataError: the file is missing or damaged, has an unknown format or another one than
            `format`, or shows nobody.
        SpecError: `format` or `skeleton_id` is unknown, or the skeleton has another number of
            joints.
    """
    if format is not None and format not in FORMATS:
        near = get_close_matches(str(format), FORMATS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(FORMATS)}"
        raise SpecError(f"unknown --format {format!r}: {hint}")
    if skeleton_id is not None:
        get_skeleton(skeleton_id)
    path = Path(os.path.expanduser(path))  # Path.expanduser fails for unknown users
    source, read = _format_of(path)
    if format is not None and _SYNONYMS.get(format, format) != _SYNONYMS.get(source, source):
        raise DataError(f"{path} is not of the format {format}: it looks like {source}")
    return check_detections(read(), source, str(path), skeleton_id)


def _format_of(path: Path) -> tuple[str, Callable[[], RawDetections]]:
    """The format of a file or a folder, and a function that reads it."""
    if path.is_dir():
        return "openpose", lambda: openpose.read_folder(path)
    data = read_file(path)
    if data.startswith(arrays.NPY_MAGIC):
        return "array", lambda: arrays.read_npy(data, path)
    if data.startswith(arrays.NPZ_MAGIC):
        return "array", lambda: arrays.read_npz(path)
    content = load_json(data, path)
    source, read = _json_format(content, path)
    return source, lambda: read(content, path)


def _json_format(content: Any, path: Path) -> tuple[str, Callable[[Any, Path], RawDetections]]:
    """The format of a JSON file, and its reader."""
    if isinstance(content, dict):
        if "people" in content:
            return "openpose", openpose.read_file
        if "instance_info" in content:
            return "mmpose", mmpose.read_frames
        if {"images", "annotations"} <= set(content):
            return "coco", coco.read_annotations
    if content == []:
        raise DataError(f"{path}: no person in any frame")
    first = content[0] if isinstance(content, list) else None
    if isinstance(first, dict) and "image_id" in first:
        has_names = isinstance(first["image_id"], str)
        return "alphapose" if has_names else "coco", coco.read_results
    if isinstance(first, list) or (isinstance(first, dict) and _MMPOSE_KEYS & set(first)):
        return "mmpose", mmpose.read_frames
    summary = describe(content) if first is None else f"a list that starts with {describe(first)}"
    raise DataError(f"{path} is of none of the formats {', '.join(FORMATS)}: it holds {summary}")
