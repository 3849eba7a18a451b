"""Keypoints as objects {x, y, score, name}: TensorFlow.js (MoveNet, PoseNet, BlazePose) and ml5.

A frame is a list of poses. In a list of poses alone, each pose is a frame.
"""

import math
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.json_images import Images
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.instances import Instance, collect, optional_numbers, parse_person_id

_SCORES = ("score", "confidence", "visibility", "c")
_NAMES = ("name", "part")
_LEAST_NAMED = 5  # keypoints of a pose that is an object of them by name
_MISSING = [math.nan, math.nan, 0.0]


def _images(source: Source) -> Images | None:
    """The images with a pose each, or with a list of poses; None for other files."""
    alone = source.images(_is_pose) if source.kind == "json" else None
    return alone or source.images(_is_frame)


def _is_pose(value: Any) -> bool:
    return _points(value) is not None


def _is_frame(value: Any) -> bool:
    return _is_pose(value[0] if isinstance(value, list) and value else value)


def _points(pose: Any) -> list[dict] | None:
    """The keypoints of a pose, which ml5 wraps in an object; None for anything else."""
    if not isinstance(pose, dict):
        return None
    if isinstance(pose.get("pose"), dict):
        pose = pose["pose"]
    points = pose.get("keypoints")
    if points is None and len(pose) >= _LEAST_NAMED and all(map(_is_place, pose.values())):
        return [{"name": name, **place} for name, place in pose.items()]
    first = points[0] if isinstance(points, list) and points else None
    place = first.get("position", first) if isinstance(first, dict) else None
    return points if _is_place(place) else None


def _is_place(value: Any) -> bool:
    return isinstance(value, dict) and {"x", "y"} <= set(value)


def _read(source: Source) -> RawDetections:
    images = _images(source) or []
    places: dict[Any, None] = {}  # names of keypoints, or their places in the list
    poses = []
    for image, value in images:
        for pose in value if isinstance(value, list) else [value]:
            if pose is not None:
                where = f"{source.path}: image {image!r:.80}"
                points = _by_name(pose, where)
                number = parse_person_id(pose.get("id", pose.get("track_id")))
                poses.append((image, points, number))
                places.update(dict.fromkeys(points))
    persons = []
    for image, points, number in poses:
        keypoints = np.array([points.get(name, _MISSING) for name in places])
        persons.append(Instance(image, keypoints, number))
    names = tuple(places) if all(isinstance(name, str) for name in places) else None
    return collect(persons, [image for image, _ in images], str(source.path), names=names)


def _by_name(pose: Any, where: str) -> dict[Any, list[float]]:
    """The keypoints of a pose by name, or by their place where they have no names."""
    points = _points(pose)
    if points is None:
        raise DataError(f"{where}: expected a pose with keypoints {{x, y}}")
    found: dict[Any, list[float]] = {}
    for i, point in enumerate(points):
        if not isinstance(point, dict):
            raise DataError(f"{where}: keypoint {i} is no object {{x, y}}")
        place = point["position"] if isinstance(point.get("position"), dict) else point
        name = next((point[key] for key in _NAMES if isinstance(point.get(key), str)), i)
        score = next((point[key] for key in _SCORES if key in point), 1.0)
        found[name] = optional_numbers((place.get("x"), place.get("y"), score))
    return found


FORMAT = Format("tfjs", lambda source: _images(source) is not None, _read)
