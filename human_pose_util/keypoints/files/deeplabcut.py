"""DeepLabCut's CSV: rows for the scorer, the individuals if there are several, body parts, coords.

Below them is a row for each image, with its number or the parts of its name in the first columns.
"""

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.files.table import number, rows_of
from human_pose_util.keypoints.image_names import ImageName
from human_pose_util.keypoints.instances import Instance, collect

_HEADERS = ("scorer", "individuals", "bodyparts", "coords")
_VALUES = {"x": 0, "y": 1, "likelihood": 2}


def _recognise(source: Source) -> bool:
    return source.kind == "table" and source.data[:7].lower() in (b"scorer,", b"scorer;")


def _read(source: Source) -> RawDetections:
    rows = rows_of(source)
    headers = {row[0].strip().lower(): row for row in rows[: len(_HEADERS)]}
    headers = {name: row for name, row in headers.items() if name in _HEADERS}
    missing = [name for name in ("bodyparts", "coords") if name not in headers]
    if missing:
        raise DataError(f"{source.path}: the rows of DeepLabCut's header lack {missing[0]}")
    bodyparts, coords = ([c.strip() for c in headers[n]] for n in ("bodyparts", "coords"))
    individuals = headers.get("individuals", [""] * len(coords))
    columns = [
        (i, individuals[i], bodyparts[i], _VALUES[coord.lower()])
        for i, coord in enumerate(coords[: min(len(bodyparts), len(individuals))])
        if coord.lower() in _VALUES
    ]
    if not columns:
        raise DataError(f"{source.path}: the row coords has no x and y")
    people = {person: i for i, person in enumerate(dict.fromkeys(c[1] for c in columns))}
    parts = {part: i for i, part in enumerate(dict.fromkeys(c[2] for c in columns))}
    persons, images = [], []
    for row in rows[len(headers) :]:
        images.append(_image(row[: columns[0][0]]))
        points = np.full((len(people), len(parts), 3), np.nan)
        points[..., 2] = 1.0  # labels have no likelihood
        for i, person, part, value in columns:
            points[people[person], parts[part], value] = number(row[i]) if i < len(row) else np.nan
        seen = np.isfinite(points).all(axis=2).any(axis=1)
        for person_id in np.flatnonzero(seen).tolist():
            track = person_id if len(people) > 1 else -1
            persons.append(Instance(images[-1], points[person_id], track))
    return collect(persons, images, str(source.path), names=tuple(parts))


def _image(cells: list[str]) -> ImageName:
    """The number or the name of an image; labels have its folders in cells of their own."""
    name = "/".join(cell.strip() for cell in cells if cell.strip())
    return int(name) if name.isdecimal() and len(name) < 18 else name


FORMAT = Format("deeplabcut", _recognise, _read)
