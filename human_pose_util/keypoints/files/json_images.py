"""The images in the JSON of a film: alone, in a list or by name, and in objects around them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from human_pose_util.errors import DataError
from human_pose_util.keypoints.image_names import ImageName

Images = list[tuple[ImageName, Any]]
"""Names of images, and what a file holds of them; None for an image that shows nobody."""

_NAME_KEYS = (
    *("image_id", "frame_id", "frame_index", "frameIndex", "frame_number", "frame", "image"),
    *("image_name", "file_name", "filename", "image_path", "timestamp_ms", "timestamp"),
)
_LONGEST_WRAPPER = 50  # keys of an object around the frames or around one frame


def images_in(content: Any, holds: Callable[[Any], bool], path: Path) -> Images | None:
    """The images in the value of a JSON file.

    Args:
        content: the value.
        holds: whether a JSON value is what the format has for an image.
        path: the file, for error messages.

    Returns:
        The images in their order; None if there are none.

    Raises:
        DataError: some images are what `holds` expects, and others are not.
    """
    if holds(content):
        return [(0, content)]
    if isinstance(content, list):
        return _in_order(content, holds, path)
    if not isinstance(content, dict):
        return None
    if (named := images_by_name(content, holds, path)) is not None:
        return named
    for key, value in list(content.items())[:_LONGEST_WRAPPER]:
        if isinstance(value, list) and not _is_3d(key):
            images = _in_order(value, holds, path)
            if images is not None:
                return images
    return None


def _in_order(items: list, holds: Callable[[Any], bool], path: Path) -> Images | None:
    """The images in a list, each alone or in an object that names it."""
    images: Images = []
    for i, item in enumerate(items):
        value = _value(item, holds)
        if value is _OTHER:
            if all(earlier is None for _, earlier in images):
                return None
            raise DataError(f"{path}: frame {i} is not like the frames before it")
        images.append((_name(item, i), value))
    return images if any(value is not None for _, value in images) else None


def images_by_name(content: dict, holds: Callable[[Any], bool], path: Path) -> Images | None:
    """The images in an object from names to images; the arguments are those of `images_in`.

    Returns:
        The images in their order; None if the object holds something else.

    Raises:
        DataError: some images are what `holds` expects, and others are not.
    """
    images: Images = []
    for name, item in content.items():
        value = _value(item, holds)
        if value is _OTHER:
            if any(earlier is not None for _, earlier in images) and "." in name:
                raise DataError(f"{path}: {name!r:.80} is not like the images before it")
            return None
        images.append((name, value))
    return images if any(value is not None for _, value in images) else None


_OTHER = object()  # a value that is no image


def _value(item: Any, holds: Callable[[Any], bool]) -> Any:
    """What a file holds of an image: the item, or a value in it; None for nobody."""
    if isinstance(item, str) and item[:1] in ("[", "{"):  # JSON in a string, as of Ultralytics
        try:
            item = json.loads(item)
        except (ValueError, RecursionError):
            return _OTHER
    if item is None or item == [] or item == {}:
        return None
    if holds(item):
        return item
    if not isinstance(item, dict) or len(item) > _LONGEST_WRAPPER:
        return _OTHER
    values = {key: value for key, value in item.items() if not _is_3d(key)}
    found = next((value for value in values.values() if holds(value)), _OTHER)
    if found is _OTHER and any(value in (None, []) for value in values.values()):
        return None
    return found


def _name(item: Any, i: int) -> ImageName:
    """The number or the name of an image in a list: as the item has it, else its place."""
    if not isinstance(item, dict):
        return i
    names = [item[key] for key in _NAME_KEYS if key in item]
    for name in names:
        if isinstance(name, int | str) and not isinstance(name, bool):
            return name
    return i


def _is_3d(key: str) -> bool:
    """Whether the key of an object promises points that are not in the image."""
    return "world" in key.lower() or "3d" in key.lower()
