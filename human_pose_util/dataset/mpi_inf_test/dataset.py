"""The test set of MPI-INF-3DHP as a data set.

Keys are "TS1" to "TS6". A sequence has the valid frames of a recording, with the 17 joints `mpi17`
in mm and the image points of the annotation. The release does not tell where the floor is: the
world of a sequence has its origin at the camera, z up in the image, y in the camera's direction.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from human_pose_util.dataset.converted import Parts, converted_dataset, with_camera_frame
from human_pose_util.dataset.mpi_inf_test.annotations import ANNOTATIONS, read_annotations
from human_pose_util.dataset.root import find_root, inner_folder
from human_pose_util.dataset.sequence import Dataset
from human_pose_util.errors import DataError, SpecError
from human_pose_util.skeleton import MPI17
from human_pose_util.transforms import LEVEL, inverse_transform_frame

_VARIABLE = "MPI_INF_TEST_PATH"
_FOLDER, _FILE = "mpi_inf_3dhp_test_set", "annot_data.mat"

FPS = 25.0
"""A nominal frame rate [Hz]: the valid frames of TS1 to TS4 are far apart."""

_STUDIO, _OUTDOOR = (2048, 2048), (1920, 1080)  # size of the images [px]
SCENES = {
    "TS1": ("Green screen", _STUDIO),
    "TS2": ("Green screen", _STUDIO),
    "TS3": ("No green screen", _STUDIO),
    "TS4": ("No green screen", _STUDIO),
    "TS5": ("Outdoor", _OUTDOOR),
    "TS6": ("Outdoor", _OUTDOOR),
}
"""Recording → its scene, the row of a report, and the size of its images [px]."""


def load(root: str | os.PathLike | None = None, annotation: str = "univ_annot3") -> Dataset:
    """The test set of MPI-INF-3DHP, one sequence for each recording.

    The first use converts the annotations into a file in the cache; later uses read that file.

    Args:
        root: the folder of TS1 to TS6, or the one that holds `mpi_inf_3dhp_test_set`; by default
            the environment variable MPI_INF_TEST_PATH.
        annotation: "univ_annot3", in which all people have one size, as the release evaluates, or
            "annot3", in which they have their own.

    Returns:
        Data set of skeleton `mpi17`, which converts to `s14`.

    Raises:
        SpecError: an unknown annotation.
        DataError: there is no such folder, or a file is missing or damaged.
    """
    if annotation not in ANNOTATIONS:
        raise SpecError(f"annotation is {annotation!r}: choose one of {', '.join(ANNOTATIONS)}")
    contents = f"the folder {_FOLDER} (with TS1/{_FILE}, …)"
    folder = inner_folder(find_root(root, _VARIABLE, contents), _FOLDER)
    files = {name: folder / name / _FILE for name in SCENES}
    present = {name: path for name, path in files.items() if os.path.isfile(path)}
    if not present:
        raise DataError(f"{folder} has no TS1/{_FILE} and the like ({_VARIABLE} names it)")
    converted = converted_dataset(
        f"mpi_inf_test-{annotation}",
        folder,
        present.values(),
        MPI17.id,
        lambda: _sequences(present, annotation),
    )
    sequences = {key: with_camera_frame(sequence) for key, sequence in converted.items()}
    return Dataset(sequences, converted.attrs)


def _sequences(files: dict[str, Path], annotation: str) -> Iterator[Parts]:
    """Key, arrays and attributes of every recording."""
    r, t = LEVEL, np.zeros(3)
    for name, path in files.items():
        frames = read_annotations(path, annotation)
        scene, image_size = SCENES[name]
        p3w = inverse_transform_frame(frames.p3c, r, t)
        attrs = {
            **{"r": r, "t": t, "f": frames.f, "c": frames.c, "image_size": image_size},
            **{"camera_id": "0", "action": scene, "mode": "eval", "fps": FPS, "has_floor": False},
        }
        yield name, {"p3w": p3w.astype(np.float32), "p2": frames.p2.astype(np.float32)}, attrs
