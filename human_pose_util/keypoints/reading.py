"""Reading keypoints of a film in whatever format it is."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from human_pose_util.errors import DataError, SpecError
from human_pose_util.files.reading import read_file
from human_pose_util.keypoints import arrays, coco, mmpose, openpose
from human_pose_util.keypoints.detections import Detections, checked
from human_pose_util.keypoints.instances import shown
from human_pose_util.keypoints.json_file import load_json
from human_pose_util.registry import get_skeleton

FORMATS = ("openpose", "coco", "alphapose", "mmpose", "array")
"""The formats, recognised by what the files hold."""

_SAME = {"alphapose": "coco"}  # COCO's results with names of images
_MMPOSE = {"instances", "keypoints"}


def read_detections(
    path: str | os.PathLike, format: str | None = None, skeleton_id: str | None = None
) -> Detections:
    """The people that a detector saw in a film.

    Args:
        path: OpenPose's folder of `*_keypoints.json` or one of them, a JSON file of COCO's
            (results or annotations), AlphaPose's or MMPose's, or an `.npy` or `.npz` file of
            one person's [n_frames, n_keypoints, 2 or 3].
        format: one of `FORMATS` that it has to be; any by default.
        skeleton_id: of the keypoints; by default the usual one with their number.

    Raises:
        DataError: the file is missing, damaged, of no known or another format, or shows nobody.
        SpecError: no such format or skeleton, or one with another number of joints.
    """
    if format is not None and format not in FORMATS:
        near = get_close_matches(str(format), FORMATS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(FORMATS)}"
        raise SpecError(f"unknown --format {format!r}: {hint}")
    if skeleton_id is not None:
        get_skeleton(skeleton_id)
    path = Path(os.path.expanduser(path))  # leaves alone what it does not know
    if path.is_dir():
        _check_format("openpose", format, path)
        return checked(openpose.read_folder(path), "openpose", str(path), skeleton_id)
    data = read_file(path)
    if data.startswith((arrays.NPY, arrays.NPZ)):
        _check_format("array", format, path)
        is_npy = data.startswith(arrays.NPY)
        raw = arrays.read_npy(data, path) if is_npy else arrays.read_npz(path)
        return checked(raw, "array", str(path), skeleton_id)
    content = load_json(data, path)
    found, read = _json_format(content, path)
    _check_format(found, format, path)
    return checked(read(content, path), found, str(path), skeleton_id)


def _json_format(content: Any, path: Path) -> tuple[str, Any]:
    """Format of a JSON file, and its reader."""
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
        named = isinstance(first["image_id"], str)
        return "alphapose" if named else "coco", coco.read_results
    if isinstance(first, list) or (isinstance(first, dict) and _MMPOSE & set(first)):
        return "mmpose", mmpose.read_frames
    found = shown(content) if first is None else f"a list that starts with {shown(first)}"
    raise DataError(f"{path} is of none of the formats {', '.join(FORMATS)}: it holds {found}")


def _check_format(found: str, wanted: str | None, path: Path) -> None:
    if wanted is not None and _SAME.get(wanted, wanted) != _SAME.get(found, found):
        raise DataError(f"{path} is not of the format {wanted}: it looks like {found}")
