"""A file or a folder of keypoints, as the formats look at it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from human_pose_util.errors import DataError
from human_pose_util.files.npz import load_npz
from human_pose_util.files.reading import read_file
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.image_names import ImageName, natural_order
from human_pose_util.keypoints.json_file import load_json

Kind = Literal["folder", "npy", "npz", "table", "json"]
"""What a path leads to."""

Images = list[tuple[ImageName, Any]]
"""Names of images, and what a file holds of them; None for an image that shows nobody."""

_TABLE = re.compile(rb"[^\[{\"\n\r][^\n\r]*[,;\t ][^\n\r]*[\n\r]|[-+.\d]+( [-+.\deE]+){4,}")
_NAME_KEYS = (
    *("image_id", "frame_id", "frame_index", "frameIndex", "frame_number", "frame", "image"),
    *("image_name", "file_name", "filename", "image_path", "timestamp_ms", "timestamp"),
)
_LONGEST_WRAPPER = 50  # keys of an object around the frames or around one frame


@dataclass(frozen=True)
class Source:
    """A file or a folder of keypoints.

    Attributes:
        path: the file or the folder.
        film: the name of the film to read, where the file holds several; None for the only one.
    """

    path: Path
    film: str | None = None

    @cached_property
    def kind(self) -> Kind:
        """What the path leads to.

        Raises:
            DataError: the file is missing or out of reach.
        """
        if self.path.is_dir():
            return "folder"
        start = self.data[:4096]
        for kind, magic in (("npy", b"\x93NUMPY"), ("npz", b"PK")):
            if start.startswith(magic):
                return kind  # type: ignore[return-value]
        return "table" if _TABLE.match(start.removeprefix(b"\xef\xbb\xbf")) else "json"

    @cached_property
    def data(self) -> bytes:
        """The content of the file.

        Raises:
            DataError: the file is missing or out of reach.
        """
        return read_file(self.path)

    @cached_property
    def json(self) -> Any:
        """The value in a JSON file; None for any other file.

        Raises:
            DataError: the file is no JSON.
        """
        return load_json(self.data, self.path) if self.kind == "json" else None

    @cached_property
    def npz(self) -> dict[str, Any]:
        """The values in an `.npz` file by name.

        Raises:
            DataError: the file is damaged, or would run code.
        """
        return load_npz(self.path)

    @cached_property
    def members(self) -> list[Path]:
        """The files in a folder, in the order of their names, without hidden ones."""
        paths = [p for p in self.path.iterdir() if p.is_file() and not p.name.startswith(".")]
        return sorted(paths, key=lambda path: natural_order(path.name))

    @cached_property
    def json_members(self) -> dict[str, Any]:
        """The names without ending of the JSON files in a folder, and the values in the files.

        Raises:
            DataError: a file is no JSON.
        """
        paths = [path for path in self.members if path.suffix == ".json"]
        paths = [path for path in paths if path.stem.endswith("_keypoints")] or paths
        return {path.stem: load_json(read_file(path), path) for path in paths}

    def images(self, holds: Callable[[Any], bool]) -> Images | None:
        """What a file or a folder holds of each image; None if it holds something else.

        A folder has a JSON file for each image. A file holds a single image, a list of images, or
        an object with the images by name; an image may be in an object that names it, and the
        whole list in an object that says more of the film.

        Args:
            holds: whether a JSON value is what the format has for an image.

        Raises:
            DataError: some images are what `holds` expects, and others are not.
        """
        if self.kind == "folder":
            return _by_name(self.json_members, holds, self.path)
        return _images(self.json, holds, self.path) if self.kind == "json" else None


@dataclass(frozen=True)
class Format:
    """A format of keypoint files.

    Attributes:
        name: the name for `--format`.
        recognise: whether a source has the format.
        read: the people in a source of the format. Raises DataError.
        synonyms: names of formats that files of this one may be called as well.
    """

    name: str
    recognise: Callable[[Source], bool]
    read: Callable[[Source], RawDetections]
    synonyms: tuple[str, ...] = ()


def choose_film(source: Source, films: list[str], flag: str = "--film") -> str:
    """The name of the film to read: the only one, or the one that the user names.

    Args:
        source: the file, and the user's choice.
        films: the names of the films in the file.
        flag: how the user names a film, for error messages.

    Raises:
        DataError: there are several films and no choice, or none has the name.
    """
    listing = ", ".join(f"{film!r:.80}" for film in films[:5])
    listing += f" and {len(films) - 5} more" if len(films) > 5 else ""
    if source.film is None and len(films) == 1:
        return films[0]
    if source.film is None:
        what = f"{len(films)} films: {listing}; choose one with {flag} NAME" if films else "no film"
        raise DataError(f"{source.path} holds {what}")
    if source.film in films:
        return source.film
    near = [film for film in films if source.film in film]
    if len(near) == 1:
        return near[0]
    raise DataError(f"{source.path} holds no film {source.film!r:.80}: it has {listing}")


def _images(content: Any, holds: Callable[[Any], bool], path: Path) -> Images | None:
    """The images in the value of a JSON file; None if there are none."""
    if holds(content):
        return [(0, content)]
    if isinstance(content, list):
        return _in_order(content, holds, path)
    if not isinstance(content, dict):
        return None
    if (named := _by_name(content, holds, path)) is not None:
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
        value = _value(item, holds, path)
        if value is _OTHER:
            if all(earlier is None for _, earlier in images):
                return None
            raise DataError(f"{path}: frame {i} is not like the frames before it")
        images.append((_name(item, i), value))
    return images if any(value is not None for _, value in images) else None


def _by_name(content: dict, holds: Callable[[Any], bool], path: Path) -> Images | None:
    """The images in an object from names to images."""
    images: Images = []
    for name, item in content.items():
        value = _value(item, holds, path)
        if value is _OTHER:
            if any(earlier is not None for _, earlier in images) and "." in name:
                raise DataError(f"{path}: {name!r:.80} is not like the images before it")
            return None
        images.append((name, value))
    return images if any(value is not None for _, value in images) else None


_OTHER = object()  # a value that is no image


def _value(item: Any, holds: Callable[[Any], bool], path: Path) -> Any:
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
