"""What Ultralytics' `results.tojson()` writes: people with lists of x and y, image after image."""

from typing import Any

from human_pose_util.keypoints import instances
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.image_names import ImageName


def _holds(value: Any) -> bool:
    """Whether a JSON value is the list of things that are found in an image, people among them."""
    things = value if isinstance(value, list) else []
    return any(isinstance(thing, dict) and _points(thing) is not None for thing in things)


def _points(thing: dict) -> dict | None:
    """The keypoints {x, y, visible} of a thing in an image, if it has some."""
    points = thing.get("keypoints")
    return points if isinstance(points, dict) and {"x", "y"} <= set(points) else None


def _read(source: Source) -> RawDetections:
    images = source.images(_holds) or []
    persons = [
        _person(thing, points, image, f"{source.path}: image {image!r:.80}")
        for image, things in images
        for thing in things or []
        if isinstance(thing, dict) and (points := _points(thing)) is not None
    ]
    return instances.collect(persons, [image for image, _ in images], str(source.path))


def _person(thing: dict, points: dict, image: ImageName, where: str) -> instances.Instance:
    x, y = points["x"], points["y"]
    for values in (x, y):
        instances.require(isinstance(values, list), where, "a list of numbers", values)
    instances.require(len(x) == len(y), where, f"{len(x)} numbers y", y)
    pairs = [list(pair) for pair in zip(x, y, strict=True)]
    return instances.parse_person(
        image, pairs, where, thing.get("track_id"), points.get("visible", points.get("conf"))
    )


FORMAT = Format(
    "ultralytics", lambda source: source.images(_holds) is not None, _read, synonyms=("yolo",)
)
