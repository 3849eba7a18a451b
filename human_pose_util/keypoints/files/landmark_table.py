"""Tables (CSV) of landmarks: a row for each frame, or for each landmark of a frame.

A row of a frame has columns such as "nose_x", "nose_y", "nose_visibility", or "x1", "y1", "z1",
"v1"; a row of a landmark has columns such as "frame", "landmark", "x", "y", "visibility".
"""

import re
from typing import Any, NamedTuple

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.files.table import number, rows_of
from human_pose_util.keypoints.files.table_columns import (
    Columns,
    WideColumns,
    cell_of,
    columns_by_kind,
    is_long,
    wide_columns,
)
from human_pose_util.keypoints.image_names import Frames, ImageName
from human_pose_util.keypoints.image_times import MICROSECONDS_PER_SECOND, frames_of_times
from human_pose_util.keypoints.instances import Instance, collect, parse_person_id

FEWEST_VALUES = 10
"""Number of values of landmarks in a row, as x and y of five; fewer may be any table."""

LARGEST_TIME = 1e14
"""A larger number in a column of times is a broken cell: it is 3000 years in milliseconds."""

_COMMON_PREFIX = re.compile(r"(.*?)[ _.:-]*(\d+)$")

_Landmarks = dict[str, list[float]]
"""Name of a landmark → its x, y and confidence."""


class _Content(NamedTuple):
    """What the rows of a table hold.

    Attributes:
        people: the image, the landmarks and the number of each person in each image.
        images: the images, images without people among them.
        names: the names of the landmarks.
    """

    people: list[tuple[ImageName, _Landmarks, int]]
    images: list[ImageName]
    names: list[str]


def _recognise(source: Source) -> bool:
    """Whether the titles of a table are those of landmarks."""
    if source.kind != "table":
        return False
    rows = rows_of(source)
    return bool(rows) and (
        is_long(columns_by_kind(rows[0])) or len(wide_columns(rows[0])) >= FEWEST_VALUES
    )


def _read(source: Source) -> RawDetections:
    """The people of a table.

    Raises:
        DataError: the table holds several films or no landmarks, or people are not told apart.
    """
    header, *rows = rows_of(source)
    where, columns = str(source.path), columns_by_kind(header)
    if moment := next((kind for kind in ("frame", "ms", "time") if kind in columns), None):
        _refuse_several_films(columns, moment, rows, where)
        columns = _without_useless_images(columns, moment, rows)
    if is_long(columns):
        content = _read_long(columns, rows, where)
    else:
        content = _read_wide(wide_columns(header), columns, rows)
    order, joints = _order(content.names)
    if not order:
        raise DataError(f"{source.path}: the table has no landmarks")
    is_by_time = _is_by_time(columns, rows)
    frames, film = _film_of_times(content.images) if is_by_time else ({}, {})
    chosen = []
    for image, points, person in content.people:
        keypoints = np.full((len(order), 3), np.nan)
        for column, name in enumerate(order):
            if name in points:
                keypoints[column] = points[name]
        chosen.append(Instance(frames.get(image, image), keypoints, person))
    images = [frames.get(image, image) for image in content.images]
    return collect(chosen, images, where, names=joints, **film)


def _refuse_several_films(columns: Columns, moment: str, rows: list[list[str]], where: str) -> None:
    """Raise DataError where frames or times, of the kind `moment`, start again with a new name."""
    for kind in {"film", "image"} & set(columns):
        names: dict[str, str] = {}
        for row in rows:
            name = cell_of(row, columns, kind)
            if (first := names.setdefault(cell_of(row, columns, moment), name)) != name:
                raise DataError(
                    f"{where} holds several films, like {first!r:.40} and {name!r:.40}: split it "
                    "into a file for each"
                )


def _without_useless_images(columns: Columns, moment: str, rows: list[list[str]]) -> Columns:
    """The columns, without names of images where frames or times, of the kind `moment`, tell more.

    A column such as "file" names the image, or the film, of which the rows show several images.
    """
    n_moments, n_images = (
        len({cell_of(row, columns, kind) for row in rows}) for kind in (moment, "image")
    )
    is_needed = moment != "frame" and n_images >= n_moments
    return columns if is_needed else {k: i for k, i in columns.items() if k != "image"}


def _is_by_time(columns: Columns, rows: list[list[str]]) -> bool:
    """Whether times tell the images, and are numbers."""
    times = (number(cell_of(row, columns, "time")) for row in rows)
    return not {"frame", "image"} & set(columns) and any(map(np.isfinite, times))


