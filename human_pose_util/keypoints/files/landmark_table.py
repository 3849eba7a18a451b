"""Tables (CSV) of landmarks: a row for each frame, or for each landmark of a frame.

A row of a frame has columns such as "nose_x", "nose_y", "nose_visibility", or "x1", "y1", "z1",
"v1"; a row of a landmark has columns such as "frame", "landmark", "x", "y", "visibility".
"""

import re
from collections.abc import Sequence

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.files.table import number, rows_of
from human_pose_util.keypoints.image_names import ImageName
from human_pose_util.keypoints.instances import Instance, collect, parse_person_id

_CONFIDENCES = ("v", "vis", "visibility", "conf", "confidence", "score", "likelihood", "c", "p")
_AXES = {"x": 0, "y": 1, **dict.fromkeys(_CONFIDENCES, 2)}
_AXIS = "|".join(sorted(_AXES, key=len, reverse=True))
_LAST = re.compile(rf"(.*[^a-zA-Z]|)({_AXIS})$", re.IGNORECASE)
_FIRST = re.compile(rf"({_AXIS})(\d+|[ _.:-]+.+)$", re.IGNORECASE)
_NUMBER = r"([ _]?(id|idx|index|no|num|number|name))?$"
_KINDS = {
    "frame": re.compile(rf"(frame|image|img|file){_NUMBER}"),
    "ms": re.compile(r"time.*[ _(.]ms\)?$|milliseconds?$"),
    "time": re.compile(r"time|milliseconds?$"),
    "landmark": re.compile(rf"(landmark|keypoint|joint|bodypart|point|kp|part)s?{_NUMBER}|name$"),
    "person": re.compile(rf"(person|track|pose|people|player|subject){_NUMBER}"),
    "type": re.compile(r"type$"),
}
_UNIT = re.compile(r"[ _]?\(?(px|pixels?)\)?$", re.IGNORECASE)  # after the name of a column
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
    return {"landmark", "x", "y"} <= set(columns) and bool({"frame", "time"} & set(columns))


def _recognise(source: Source) -> bool:
    if source.kind != "table":
        return False
    rows = rows_of(source)
    return bool(rows) and (_is_long(_long(rows[0])) or len(_wide(rows[0])) >= 10)


def _read(source: Source) -> RawDetections:
    header, *rows = rows_of(source)
    table = _read_long if _is_long(_long(header)) else _read_wide
    persons, images, names = table(header, rows)
    order, joints = _order(names)
    if not order:
        raise DataError(f"{source.path}: the table has no landmarks")
    chosen = []
    for image, points, person in persons:
        keypoints = np.full((len(order), 3), np.nan)
        for column, name in enumerate(order):
            if name in points:
                keypoints[column] = points[name]
        chosen.append(Instance(image, keypoints, person))
    return collect(chosen, images, str(source.path), names=joints)


def _read_wide(header: list[str], rows: list[list[str]]) -> tuple[list[Person], list, list[str]]:
    columns, others = _wide(header), _long(header)
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
            persons.append((image, points, _person(row, others)))
    return persons, images, list(dict.fromkeys(name for name, _ in columns))


def _read_long(header: list[str], rows: list[list[str]]) -> tuple[list[Person], list, list[str]]:
    columns = _long(header)
    found: dict[tuple[ImageName, int], dict[str, list[float]]] = {}
    names: dict[str, None] = {}
    if "type" in columns:  # MediaPipe's holistic landmarks: face, hands and pose
        rows = [row for row in rows if row[columns["type"] :][:1] == ["pose"]] or rows
    for i, row in enumerate(rows):
        if len(row) <= max(columns.values()):
            continue
        name = row[columns["landmark"]].strip()
        names.setdefault(name)
        key = _image(row, columns, i), _person(row, columns)
        confidence = number(row[columns["v"]]) if "v" in columns else 1.0
        point = [number(row[columns["x"]]), number(row[columns["y"]]), confidence]
        found.setdefault(key, {})[name] = point
    persons = [(image, points, person) for (image, person), points in found.items()]
    return persons, [image for image, _ in found], list(names)


def _image(row: list[str], columns: dict[str, int], i: int) -> ImageName:
    """The number or the name of the image in a row, or its time, or the row's place."""
    if "frame" not in columns or columns["frame"] >= len(row):
        name, second = ("ms", 1) if "ms" in columns else ("time", 1000)
        time = number(row[columns[name]]) if name in columns else np.nan
        return round(second * time) if abs(time) < 1e14 else i
    cell = row[columns["frame"]].strip()
    value = number(cell)
    return int(value) if np.isfinite(value) and value == int(value) else cell


def _person(row: list[str], columns: dict[str, int]) -> int:
    """The number of the person in a row; −1 for none."""
    return parse_person_id(number(row[columns["person"]])) if "person" in columns else -1


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
