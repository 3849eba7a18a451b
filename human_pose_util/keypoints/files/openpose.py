"""OpenPose's JSON, a file for each frame; Pose2Sim, Sports2D and AlphaPose write such files too."""

import re
from typing import Any

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.source import ENDING, Format, Source
from human_pose_util.keypoints.image_names import ImageName
from human_pose_util.keypoints.instances import Instance, collect, parse_person, require_objects

_POINTS = ("pose_keypoints_2d", "pose_keypoints", "joints")  # OpenPose, its first versions, CMU
_FILM_AND_FRAME = re.compile(r"(.*?)(\d+)", re.ASCII)


def holds(value: Any) -> bool:
    """Whether a JSON value is what OpenPose writes for an image, or AlphaPose in CMU's form."""
    return isinstance(value, dict) and ("people" in value or "bodies" in value)


def people(value: dict[str, Any], image: ImageName, where: str) -> list[Instance]:
    """The people of an image; a face or hands without a body are left out.

    Args:
        value: the JSON value of the image.
        image: the number or the name of the image.
        where: the file and the place in it, for error messages.

    Raises:
        DataError: the value is broken.
    """
    key = "people" if "people" in value else "bodies"
    instances = []
    for i, person in enumerate(require_objects(value[key], f"{where}: {key}", "people")):
        place = f"{where}: person {i}"
        points = next((person[key] for key in _POINTS if key in person), None)
        if points is None:
            raise DataError(f"{place} has no {_POINTS[0]}")
        if points != []:
            instances.append(parse_person(image, points, place, person.get("person_id")))
    return instances


def is_by_alphapose(source: Source) -> bool:
    """Whether AlphaPose wrote the files in a folder, as their version tells."""
    first: Any = next(iter(source.json_members.values()), None)
    return holds(first) and str(first.get("version")).startswith("AlphaPose")


def _recognise(source: Source) -> bool:
    if source.kind == "folder":
        if any(path.name.endswith(f"{ENDING}.json") for path in source.members):
            return True
        return source.images(holds) is not None and not is_by_alphapose(source)
    return holds(source.json)


def read(source: Source) -> RawDetections:
    """The people in a folder of files of single images, or in one such file.

    Args:
        source: the folder or the file.

    Raises:
        DataError: a file is broken, or the folder holds files of several films.
    """
    if source.kind != "folder":
        return collect(people(source.json, 0, str(source.path)), [0], str(source.path))
    contents = source.json_members
    _check_one_film(source)
    instances = []
    for stem, content in contents.items():
        path = source.path / f"{stem}.json"
        if not holds(content):
            raise DataError(f"{path} has no key 'people': is it a file of OpenPose?")
        instances += people(content, stem.removesuffix(ENDING), str(path))
    images = [stem.removesuffix(ENDING) for stem in contents]
    return collect(instances, images, str(source.path))


def _check_one_film(source: Source) -> None:
    """Raise DataError where two images of different films have the same frame number."""
    images = [stem.removesuffix(ENDING) for stem in source.json_members]
    matches = [match for match in map(_FILM_AND_FRAME.fullmatch, images) if match]
    films = {match[1]: f"{match[0]}" for match in matches}
    if len(films) > 1 and len({int(match[2]) for match in matches}) < len(matches):
        ending = next(iter(source.json_members))[len(images[0]) :] + ".json"
        first, second = list(films.values())[:2]
        raise DataError(
            f"{source.path} holds several films, like {first}{ending} and {second}{ending}: "
            "put each into a folder of its own"
        )


FORMAT = Format("openpose", _recognise, read)
