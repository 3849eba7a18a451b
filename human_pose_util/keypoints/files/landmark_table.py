"""Tables (CSV) of landmarks: a row for each frame, or for each landmark of a frame.

A row of a frame has columns such as "nose_x", "nose_y", "nose_visibility", or "x1", "y1", "z1",
"v1"; a row of a landmark has columns such as "frame", "landmark", "x", "y", "visibility".
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.files.table import number, rows_of
from human_pose_util.keypoints.image_names import Frames, ImageName
from human_pose_util.keypoints.image_times import frames_of_times
from human_pose_util.keypoints.instances import Instance, collect, parse_person_id

_CONFIDENCES = ("v", "vis", "visibility", "conf", "confidence", "score", "likelihood", "c", "p")
_AXES = {"x": 0, "y": 1, **dict.fromkeys(_CONFIDENCES, 2)}
_AXIS = "|".join(sorted(_AXES, key=len, reverse=True))
_LAST = re.compile(rf"(.*[^a-zA-Z]|)({_AXIS})$", re.IGNORECASE)
_FIRST = re.compile(rf"({_AXIS})(\d+|[ _.:-]+.+)$", re.IGNORECASE)
_NUMBER = r"([ _]?(id|idx|index|no|num|number|name))?$"
_KINDS = {
    "frame": re.compile(rf"frame{_NUMBER}"),
    "image": re.compile(rf"(image|img|file){_NUMBER}"),
    "film": re.compile(rf"(video|film|movie|clip){_NUMBER}"),
    "ms": re.compile(r"(time.*[ _(.])?ms\)?$|milliseconds?$"),
    "time": re.compile(r"time|ms$|milliseconds?$"),
    "landmark": re.compile(rf"(landmark|keypoint|joint|bodypart|point|kp|part)s?{_NUMBER}|name$"),
    "person": re.compile(rf"(person|track|pose|people|player|subject|individual)s?{_NUMBER}"),
    # It may number the people of each image anew, the rows, or the landmarks a second time.
    "detection": re.compile(rf"(detection|instance){_NUMBER}|id$"),
    "type": re.compile(r"type$"),
}
_UNIT = re.compile(r"[ _]?\(?(px|pixels?)\)?$", re.IGNORECASE)  # after the name of a column
SECOND = 1_000_000  # µs

_COMMON_PREFIX = re.compile(r"(.*?)[ _.:-]*(\d+)$")

Columns = dict[tuple[str, int], int]
"""Column of each value of each landmark, by the landmark's name and the place of the value."""

Person = tuple[ImageName, dict[str, list[float]], int]
"""An image, the landmarks of a person in it by name, and the number of the person."""


def _wide(header: Sequence[str]) -> Columns:
    """The columns of landmarks in the header of a table with a row for each frame."""
    found: Columns = {}
    for i, cell in enumerate(header):
        title = _UNIT.sub("", cell.strip())
        if match := _LAST.match(title):
            name, axis = match[1], match[2]
        elif match := _FIRST.match(title):
            axis, name = match[1], match[2]
        else:
            continue
        name = name.strip(" _.:-")
        if name and "world" not in title.lower():
            found.setdefault((name, _AXES[axis.lower()]), i)
    names = {name for name, _ in found}
    complete = {name for name in names if {(name, 0), (name, 1)} <= set(found)}
    return {key: i for key, i in found.items() if key[0] in complete}


def _long(header: Sequence[str]) -> dict[str, int]:
    """The columns of a table with a row for each landmark by what they hold."""
    found: dict[str, int] = {}
    for i, cell in enumerate(header):
        title = cell.strip().lower()
        for kind, pattern in _KINDS.items():
            if pattern.match(title):
                found.setdefault(kind, i)
        title = _UNIT.sub("", title)
        if title in _AXES:
            found.setdefault("xyv"[_AXES[title]], i)
    return found


def _is_long(columns: dict[str, int]) -> bool:
    moments = {"frame", "image", "time"}
    return {"landmark", "x", "y"} <= set(columns) and bool(moments & set(columns))


def _recognise(source: Source) -> bool:
    if source.kind != "table":
        return False
    rows = rows_of(source)
    return bool(rows) and (_is_long(_long(rows[0])) or len(_wide(rows[0])) >= 10)


def _read(source: Source) -> RawDetections:
    header, *rows = rows_of(source)
    where = str(source.path)
    columns = _one_film(_long(header), rows, where)
    if _is_long(columns):
        persons, images, names = _read_long(columns, rows, where)
    else:
        persons, images, names = _read_wide(_wide(header), columns, rows)
    order, joints = _order(names)
    if not order:
        raise DataError(f"{source.path}: the table has no landmarks")
    frames, film = _frames_of_times(images) if _is_by_time(columns, rows) else ({}, {})
    chosen = []
    for image, points, person in persons:
        keypoints = np.full((len(order), 3), np.nan)
        for column, name in enumerate(order):
            if name in points:
                keypoints[column] = points[name]
        chosen.append(Instance(frames.get(image, image), keypoints, person))
    images = [frames.get(image, image) for image in images]
    return collect(chosen, images, where, names=joints, **film)


