"""COCO's JSON: lists of results (AlphaPose writes such lists too), and annotated images."""

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints import instances
from human_pose_util.keypoints.detections import RawDetections, Size
from human_pose_util.keypoints.files.film_facts import names_of, size_of
from human_pose_util.keypoints.files.source import Films, Format, Source
from human_pose_util.keypoints.image_names import ImageName, distinct_numbers

_VISIBILITY_SCALE = np.array([1, 1, 2])  # x, y, and visibility: 1 is hidden, 2 is visible
_VIDEO_KEYS = ("video_id", "vid_id")  # of an image; PoseTrack has the second


def _is_result_list(source: Source) -> bool:
    content = source.json
    first = content[0] if isinstance(content, list) and content else None
    return isinstance(first, dict) and "image_id" in first and "keypoints" in first


def _has_names(source: Source) -> bool:
    return isinstance(source.json[0]["image_id"], str)


def _is_annotation_file(source: Source) -> bool:
    content = source.json
    return isinstance(content, dict) and {"images", "annotations"} <= set(content)


def _read_results(source: Source) -> Films:
    """People in a list of {image_id, keypoints: [x, y, confidence, …]}.

    AlphaPose names images by their files ("12.jpg") and numbers tracked people by `idx`.
    """
    path = source.path
    films: dict[str, list[instances.Instance]] = defaultdict(list)
    for i, result in enumerate(instances.require_objects(source.json, str(path), "results")):
        where = f"{path}: result {i}"
        image = instances.parse_image_name(result, "image_id", where)
        points = instances.require_key(result, "keypoints", where)
        number = result.get("idx", result.get("track_id"))
        films[_folder(image)].append(instances.parse_person(image, points, where, number))
    return {name: partial(instances.collect, films[name], (), str(path)) for name in sorted(films)}


def _read_annotations(source: Source) -> Films:
    """People in {images: [{id, file_name, width, height}], annotations: [{image_id, keypoints}]}.

    COCO's visibility 2 becomes the confidence 1; 1, for a hidden keypoint, becomes 0.5.
    Annotations without keypoints are left out.
    """
    content, path = source.json, source.path
    images = instances.require_objects(content["images"], f"{path}: images", "images")
    ids = [instances.parse_image_name(image, "id", f"{path}: an image") for image in images]
    if len(set(ids)) < len(ids):
        raise DataError(f"{path}: two images have the same id")
    people = instances.require_objects(content["annotations"], f"{path}: annotations", "people")
    films = _films(images, content.get("videos"))
    return {
        name: partial(_read_film, films[name], frozenset(ids), people, source)
        for name in sorted(films)
    }


def _read_film(
    images: list[dict], known: frozenset[ImageName], people: list[dict], source: Source
) -> RawDetections:
    """The people of one film.

    Args:
        images: the images of the film.
        known: the ids of all images.
        people: the annotations of all films.
        source: the file.
    """
    path, names = source.path, _image_names(images)
    persons, categories = [], []
    for i, person in enumerate(people):
        where = f"{path}: annotation {i}"
        if "keypoints" not in person:
            continue
        image = instances.parse_image_name(person, "image_id", where)
        if image not in known:
            raise DataError(f"{where} is of image {image!r:.40}, which is not among the images")
        if image not in names:
            continue
        points, number = person["keypoints"], person.get("track_id")
        annotated = instances.parse_person(names[image], points, where, number)
        persons.append(replace(annotated, keypoints=annotated.keypoints / _VISIBILITY_SCALE))
        categories.append(person.get("category_id"))
    joints = _joint_names(source.json.get("categories"), categories)
    size, notes = _common_size(images)
    film: dict[str, Any] = {"size": size, "names": joints, "notes": notes}
    return instances.collect(persons, names.values(), str(path), **film)


def _joint_names(categories: Any, used: list) -> tuple[str, ...] | None:
    """The names of the keypoints of the first category that annotations have."""
    for category in categories if isinstance(categories, list) else []:
        if isinstance(category, dict) and category.get("id") in (*used[:1], None):
            return names_of(category.get("keypoints"))
    return None


def _films(images: list[dict], videos: Any) -> dict[str, list[dict]]:
    """The images of each film, by its name; without images there is one film without images."""
    titles = {
        str(video.get("id")): str(video.get("name", video.get("file_name", video.get("id"))))
        for video in (videos if isinstance(videos, list) else [])
        if isinstance(video, dict)
    }

    def film_of(image: dict) -> str:
        number = next((image[key] for key in _VIDEO_KEYS if key in image), None)
        if number is not None:
            return titles.get(str(number), str(number))
        return _folder(image.get("file_name"))

    films: dict[str, list[dict]] = defaultdict(list)
    for image in images:
        films[film_of(image)].append(image)
    return films or {"": []}


def _folder(image: Any) -> str:
    """The folder in the name of an image; "" for none."""
    return image.replace("\\", "/").rpartition("/")[0] if isinstance(image, str) else ""


def _image_names(images: list[dict]) -> dict[ImageName, ImageName]:
    """Id of an image → the name of its file or its frame if these have distinct numbers, else the
    id.
    """
    ids = [image["id"] for image in images]
    files = [name for image in images if isinstance(name := image.get("file_name"), str)]
    if len(set(files)) == len(ids) and distinct_numbers(files) is not None:
        return dict(zip(ids, files, strict=True))
    frames = [frame for image in images if type(frame := image.get("frame_id")) is int]
    distinct = len(set(frames)) == len(ids)
    return dict(zip(ids, frames if distinct else ids, strict=True))


def _common_size(images: list[dict]) -> tuple[Size | None, tuple[str, ...]]:
    """(width, height) of the images, if all have the same one, and why another does not count."""
    sizes = [[image.get("width"), image.get("height")] for image in images]
    if any(size != sizes[0] for size in sizes):
        return None, ("the images of the file have several sizes, of which none counts",)
    if not sizes or None in sizes[0]:
        return None, ()
    try:
        return size_of(sizes[0], "images"), ()
    except DataError as error:
        return None, (f"the size of the images does not count: {error}",)


ANNOTATIONS = Format("coco", _is_annotation_file, _read_annotations)
RESULTS = Format(
    "coco",
    lambda source: _is_result_list(source) and not _has_names(source),
    _read_results,
    synonyms=("alphapose",),
)
ALPHAPOSE_RESULTS = Format(
    "alphapose",
    lambda source: _is_result_list(source) and _has_names(source),
    _read_results,
    synonyms=("coco",),
)
