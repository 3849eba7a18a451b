"""The `.npz` of VideoPose3D's scripts that run Detectron and Detectron2 on a film.

`keypoints` has for each frame a list of classes, of which the second is people: an array
[n_people, 4, 17] of x, y, logit and probability, or an empty list.
"""

from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.keypoints.files.film_facts import size_of
from human_pose_util.keypoints.files.source import Format, Source
from human_pose_util.keypoints.instances import Instance, collect


def _recognise(source: Source) -> bool:
    return source.kind == "npz" and {"boxes", "keypoints"} <= set(source.npz)


def _read(source: Source) -> RawDetections:
    content, where = source.npz, str(source.path)
    frames = content["keypoints"]
    if not isinstance(frames, np.ndarray | list):
        raise DataError(f"{where}: keypoints: expected a list of frames")
    persons = []
    for i, classes in enumerate(frames):
        people = _people(classes)
        if people is None:
            raise DataError(f"{where}: frame {i}: expected people [n_people, 4, n_keypoints]")
        persons += [Instance(i, person[[0, 1, 3]].T) for person in people]
    metadata = content.get("metadata")
    size = None
    if isinstance(metadata, dict) and {"w", "h"} <= set(metadata):
        size = size_of([metadata["w"], metadata["h"]], where)
    return collect(persons, range(len(frames)), where, size=size)


def _people(classes: Any) -> np.ndarray | None:
    """[n_people, 4, n_keypoints] of a frame; None for a value of another form."""
    try:
        people = np.asarray(classes[-1], dtype=np.float64)
    except (TypeError, ValueError, IndexError, KeyError):
        return None
    if people.size == 0:
        return np.empty((0, 4, 0))
    return people if people.ndim == 3 and people.shape[1] == 4 else None


FORMAT = Format("detectron2", _recognise, _read, synonyms=("array",))
