"""AlphaPose's JSON by names of images: its forms "open" and "cmu", and tracks.

Its usual list of results is COCO's (`coco.py`); its files of single images are like OpenPose's.
"""

from typing import Any

from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files import openpose
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.instances import collect, parse_person, require_key, require_objects


def _holds(value: Any) -> bool:
    """Whether a value is what AlphaPose writes for an image: of form open or cmu, or tracked."""
    return openpose.holds(value) or _is_tracked(value)


def _is_tracked(value: Any) -> bool:
    """Whether a value is what PoseFlow writes for an image: people with flat keypoints."""
    first = value[0] if isinstance(value, list) and value else None
    if not isinstance(first, dict) or "image_id" in first:
        return False
    return "idx" in first and "keypoints" in first


def _recognise(source: Source) -> bool:
    if source.kind == "folder":
        return openpose.is_by_alphapose(source)
    is_film = source.kind == "json" and isinstance(source.json, dict | list)
    return is_film and not openpose.holds(source.json) and source.images(_holds) is not None


def _read(source: Source) -> RawDetections:
    if source.kind == "folder":
        return openpose.read(source)
    images = source.images(_holds) or []
    persons = []
    for image, value in images:
        where = f"{source.path}: image {image!r:.80}"
        if isinstance(value, dict):
            persons += openpose.people(value, image, where)
            continue
        for person in require_objects(value or [], where, "people"):
            points = require_key(person, "keypoints", where)
            persons.append(parse_person(image, points, where, person.get("idx")))
    return collect(persons, [image for image, _ in images], str(source.path))


FORMAT = Format(
    "alphapose",
    _recognise,
    _read,
    synonyms=("openpose",),
)
