"""People in images, as the JSON of detectors describes them."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.image_names import ImageName, first_image_of, frames_of_images

_NUMBER_TYPES = {int, float, type(None)}
_MAX_PERSON_ID = 2**31


@dataclass(frozen=True)
class Instance:
    """A person in an image.

    Attributes:
        image: number or name of the image.
        keypoints: [n_keypoints, 3] x, y and confidence, any numbers.
        id: number of the person; −1 for none.
    """

    image: ImageName
    keypoints: np.ndarray
    id: int = -1


def collect(
    instances: list[Instance], images: Iterable[ImageName], where: str, **film: Any
) -> RawDetections:
    """The people of a file as arrays.

    Args:
        instances: all people in all images.
        images: the images that the file names, images without people among them.
        where: the name of the file, for error messages.
        **film: what else the file says of the film: attributes of `RawDetections`.

    Raises:
        DataError: there are no people, or two people have different numbers of keypoints.
    """
    if not instances:
        raise DataError(f"{where}: no person in any frame")
    n = len(instances[0].keypoints)
    for instance in instances:
        if len(instance.keypoints) != n:
            raise DataError(
                f"{where}: image {instance.image!r:.40}: {len(instance.keypoints)} keypoints, "
                f"others have {n}"
            )
    named = frames_of_images(chain(images, (i.image for i in instances)))
    # A format may know of the key and find no rate in the file: then the images tell it.
    film["fps"] = film.get("fps") or named.fps
    film["notes"] = named.notes + film.get("notes", ())
    film["first_image"] = first_image_of(named.frames)
    frame = np.array([named.frames[i.image] for i in instances])
    keypoints, ids = np.stack([i.keypoints for i in instances]), np.array([i.id for i in instances])
    return RawDetections(frame, keypoints, named.n_frames, ids, **film)


def parse_person(
    image: ImageName, points: Any, where: str, person_id: Any, scores: Any = None
) -> Instance:
    """A person from JSON.

    Args:
        image: the image that shows the person.
        points: a list x, y, confidence, x, …, or a list of lists of two or three numbers; null
            stands for an unknown number.
        where: the file and the place in it, for error messages.
        person_id: the number of the person, alone or in a list; anything else is no number.
        scores: the list of confidences for points x, y; without it they are 1.

    Raises:
        DataError: `points` or `scores` is something else.
    """
    return Instance(image, _parse_keypoints(points, where, scores), parse_person_id(person_id))


def _parse_keypoints(points: Any, where: str, scores: Any) -> np.ndarray:
    """[n_keypoints, 3] x, y and confidence; NaN for null."""
    require(isinstance(points, list), where, "a list of keypoints", points)
    nested = bool(points) and all(isinstance(p, list) for p in points)
    width = len(points[0]) if nested else 3
    if nested:
        require(width in (2, 3), where, "keypoints x, y or x, y, confidence", points[0])
        _require_each(points, lambda p: len(p) == width, where, f"keypoints of {width} numbers")
        points = list(chain.from_iterable(points))
    require(len(points) % width == 0, where, "keypoints x, y, confidence", points)
    array = _numbers(points, where).reshape(-1, width)
    if width == 3:
        if scores is not None:
            raise DataError(f"{where}: keypoints in 3D, expected x, y in pixels")
        return array
    confidence = np.ones(len(array)) if scores is None else _numbers(scores, where)
    if len(confidence) != len(array):
        raise DataError(f"{where}: {len(array)} keypoints, but {len(confidence)} scores")
    return np.column_stack([array, confidence])


def parse_person_id(value: Any) -> int:
    """The number of a person; −1 for anything that is no number.

    Args:
        value: the value in the file: a number, digits, or a list that repeats one number.
    """
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value[:18])
    while isinstance(value, list) and value and all(item == value[0] for item in value):
        value = value[0]  # [1], or [[1.0], [1.0]] of detections that were merged
    is_id = isinstance(value, int | float) and 0 <= value < _MAX_PERSON_ID and value == int(value)
    return int(value) if is_id else -1


def parse_image_name(item: dict, key: str, where: str) -> ImageName:
    """The number or the name of an image, which a JSON object has under a key.

    Args:
        item: the object.
        key: the key.
        where: the file and the place in it, for error messages.

    Raises:
        DataError: the key is missing, or its value is something else.
    """
    value = require_key(item, key, where)
    is_name = isinstance(value, int | str) and not isinstance(value, bool)
    require(is_name, where, "the number or the name of an image", value)
    return value


def require_objects(value: Any, where: str, content: str) -> list[dict]:
    """A JSON value that has to be a list of objects.

    Args:
        value: the JSON value.
        where: the file and the place in it, for error messages.
        content: what the objects describe ("people"), for error messages.

    Raises:
        DataError: the value is something else.
    """
    require(isinstance(value, list), where, f"a list of {content}", value)
    _require_each(value, lambda item: isinstance(item, dict), where, f"{content} {{...}}")
    return value


def optional_numbers(values: Iterable[Any]) -> list[float]:
    """JSON values as numbers: NaN for anything that is no number."""
    return [float(v) if type(v) in (int, float) else math.nan for v in values]


def require_key(item: dict, key: str, where: str) -> Any:
    """The value of a key that a JSON object has to have.

    Args:
        item: the JSON object.
        key: the key.
        where: the file and the place in it, for error messages.

    Raises:
        DataError: the object does not have the key.
    """
    if key not in item:
        raise DataError(f"{where} has no {key}")
    return item[key]


def require(holds: bool, where: str, expected: str, value: Any) -> None:
    """Raise DataError unless a condition holds for a JSON value.

    Args:
        holds: the condition.
        where: the file and the place in it, for error messages.
        expected: what the value has to be.
        value: the JSON value.
    """
    if not holds:
        raise DataError(f"{where}: expected {expected}, got {describe(value)}")


def describe(value: Any) -> str:
    """A JSON value in a few words, for a message."""
    if isinstance(value, dict):
        return f"an object with {list(value)[:5]!r:.80}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return repr(value)[:40]


def _numbers(values: Any, where: str) -> np.ndarray:
    """The numbers of a JSON list as float64, NaN for null."""
    require(isinstance(values, list), where, "a list of numbers", values)
    # The exact type: a bool is an int in Python, but no coordinate.
    _require_each(values, lambda value: type(value) in _NUMBER_TYPES, where, "numbers")
    return np.array(values, dtype=np.float64)


def _require_each(values: list, holds: Callable[[Any], bool], where: str, expected: str) -> None:
    """Raise DataError for the first JSON value for which a condition does not hold."""
    for value in values:
        require(holds(value), where, expected, value)
