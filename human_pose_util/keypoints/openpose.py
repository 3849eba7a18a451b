"""OpenPose's JSON: a file for each frame, or one of them."""

import re
from pathlib import Path
from typing import Any

from human_pose_util.errors import DataError
from human_pose_util.files import reading as sources
from human_pose_util.keypoints.detections import Raw
from human_pose_util.keypoints.instances import Instance, objects, person_id, raw_of, triples
from human_pose_util.keypoints.json_file import load_json

_ENDING = "_keypoints.json"
_KEYS = ("pose_keypoints_2d", "pose_keypoints")  # now, and in OpenPose's first versions
_NUMBERED = re.compile(r"(.*?)(\d+)", re.ASCII)


def read_folder(folder: Path) -> Raw:
    """People in a folder of files `<film>_<frame>_keypoints.json`.

    Raises:
        DataError: there is no such file, one is broken, or they are of several films.
    """
    paths = [p for p in folder.glob(f"*{_ENDING}") if not p.name.startswith(".")]
    if not paths:
        raise DataError(f"{folder} holds no *{_ENDING} files")
    images = {_image(path): path for path in sorted(paths)}
    _check_one_film(list(images), folder)
    instances = []
    for image, path in images.items():
        content = load_json(sources.read_file(path), path)
        if not isinstance(content, dict) or "people" not in content:
            raise DataError(f"{path} has no key 'people': is it OpenPose's?")
        instances += _people(content["people"], image, str(path))
    return raw_of(instances, images, str(folder))


def read_file(content: dict[str, Any], path: Path) -> Raw:
    """People in a file of a single frame. Raises DataError if it is broken."""
    return raw_of(_people(content["people"], 0, str(path)), [0], str(path))


def _people(value: Any, image: int | str, where: str) -> list[Instance]:
    instances = []
    for i, person in enumerate(objects(value, f"{where}: people", "people")):
        place = f"{where}: person {i}"
        points = next((person[key] for key in _KEYS if key in person), None)
        if points is None:
            raise DataError(f"{place} has no {_KEYS[0]}")
        if points != []:  # a face or hands without a body
            keypoints = triples(points, place)
            instances.append(Instance(image, keypoints, person_id(person.get("person_id"))))
    return instances


def _image(path: Path) -> str:
    return path.name.removesuffix(_ENDING)


def _check_one_film(images: list[str], folder: Path) -> None:
    numbered = [found for found in map(_NUMBERED.fullmatch, images) if found]
    films = {found[1]: found[0] for found in numbered}
    if len(films) > 1 and len({int(found[2]) for found in numbered}) < len(numbered):
        first, second = list(films.values())[:2]
        raise DataError(
            f"{folder} holds several films, like {first}{_ENDING} and {second}{_ENDING}: "
            "put each into a folder of its own"
        )