def _film_of_times(times: list[ImageName]) -> tuple[Frames, dict[str, Any]]:
    """The frames of times [µs], and what they tell of the film; milliseconds where steps differ."""
    ordered = sorted({time for time in times if isinstance(time, int)})
    found = frames_of_times(ordered)
    if found is None:
        return {time: round(time / 1000) for time in ordered}, {}
    frames, step = found
    film: dict[str, Any] = {"notes": ("the rows of the table are by time",)}
    if step < MICROSECONDS_PER_SECOND:
        fps = MICROSECONDS_PER_SECOND / step
        film = {"fps": fps, "notes": (f"{film['notes'][0]}: {fps:.4g} frames per second",)}
    return dict(zip(ordered, frames, strict=True)), film


def _read_wide(columns: WideColumns, others: Columns, rows: list[list[str]]) -> _Content:
    """The content of a table with a row for each frame, or for each person of a frame.

    Args:
        columns: those of landmarks.
        others: the other columns.
        rows: the rows below the header.
    """
    people, images = [], []
    for i, row in enumerate(rows):
        image = _image(row, others, i)
        images.append(image)
        points: _Landmarks = {}
        for (name, axis), column in columns.items():
            value = number(row[column]) if column < len(row) else np.nan
            points.setdefault(name, [np.nan, np.nan, 1.0])[axis] = value
        if any(np.isfinite(point).all() for point in points.values()):
            person = parse_person_id(number(cell_of(row, others, "person")))
            people.append((image, points, person))
    return _Content(people, images, list(dict.fromkeys(name for name, _ in columns)))


class _Point(NamedTuple):
    """A row of a table with a row for each landmark; `person` and `detection` are "" for none."""

    image: ImageName
    person: str
    detection: str
    landmark: str
    values: list[float]


def _read_long(columns: Columns, rows: list[list[str]], where: str) -> _Content:
    """The content of a table with a row for each landmark.

    Raises:
        DataError: an image has a landmark twice, and nothing tells people apart.
    """
    if "type" in columns:  # MediaPipe's holistic landmarks: face, hands and pose
        rows = [row for row in rows if row[columns["type"] :][:1] == ["pose"]] or rows
    fewest = max(columns.values())
    points = [_point(row, columns, i) for i, row in enumerate(rows) if len(row) > fewest]
    # Detections are people only where landmarks repeat, and where one has several landmarks.
    landmarks, detections = {(*p[:2], p.landmark) for p in points}, {p[:3] for p in points}
    if len(points) in (len(landmarks), len(detections)):
        points = [point._replace(detection="") for point in points]
    found: dict[tuple[ImageName, str, str], _Landmarks] = {}
    for point in points:
        own = found.setdefault(point[:3], {})
        if point.landmark in own:
            raise DataError(
                f"{where}: two rows have {point.landmark!r:.40} in image {point.image!r:.40}: a "
                "column 'person' has to tell people apart"
            )
        own[point.landmark] = point.values
    people = [(key[0], own, parse_person_id(number(key[1]))) for key, own in found.items()]
    names = list(dict.fromkeys(point.landmark for point in points))
    return _Content(people, [image for image, _, _ in found], names)


def _point(row: list[str], columns: Columns, i: int) -> _Point:
    """The landmark in a row of a table, the i-th."""
    person, detection, landmark = (
        cell_of(row, columns, kind) for kind in ("person", "detection", "landmark")
    )
    x, y = (number(row[columns[axis]]) for axis in "xy")
    confidence = number(row[columns["v"]]) if "v" in columns else 1.0
    return _Point(_image(row, columns, i), person, detection, landmark, [x, y, confidence])


def _image(row: list[str], columns: Columns, i: int) -> ImageName:
    """The number or the name of the image in a row, or its time [µs], or the row's place."""
    kind = "frame" if "frame" in columns else "image"
    if columns.get(kind, len(row)) >= len(row):
        name, unit = ("ms", 1000) if "ms" in columns else ("time", MICROSECONDS_PER_SECOND)
        time = number(cell_of(row, columns, name))
        return round(unit * time) if abs(time) < LARGEST_TIME else i
    cell = row[columns[kind]].strip()
    value = number(cell)
    return int(value) if np.isfinite(value) and value == int(value) else cell


def _order(names: list[str]) -> tuple[list[str], tuple[str, ...] | None]:
    """The landmarks in their order, and their names; None for landmarks with numbers.

    Numbers may follow a word, as in "pose_12". Of several such words (hands and faces have their
    own), the one that says "pose" or "body" counts, or else the first.
    """
    matches = {name: _COMMON_PREFIX.match(name) for name in names}
    if not all(matches.values()):
        return names, tuple(names)
    by_prefix: dict[str, list[tuple[int, str]]] = {}
    for name, match in matches.items():
        if match:
            by_prefix.setdefault(match[1].lower(), []).append((int(match[2]), name))
    chosen = next((p for p in by_prefix if "pose" in p or "body" in p), next(iter(by_prefix), ""))
    return [name for _, name in sorted(by_prefix.get(chosen, []))], None


FORMAT = Format("landmarks", _recognise, _read)