def _one_film(columns: dict[str, int], rows: list[list[str]], where: str) -> dict[str, int]:
    """The columns, without names of images where numbers of frames or times tell more.

    A column such as "file" names the image, or the film, of which the rows show several images.

    Raises:
        DataError: the rows show several films: the frames or the times start again.
    """
    moment = next((kind for kind in ("frame", "ms", "time") if kind in columns), None)
    if moment is None:
        return columns
    for kind in {"film", "image"} & set(columns):
        names: dict[str, str] = {}
        for row in rows:
            name = _cell(row, columns, kind)
            if (first := names.setdefault(_cell(row, columns, moment), name)) != name:
                raise DataError(
                    f"{where} holds several films, like {first!r:.40} and {name!r:.40}: split it "
                    "into a file for each"
                )
    n_moments, n_images = (
        len({_cell(row, columns, kind) for row in rows}) for kind in (moment, "image")
    )
    is_needed = moment != "frame" and n_images >= n_moments
    return columns if is_needed else {k: i for k, i in columns.items() if k != "image"}


def _is_by_time(columns: dict[str, int], rows: list[list[str]]) -> bool:
    """Whether times tell the images, and are numbers."""
    times = (number(_cell(row, columns, "time")) for row in rows)
    return not {"frame", "image"} & set(columns) and any(map(np.isfinite, times))


def _frames_of_times(times: list[ImageName]) -> tuple[Frames, dict[str, Any]]:
    """The frames of times [µs], and what they tell of the film; milliseconds where steps differ."""
    ordered = sorted({time for time in times if isinstance(time, int)})
    found = frames_of_times(ordered)
    if found is None:
        return {time: round(time / 1000) for time in ordered}, {}
    frames, step = found
    film: dict[str, Any] = {"notes": ("the rows of the table are by time",)}
    if step < SECOND:
        fps = SECOND / step
        film = {"fps": fps, "notes": (f"{film['notes'][0]}: {fps:.4g} frames per second",)}
    return dict(zip(ordered, frames, strict=True)), film


def _read_wide(
    columns: Columns, others: dict[str, int], rows: list[list[str]]
) -> tuple[list[Person], list, list[str]]:
    persons: list[Person] = []
    images = []
    for i, row in enumerate(rows):
        image = _image(row, others, i)
        images.append(image)
        points: dict[str, list[float]] = {}
        for (name, axis), column in columns.items():
            value = number(row[column]) if column < len(row) else np.nan
            points.setdefault(name, [np.nan, np.nan, 1.0])[axis] = value
        if any(np.isfinite(point).all() for point in points.values()):
            person = parse_person_id(number(_cell(row, others, "person")))
            persons.append((image, points, person))
    return persons, images, list(dict.fromkeys(name for name, _ in columns))


class _Point(NamedTuple):
    """A row of a table with a row for each landmark; `person` and `detection` are "" for none."""

    image: ImageName
    person: str
    detection: str
    landmark: str
    values: list[float]


def _read_long(
    columns: dict[str, int], rows: list[list[str]], where: str
) -> tuple[list[Person], list, list[str]]:
    if "type" in columns:  # MediaPipe's holistic landmarks: face, hands and pose
        rows = [row for row in rows if row[columns["type"] :][:1] == ["pose"]] or rows
    fewest = max(columns.values())
    points = [_point(row, columns, i) for i, row in enumerate(rows) if len(row) > fewest]
    # Detections are people only where landmarks repeat, and where one has several landmarks.
    landmarks, detections = {(*p[:2], p.landmark) for p in points}, {p[:3] for p in points}
    if len(points) in (len(landmarks), len(detections)):
        points = [point._replace(detection="") for point in points]
    found: dict[tuple[ImageName, str, str], dict[str, list[float]]] = {}
    for point in points:
        own = found.setdefault(point[:3], {})
        if point.landmark in own:
            raise DataError(
                f"{where}: two rows have {point.landmark!r:.40} in image {point.image!r:.40}: a "
                "column 'person' has to tell people apart"
            )
        own[point.landmark] = point.values
    persons = [(key[0], own, parse_person_id(number(key[1]))) for key, own in found.items()]
    return (
        persons,
        [image for image, _, _ in found],
        list(dict.fromkeys(p.landmark for p in points)),
    )


def _point(row: list[str], columns: dict[str, int], i: int) -> _Point:
    """The landmark in a row of a table, the i-th."""
    person, detection, landmark = (
        _cell(row, columns, kind) for kind in ("person", "detection", "landmark")
    )
    x, y = (number(row[columns[axis]]) for axis in "xy")
    confidence = number(row[columns["v"]]) if "v" in columns else 1.0
    return _Point(_image(row, columns, i), person, detection, landmark, [x, y, confidence])


def _image(row: list[str], columns: dict[str, int], i: int) -> ImageName:
    """The number or the name of the image in a row, or its time [µs], or the row's place."""
    kind = "frame" if "frame" in columns else "image"
    if columns.get(kind, len(row)) >= len(row):
        name, second = ("ms", SECOND // 1000) if "ms" in columns else ("time", SECOND)
        time = number(_cell(row, columns, name))
        return round(second * time) if abs(time) < 1e14 else i
    cell = row[columns[kind]].strip()
    value = number(cell)
    return int(value) if np.isfinite(value) and value == int(value) else cell


def _cell(row: list[str], columns: dict[str, int], kind: str) -> str:
    """The text in the column of a kind; "" where the table or the row has no such column."""
    return row[columns[kind]].strip() if columns.get(kind, len(row)) < len(row) else ""


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


FORMAT = Format(
    "landmarks",
    _recognise,
    _read,
)
