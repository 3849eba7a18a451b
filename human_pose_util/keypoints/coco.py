"""COCO's JSON: lists of results (AlphaPose writes such lists too), and annotated images."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints import instances
from human_pose_util.keypoints.detections import RawDetections, Size
from human_pose_util.keypoints.image_names import ImageName, distinct_numbers

_VISIBILITY_SCALE = np.array([1, 1, 2])  # x, y, and visibility: 1 is hidden, 2 is visible


def read_results(content: list, path: Path) -> RawDetections:
    """People in a list of {image_id, keypoints: [x, y, confidence, …]}.

    AlphaPose names images by their files ("12.jpg") and numbers tracked people by `idx`.

    Args:
        content: the value in the JSON file.
        path: the file, for error messages.

    Raises:
        DataError: the file is broken.
    """
    persons = []
    for i, result in enumerate(instances.require_objects(content, str(path), "results")):
        where = f"{path}: result {i}"
        image = instances.parse_image_name(result, "image_id", where)
        points = instances.require_key(result, "keypoints", where)
        number = result.get("idx", result.get("track_id"))
        persons.append(instances.parse_person(image, points, where, number))
    return instances.collect(persons, (), str(path))


def read_annotations(content: dict[str, Any], path: Path) -> RawDetections:
    """People in {images: [{id, file_name, width, height}], annotations: [{image_id, keypoints}]}.

    COCO's visibility 2 becomes the confidence 1; 1, for a hidden keypoint, becomes 0.5.
    Annotations without keypoints are left out.

    Args:
        content: the value in the JSON file.
        path: the file, for error messages.

    Raises:
        DataError: the file is broken.
    """
    images = instances.require_objects(content["images"], f"{path}: images", "images")
    names = _image_names(images, path)
    people = instances.require_objects(content["annotations"], f"{path}: annotations", "people")
    persons = []
    for i, person in enumerate(people):
        where = f"{path}: annotation {i}"
        if "keypoints" not in person:
            continue
        image = instances.parse_image_name(person, "image_id", where)
        if image not in names:
            raise DataError(f"{where} is of image {image!r:.40}, which is not among the images")
        points, number = person["keypoints"], person.get("track_id")
        annotated = instances.parse_person(names[image], points, where, number)
        persons.append(replace(annotated, keypoints=annotated.keypoints / _VISIBILITY_SCALE))
    return instances.collect(persons, names.values(), str(path), _common_size(images))


def _image_names(images: list[dict], path: Path) -> dict[ImageName, ImageName]:
    """Id of an image → the name of its file if the names have distinct numbers, else the id."""
    where = f"{path}: an image"
    ids = [instances.parse_image_name(image, "id", where) for image in images]
    if len(set(ids)) < len(ids):
        raise DataError(f"{path}: two images have the same id")
    files = [name for image in images if isinstance(name := image.get("file_name"), str)]
    distinct = len(set(files)) == len(ids) and distinct_numbers(files) is not None
    return dict(zip(ids, files if distinct else ids, strict=True))


def _common_size(images: list[dict]) -> Size | None:
    """(width, height) of the images, if it is a plausible size and the same for all images."""
    sizes: list[tuple[Any, Any]] = [(image.get("width"), image.get("height")) for image in images]
    if not sizes or any(size != sizes[0] for size in sizes):
        return None
    return sizes[0] if all(type(side) is int and 0 < side < 1e5 for side in sizes[0]) else None
