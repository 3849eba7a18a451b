"""OpenPose's JSON: a file for each frame, or one such file."""

import re
from pathlib import Path
from typing import Any

from human_pose_util.errors import DataError
from human_pose_util.files import reading
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.instances import Instance, collect, parse_person, require_objects
from human_pose_util.keypoints.json_file import load_json

_ENDING = "_keypoints.json"
_KEYS = ("pose_keypoints_2d", "pose_keypoints")  # today, and in OpenPose's first versions
_FILM_AND_FRAME = re.compile(r"(.*?)(\d+)", re.ASCII)


def read_folder(folder: Path) -> RawDetections:
    """People in a folder of files `<film>_<frame>_keypoints.json`.

    Raises:
        DataError: the folder holds no such file, a broken file, or files of several films.
    """
    paths = [p for p in folder.glob(f"*{_ENDING}") if not p.name.startswith(".")]
    if not paths:
        raise DataError(f"{folder} holds no *{_ENDING} files")
    images = {path.name.removesuffix(_ENDING): path for path in sorted(paths)}
    _check_one_film(list(images), folder)
    instances = []
    for image, path in images.items():
        content = load_json(reading.read_file(path), path)
        if not isinstance(content, dict) or "people" not in content:
            raise DataError(f"{path} has no key 'people': is it a file of OpenPose?")
        instances += _people(content["people"], image, str(path))
    return collect(instances, images, str(folder))


def read_file(content: dict[str, Any], path: Path) -> RawDetections:
    """People in a file of a single frame.

    Args:
        content: the value in the JSON file.
        path: the file, for error messages.

    Raises:
        DataError: the file is broken.
    """
    return collect(_people(content["people"], 0, str(path)), [0], str(path))


def _people(value: Any, image: int | str, where: str) -> list[Instance]:
    """The people of an image; a face or hands without a body are left out."""
    instances = []
    for i, person in enumerate(require_objects(value, f"{where}: people", "people")):
        place = f"{where}: person {i}"
        points = next((person[key] for key in _KEYS if key in person), None)
        if points is None:
            raise DataError(f"{place} has no {_KEYS[0]}")
        if points != []:
            instances.append(parse_person(image, points, place, person.get("person_id")))
    return instances


def _check_one_film(images: list[str], folder: Path) -> None:
    """Raise DataError where two images of different films have the same frame number."""
    matches = [match for match in map(_FILM_AND_FRAME.fullmatch, images) if match]
    films = {match[1]: match[0] for match in matches}
    if len(films) > 1 and len({int(match[2]) for match in matches}) < len(matches):
        first, second = list(films.values())[:2]
        raise DataError(
            f"{folder} holds several films, like {first}{_ENDING} and {second}{_ENDING}: "
            "put each into a folder of its own"
        )
