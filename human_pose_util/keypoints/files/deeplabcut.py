"""DeepLabCut's CSV: rows for the scorer, the individuals if there are several, body parts, coords.

Below them is a row for each image, with its number or the parts of its name in the first columns.
"""

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.files.table import number, rows_of
from human_pose_util.keypoints.image_names import ImageName
from human_pose_util.keypoints.instances import Instance, collect

import numpy as np

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
    coords = [cell.strip().lower() for cell in headers["coords"]]
    columns = [i for i, cell in enumerate(coords) if cell in _VALUES and i < len(headers["bodyparts"])]
    if not columns:
        raise DataError(f"{source.path}: the row coords has no x and y")
    first = columns[0]
    individuals = headers.get("individuals", ["animal"] * len(coords))
    parts = list(dict.fromkeys(headers["bodyparts"][i].strip() for i in columns))
    people = list(dict.fromkeys(individuals[i] for i in columns if i < len(individuals)))
    persons, images = [], []
    for row in rows[len(headers) :]:
        image = _image(row[:first])
        images.append(image)
        points = np.full((len(people), len(parts), 3), np.nan)
        points[..., 2] = 1.0  # labels have no likelihood
        for i in columns:
            if i < min(len(row), len(individuals)):
                person, part = people.index(individuals[i]), parts.index(headers["bodyparts"][i].strip())
                points[person, part, _VALUES[coords[i]]] = number(row[i])
        persons += [Instance(image, p, i) for i, p in enumerate(points) if np.isfinite(p).all(1).any()]
    return collect(persons, images, str(source.path), names=tuple(parts))


def _image(cells: list[str]) -> ImageName:
    """The number or the name of an image, of which labels have the folders in cells of their own."""
    name = "/".join(cell.strip() for cell in cells if cell.strip())
    return int(name) if name.isdecimal() and len(name) < 18 else name


FORMAT = Format(
    "deeplabcut",
    _recognise,
    _read,
)
