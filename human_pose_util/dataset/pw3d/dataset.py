"""3DPW as a data set.

Keys are "downtown_arguing_00/0", the last part being the person. A sequence has the frames in which
the camera is known, with the 24 joints `smpl24` in mm. Its `p2` are the keypoints that a detector
found: those of arms and legs, which both skeletons have. The camera moves. The world has z up, but
its origin is at no known height above the floor.
"""

import logging
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from human_pose_util.dataset.converted import Parts, converted_dataset, with_camera_frame
from human_pose_util.dataset.pw3d.sequence_file import PersonTrack, read_people
from human_pose_util.dataset.root import find_root, inner_folder
from human_pose_util.dataset.sequence import DETECTED, Dataset
from human_pose_util.errors import DataError
from human_pose_util.skeleton import COCO_18, SMPL24

log = logging.getLogger(__name__)

_VARIABLE, _FOLDER = "PW3D_PATH", "sequenceFiles"

MODES = {"train": "train", "validation": "train", "test": "eval"}
"""Folder of the release → mode of its sequences."""

FPS = 30.0
"""Frame rate of the videos [Hz]."""

_LIMBS = [j for j, name in enumerate(SMPL24.joints) if SMPL24.sides[j] and COCO_18.has_joint(name)]
"""The joints of `smpl24` that a detector finds: those of arms and legs."""
_KEYPOINTS = [COCO_18.joint_index(SMPL24.joints[j]) for j in _LIMBS]


def load(root: str | os.PathLike | None = None) -> Dataset:
    """3DPW, one sequence for each person.

    The first use converts the sequence files into a file in the cache; later uses read that file.

    Args:
        root: the folder that holds `sequenceFiles`, or that folder itself; by default the
            environment variable PW3D_PATH.

    Returns:
        Data set of skeleton `smpl24`, which converts to `s14`.

    Raises:
        DataError: there is no such folder, or a file is missing or damaged or would run code.
    """
    contents = f"the folder of 3DPW (with {_FOLDER}/test/downtown_arguing_00.pkl, …)"
    folder = inner_folder(find_root(root, _VARIABLE, contents), _FOLDER)
    files = {
        path: mode
        for split, mode in MODES.items()
        for path in sorted((folder / split).glob("[!.]*.pkl"))
    }
    if not files:
        raise DataError(f"{folder} has no test/*.pkl and the like ({_VARIABLE} names it)")
    converted = converted_dataset("pw3d", folder, files, SMPL24.id, partial(_sequences, files))
    sequences = {
        key: with_camera_frame(sequence, image_points=DETECTED)
        for key, sequence in converted.items()
    }
    return Dataset(sequences, converted.attrs)


def _sequences(files: dict[Path, str]) -> Iterator[Parts]:
    """Key, arrays and attributes of every person in every file."""
    for path, mode in files.items():
        for i, person in enumerate(read_people(path)):
            if not len(person.p3w):
                log.info("%s: no frame of person %d has a valid camera", path, i)
                continue
            key = f"{path.stem}/{i}"
            arrays = {"p3w": person.p3w, "p2": _detections(person)}
            attrs = {
                **{"r": person.r, "t": person.t, "f": person.f, "c": person.c},
                **{"subject_id": key, "sequence_id": path.stem, "camera_id": "0"},
                **{"action": path.stem, "mode": mode, "fps": FPS, "has_floor": False},
            }
            yield key, {name: array.astype(np.float32) for name, array in arrays.items()}, attrs


def _detections(person: PersonTrack) -> np.ndarray:
    """[n_frames, 24, 2] image points of the joints that were detected [px]; NaN for the others."""
    p2 = np.full((*person.p3w.shape[:2], 2), np.nan)
    found = person.keypoints[:, _KEYPOINTS]
    p2[:, _LIMBS] = np.where(found[..., 2:] > 0, found[..., :2], np.nan)
    return p2
