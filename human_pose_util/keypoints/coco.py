"""COCO's JSON: lists of results, AlphaPose's among them, and annotated images."""

from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import Raw
from human_pose_util.keypoints.frames import Image, are_numbered
from human_pose_util.keypoints.instances import (
    Instance,
    image_of,
    objects,
    person_id,
    raw_of,
    triples,
)

_VISIBILITY = np.array([1, 1, 2])  # x, y, and 1 for hidden, 2 for visible


def read_results(content: list, path: Path) -> Raw:
    """People in a list of {image_id, keypoints: [x, y, confidence, …]}.

    AlphaPose names images by their files ("12.jpg") and tracked people by `idx`.

    Raises:
        DataError: it is broken.
    """
    instances = []
    for i, result in enumerate(objects(content, str(path), "results")):
        where = f"{path}: result {i}"
        image = image_of(_value(result, "image_id", where), where)
        points = _value(result, "keypoints", where)
        number = person_id(result.get("idx", result.get("track_id")))
        instances.append(Instance(image, triples(points, where), number))
    return raw_of(instances, (), str(path))


def read_annotations(content: dict[str, Any], path: Path) -> Raw:
    """People in {images: [{id, file_name, width, height}], annotations: [{image_id, keypoints}]}.

    Visibility 2 is read as confidence 1, and 1, for hidden, as 0.5. Annotations without keypoints
    are left out.

    Raises:
        DataError: it is broken.
    """
    images = objects(content["images"], f"{path}: images", "images")
    names = _names(images, path)
    instances = []
    for i, person in enumerate(objects(content["annotations"], f"{path}: annotations", "people")):
        where = f"{path}: annotation {i}"
        if "keypoints" not in person:
            continue
        image = image_of(_value(person, "image_id", where), where)
        if image not in names:
            raise DataError(f"{where} is of image {image!r:.40}, which is not among the images")
        keypoints = triples(person["keypoints"], where) / _VISIBILITY
        instances.append(Instance(names[image], keypoints, person_id(person.get("track_id"))))
    return raw_of(instances, names.values(), str(path), _size(images))


def _names(images: list[dict], path: Path) -> dict[Image, Image]:
    """Id of an image → its file's name if the names have numbers, else the id."""
    where = f"{path}: an image"
    ids = [image_of(_value(image, "id", where), where) for image in images]
    if len(set(ids)) < len(ids):
        raise DataError(f"{path}: two images have the same id")
    files = [image.get("file_name") for image in images]
    if all(isinstance(f, str) for f in files) and len(set(files)) == len(files):
        return dict(zip(ids, files if are_numbered(files) else ids, strict=True))
    return dict(zip(ids, ids, strict=True))


def _size(images: list[dict]) -> tuple[int, int] | None:
    """Width and height that all images have, if they have."""
    sizes = [(image.get("width"), image.get("height")) for image in images]
    if not sizes or any(size != sizes[0] for size in sizes):
        return None
    return sizes[0] if all(type(side) is int and 0 < side < 1e5 for side in sizes[0]) else None


def _value(item: dict, key: str, where: str) -> Any:
    if key not in item:
        raise DataError(f"{where} has no {key}")
    return item[key]
