"""People in images, as the JSON of detectors describes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import Raw
from human_pose_util.keypoints.frames import Image, frames_of

_NUMBERS = {int, float, type(None)}
_MAX_ID = 2**31


@dataclass(frozen=True)
class Instance:
    """A person in an image.

    Attributes:
        image: the image's number or name.
        keypoints: [n_keypoints, 3] x, y and confidence, any numbers.
        id: the person's number; −1 for none.
    """

    image: Image
    keypoints: np.ndarray
    id: int = -1


def raw_of(
    instances: list[Instance],
    images: Iterable[Image],
    where: str,
    size: tuple[int, int] | None = None,
) -> Raw:
    """What a file says of its people.

    Args:
        instances: all of them.
        images: the images that the file names, those without anyone too.
        where: names the file in an error.
        size: width and height [px], if the file says it.

    Raises:
        DataError: nobody is there, or not everyone has as many keypoints.
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
    frames, n_frames, notes = frames_of(chain(images, (i.image for i in instances)))
    return Raw(
        frame=np.array([frames[i.image] for i in instances]),
        keypoints=np.stack([i.keypoints for i in instances]),
        n_frames=n_frames,
        ids=np.array([i.id for i in instances]),
        size=size,
        notes=notes,
    )


def triples(points: Any, where: str, scores: Any = None) -> np.ndarray:
    """Keypoints from a list x, y, confidence, x, …, or a list of lists of two or three numbers.

    Args:
        points: from JSON; null stands for what is not known.
        where: names the file and the place in an error.
        scores: list of confidences, for points x, y; they are 1 without it.

    Returns:
        [n_keypoints, 3] x, y and confidence; NaN for null.

    Raises:
        DataError: it is something else.
    """
    _require(isinstance(points, list), where, "a list of keypoints", points)
    nested = bool(points) and all(isinstance(p, list) for p in points)
    width = len(points[0]) if nested else 3
    if nested:
        _require(width in (2, 3), where, "keypoints x, y or x, y, confidence", points[0])
        odd = next((p for p in points if len(p) != width), None)
        _require(odd is None, where, f"keypoints of {width} numbers", odd)
        points = list(chain.from_iterable(points))
    _require(len(points) % width == 0, where, "keypoints x, y, confidence", points)
    array = _numbers(points, where).reshape(-1, width)
    if width == 3:
        if scores is not None:
            raise DataError(f"{where}: keypoints in 3D, expected x, y in pixels")
        return array
    confidence = np.ones(len(array)) if scores is None else _numbers(scores, where)
    if len(confidence) != len(array):
        raise DataError(f"{where}: {len(array)} keypoints, but {len(confidence)} scores")
    return np.column_stack([array, confidence])


def person_id(value: Any) -> int:
    """A person's number from JSON, alone or in a list; −1 if it is none."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    known = isinstance(value, int | float) and 0 <= value < _MAX_ID and value == int(value)
    return int(value) if known else -1


def image_of(value: Any, where: str) -> Image:
    """An image's number or name from JSON. Raises DataError for anything else."""
    known = isinstance(value, int | str) and not isinstance(value, bool)
    _require(known, where, "the number or the name of an image", value)
    return value


def objects(value: Any, where: str, what: str) -> list[dict]:
    """A list of JSON objects. Raises DataError for anything else."""
    _require(isinstance(value, list), where, f"a list of {what}", value)
    odd = next((item for item in value if not isinstance(item, dict)), {})
    _require(odd == {}, where, f"{what} {{...}}", odd)
    return value


def _numbers(values: Any, where: str) -> np.ndarray:
    _require(isinstance(values, list), where, "a list of numbers", values)
    odd = next((v for v in values if type(v) not in _NUMBERS), None)
    _require(odd is None, where, "numbers", odd)
    return np.array(values, dtype=np.float64)


def _require(holds: bool, where: str, expected: str, found: Any) -> None:
    if not holds:
        raise DataError(f"{where}: expected {expected}, got {shown(found)}")


def shown(value: Any) -> str:
    """A JSON value in a few words, for a message."""
    if isinstance(value, dict):
        return f"an object with {list(value)[:5]!r:.80}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return repr(value)[:40]
