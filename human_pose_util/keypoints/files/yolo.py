"""YOLO's label files: a text file for each image, a line for each person.

A line is the class, the box (x, y, width, height), the keypoints (x, y and visibility or
confidence, or x and y only), and, where Ultralytics was asked for them, the confidence of the
person and the number of its track. All coordinates are shares of the image's width and height.
"""

from pathlib import Path

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files.reading import read_file
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.instances import Instance, collect, parse_person_id
from human_pose_util.skeleton.keypoints import LAYOUTS

_BOX = 5  # numbers before the keypoints: class, x, y, width, height
_COUNTS = (*sorted({layout.n_keypoints for layout in LAYOUTS} - {17}), 17)
# The number of columns tells those of keypoints, of values of each, and of what follows. Of two
# possible forms the one with confidences counts, and the one with COCO's 17 keypoints.
_SHAPES = {
    _BOX + n * width + extra: (n, width, extra)
    for width in (2, 3)
    for n in _COUNTS
    for extra in (2, 1, 0)
}


def _label_files(source: Source) -> list[Path]:
    if source.kind == "folder":
        return [path for path in source.members if path.suffix == ".txt"]
    return [source.path] if source.kind == "table" else []


def _rows(path: Path) -> list[list[float]] | None:
    """The numbers in the lines of a file; None where they are no labels of people."""
    try:
        lines = read_file(path).decode("ascii").splitlines()
        rows = [[float(word) for word in line.split()] for line in lines if line.strip()]
    except ValueError:  # UnicodeDecodeError is one
        return None
    return rows if all(len(row) in _SHAPES for row in rows) else None


def _recognise(source: Source) -> bool:
    return any(_rows(path) for path in _label_files(source))


def _read(source: Source) -> RawDetections:
    paths = _label_files(source)
    persons: list[Instance] = []
    rows = {path: _rows(path) for path in paths}
    width = {len(row) for found in rows.values() for row in found or []}
    if len(width) > 1:
        raise DataError(f"{source.path}: lines have {min(width)} to {max(width)} numbers")
    n, values, extra = _SHAPES[width.pop()]
    everything = [row for found in rows.values() for row in found or []]
    numbers = [parse_person_id(row[-1]) for row in everything]
    has_ids = extra > 0 and min(numbers) >= 0
    has_ids &= extra == 2 or max(numbers) > 1
    for path, found in rows.items():
        if found is None:
            raise DataError(f"{path} is no file of YOLO's labels like the others")
        for row in found:
            points = np.array(row[_BOX : _BOX + n * values]).reshape(n, values)
            if values == 2:
                points = np.column_stack([points, np.ones(n)])
            person = parse_person_id(row[-1]) if has_ids else -1
            persons.append(Instance(path.stem if len(paths) > 1 else 0, points, person))
    images = [path.stem for path in paths] if len(paths) > 1 else [0]
    return collect(persons, images, str(source.path))


FORMAT = Format("yolo", _recognise, _read, synonyms=("ultralytics",))
