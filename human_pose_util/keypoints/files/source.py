"""A file or a folder of keypoints, as the formats look at it."""

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
from human_pose_util.keypoints.files.json_images import Images, images_by_name, images_in
from human_pose_util.keypoints.image_names import natural_order
from human_pose_util.keypoints.json_file import load_json

Films = dict[str, Callable[[], RawDetections]]
"""The names of the films in a file, and what reads each of them. Raises DataError."""

Kind = Literal["folder", "npy", "npz", "table", "json"]
"""What a path leads to."""

ENDING = "_keypoints"
"""The end of the names of OpenPose's files, before ".json"."""

_UNREADABLE = {
    b"\x1f\x8b": "is compressed (gzip): unpack it first",
    b"\xff\xfe": "is UTF-16: save it as UTF-8",
    b"\xfe\xff": "is UTF-16: save it as UTF-8",
}
"""The first bytes of files that hold text in another form than UTF-8 → what to do."""

_TABLE = re.compile(
    rb"(?:\xef\xbb\xbf)?+(?:[^\[{\"\n\r][^\n\r,;\t ]*+[,;\t ][^\n\r]*+[\n\r]"
    rb"|[-+.\d]+( [-+.\deE]+){4,}"
    rb"|\"(?>[^\n\r]*?\"[,;\t]\")[^\n\r]*+[\n\r])"  # as R quotes the names of columns
)
"""The first line of a table; it never looks twice at a part of a line, however long that is."""


@dataclass(frozen=True)
class Source:
    """A file or a folder of keypoints.

    Attributes:
        path: the file or the folder.
    """

    path: Path

    @cached_property
    def kind(self) -> Kind:
        """What the path leads to.

        Raises:
            DataError: the file is missing or out of reach.
        """
        if self.path.is_dir():
            return "folder"
        for kind, magic in (("npy", b"\x93NUMPY"), ("npz", b"PK")):
            if self.data.startswith(magic):
                return kind  # type: ignore[return-value]
        return "table" if _TABLE.match(self.data) else "json"

    @cached_property
    def data(self) -> bytes:
        """The content of the file.

        Raises:
            DataError: the file is missing, out of reach, compressed or in UTF-16.
        """
        return _read(self.path)

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
        paths = [path for path in paths if path.stem.endswith(ENDING)] or paths
        return {path.stem: load_json(_read(path), path) for path in paths}

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
        if holds not in self._images:
            self._images[holds] = self._images_that(holds)
        return self._images[holds]

    @cached_property
    def _images(self) -> dict[Callable[[Any], bool], Images | None]:
        """The answers of `images`: a format recognises a file by them, and then reads them."""
        return {}

    def _images_that(self, holds: Callable[[Any], bool]) -> Images | None:
        """What `images` finds."""
        if self.kind == "folder":
            return images_by_name(self.json_members, holds, self.path)
        return images_in(self.json, holds, self.path) if self.kind == "json" else None


@dataclass(frozen=True)
class Format:
    """A format of keypoint files.

    Attributes:
        name: one of `FORMATS`, which callers may demand.
        recognise: whether a source has the format.
        read: the people in a source of the format, or, where it may hold several films, the films.
            Raises DataError.
        synonyms: names of formats that files of this one may be called as well.
    """

    name: str
    recognise: Callable[[Source], bool]
    read: Callable[[Source], RawDetections | Films]
    synonyms: tuple[str, ...] = ()


def _read(path: Path) -> bytes:
    """The content of a file; DataError if its text is compressed or in UTF-16."""
    data = read_file(path)
    for start, problem in _UNREADABLE.items():
        if data.startswith(start):
            raise DataError(f"{path} {problem}")
    return data
