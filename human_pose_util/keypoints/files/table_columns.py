"""What the columns of a table of landmarks hold, by their titles."""

import re
from collections.abc import Sequence

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
"""Titles by kind. A column may be of several kinds: "time_ms" is "time" and "ms"."""

_UNIT = re.compile(r"[ _]?\(?(px|pixels?)\)?$", re.IGNORECASE)  # after the name of a column

Columns = dict[str, int]
"""Kind of a column → its place, the first one of several."""

WideColumns = dict[tuple[str, int], int]
"""Column of each value of each landmark, by the landmark's name and the place of the value."""


def wide_columns(header: Sequence[str]) -> WideColumns:
    """The columns of landmarks in the header of a table with a row for each frame."""
    found: WideColumns = {}
    for i, cell in enumerate(header):
        title = _UNIT.sub("", cell.strip())
        if match := _LAST.match(title):
            name, axis = match[1], match[2]
        elif match := _FIRST.match(title):
            axis, name = match[1], match[2]
        else:
            continue
        name = name.strip(" _.:-")
        # MediaPipe's world landmarks are metres, not pixels.
        if name and "world" not in title.lower():
            found.setdefault((name, _AXES[axis.lower()]), i)
    names = {name for name, _ in found}
    complete = {name for name in names if {(name, 0), (name, 1)} <= set(found)}
    return {key: i for key, i in found.items() if key[0] in complete}


def columns_by_kind(header: Sequence[str]) -> Columns:
    """The columns in the header of a table by what they hold, beside the values of `wide_columns`.

    "x", "y" and "v", the confidence, are kinds of a table with a row for each landmark.
    """
    found: Columns = {}
    for i, cell in enumerate(header):
        title = cell.strip().lower()
        for kind, pattern in _KINDS.items():
            if pattern.match(title):
                found.setdefault(kind, i)
        title = _UNIT.sub("", title)
        if title in _AXES:
            found.setdefault("xyv"[_AXES[title]], i)
    return found


def is_long(columns: Columns) -> bool:
    """Whether a table has a row for each landmark, and tells the image of the row."""
    moments = {"frame", "image", "time"}
    return {"landmark", "x", "y"} <= set(columns) and bool(moments & set(columns))


def cell_of(row: list[str], columns: Columns, kind: str) -> str:
    """The text in the column of a kind; "" where the table or the row has no such column."""
    return row[columns[kind]].strip() if columns.get(kind, len(row)) < len(row) else ""
