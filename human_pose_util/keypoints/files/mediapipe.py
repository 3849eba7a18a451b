"""MediaPipe's 33 landmarks in JSON, as objects or arrays, in pixels or as shares of the image.

Objects are {x, y, z, visibility}; arrays are [x, y, visibility] or [x, y, z, visibility]. The film
of a person that this project detects itself has the form {format: "mediapipe", fps, size, film,
landmarks: [null or the 33 landmarks in pixels, one entry for each frame]}.
"""

from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.film_facts import fps_of, size_of
from human_pose_util.keypoints.files.json_images import Images
from human_pose_util.keypoints.files.points import visible_points
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.instances import Instance, collect, optional_numbers

NAME = "mediapipe"
N_LANDMARKS = 33


def _holds(value: Any) -> bool:
    """Whether a JSON value is a person's landmarks, or a list of people's."""
    return bool(_people(value))


def _people(value: Any) -> list[list]:
    """The landmarks of each person in an image; none for any other value."""
    if _is_person(value):
        return [_landmarks(value)]
    if isinstance(value, list) and value and all(map(_is_person, value)):
        return [_landmarks(person) for person in value]
    return []


def _landmarks(value: Any) -> Any:
    """The list of landmarks, which MediaPipe's protocol wraps in an object."""
    return value["landmark"] if isinstance(value, dict) and "landmark" in value else value


def _is_person(value: Any) -> bool:
    points = _landmarks(value)
    if not isinstance(points, list) or len(points) != N_LANDMARKS:
        return False
    first = points[0]
    if isinstance(first, dict):
        return {"x", "y"} <= set(first)
    is_point = isinstance(first, list) and 2 <= len(first) <= 4
    return is_point and all(type(number) in (int, float) for number in first)


def _images(source: Source) -> Images | None:
    """The images with a person each, or with a list of people; None for other files."""
    if isinstance(source.json, dict) and source.json.get("format") == NAME:
        return source.images(_holds) or []
    alone = source.images(_is_person) if source.kind == "json" else None
    return alone or source.images(_holds)


def _read(source: Source) -> RawDetections:
    images = _images(source) or []
    frame, points = [], []
    for image, value in images:
        for person in _people(value):
            frame.append(image)
            points.append(_points(person, f"{source.path}: image {image!r:.80}"))
    if not points:
        raise DataError(f"{source.path}: no person in any frame")
    if len({len(point) for point in points}) > 1:
        raise DataError(f"{source.path}: landmarks have different numbers of values")
    keypoints, notes = visible_points(np.array(points).swapaxes(1, 2))
    persons = [Instance(i, k) for i, k in zip(frame, keypoints, strict=True)]
    content = source.json if isinstance(source.json, dict) else {}
    film = {
        "size": size_of(content.get("size"), str(source.path)),
        "fps": fps_of(content.get("fps"), str(source.path)),
        "notes": notes,
    }
    return collect(persons, [image for image, _ in images], str(source.path), **film)


def _points(person: list, where: str) -> list[list[float]]:
    """The landmarks of a person: [n_values, 33] x, y, and visibility or depth and visibility."""
    if all(isinstance(point, dict) for point in person):
        values = [[point.get("x"), point.get("y")] for point in person]
        for row, point in zip(values, person, strict=True):
            row.append(point.get("visibility", point.get("score", 1.0)))
    elif all(isinstance(point, list) and len(point) == len(person[0]) for point in person):
        values = person
    else:
        raise DataError(f"{where}: expected {N_LANDMARKS} landmarks of one form")
    return [optional_numbers(column) for column in zip(*values, strict=True)]


FORMAT = Format(NAME, lambda source: _images(source) is not None, _read)
