"""MPI-INF-3DHP as a data set.

Keys are "S1/Seq1/00", the last part being the camera, 00 to 13. Positions are in mm, in a world
with z up (the calibration's has y up), of the 28 joints `mpi28`. Image points are those of the
annotation. Subjects S7 and S8 evaluate; the data set `mpi_inf_test` is the release's own test set.
"""

import os
from collections.abc import Iterator
from itertools import chain, starmap
from pathlib import Path

import numpy as np

from human_pose_util.dataset.converted import Parts, converted_dataset, with_camera_frame
from human_pose_util.dataset.mpi_inf.annotations import read_annotations
from human_pose_util.dataset.mpi_inf.calibration import read_calibrations
from human_pose_util.dataset.root import find_root, video_attrs
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.errors import DataError
from human_pose_util.skeleton import MPI28
from human_pose_util.transforms import inverse_transform_frame

_VARIABLE = "MPI_INF_PATH"
_ANNOTATIONS, _CALIBRATIONS = "annot.mat", "camera.calibration"

_SLOW, _FAST = 25.0, 50.0
FPS = {f"S{i}": (_SLOW, _SLOW) for i in range(1, 9)} | {
    "S1": (_SLOW, _FAST),
    "S3": (_FAST, _FAST),
    "S5": (_FAST, _FAST),
}
"""Frame rates [Hz] of Seq1 and Seq2."""

EVAL_SUBJECTS = ("S7", "S8")


def load(root: str | os.PathLike | None = None) -> Dataset:
    """MPI-INF-3DHP, one sequence for each view.

    The first use converts the folder into a file in the cache; later uses read that file.

    Args:
        root: the folder; by default the environment variable MPI_INF_PATH.

    Returns:
        Data set of skeleton `mpi28`, which converts to `mpi17` and `s14`.

    Raises:
        DataError: there is no such folder, or a file is missing or damaged.
    """
    root = find_root(root, _VARIABLE, "the folder of MPI-INF-3DHP (with S1/Seq1/annot.mat, …)")
    rates = {
        root / subject_id / f"Seq{i}": fps
        for subject_id, pair in FPS.items()
        for i, fps in enumerate(pair, 1)
        if os.path.isfile(root / subject_id / f"Seq{i}" / _ANNOTATIONS)
    }
    if not rates:
        raise DataError(f"{root} has no S1/Seq1/annot.mat and the like ({_VARIABLE} names it)")
    sources = [folder / name for folder in rates for name in (_ANNOTATIONS, _CALIBRATIONS)]
    views = chain.from_iterable(starmap(_views, rates.items()))
    converted = converted_dataset("mpi_inf", root, sources, MPI28.id, lambda: views)
    sequences = {key: _with_video(key, converted[key], root) for key in sorted(converted)}
    return Dataset(sequences, converted.attrs)


def _views(folder: Path, fps: float) -> Iterator[Parts]:
    """Key, arrays and attributes of every view of the recording in a folder.

    The key gives the other attributes when the converted file is read (`complete_attrs`).
    """
    cameras = read_calibrations(folder / _CALIBRATIONS)
    all_p3c, all_p2 = read_annotations(folder / _ANNOTATIONS)
    if len(cameras) != len(all_p2):
        problem = f"has {len(all_p2)} cameras, but {_CALIBRATIONS} has {len(cameras)}"
        raise DataError(f"{folder / _ANNOTATIONS} {problem}")
    subject_id, sequence_id = folder.parent.name, folder.name
    mode = "eval" if subject_id in EVAL_SUBJECTS else "train"
    for i, (camera, p3c, p2) in enumerate(zip(cameras, all_p3c, all_p2, strict=True)):
        p3w = inverse_transform_frame(p3c.astype(np.float64), camera.r, camera.t)
        attrs = {**vars(camera), "fps": fps, "mode": mode}
        yield (
            f"{subject_id}/{sequence_id}/{i:02d}",
            {"p3w": p3w.astype(np.float32), "p2": p2.astype(np.float32)},
            attrs,
        )


def _with_video(key: str, sequence: PoseSequence, root: Path) -> PoseSequence:
    """A converted sequence with its p3c, and the path of its video where there is one."""
    subject_id, sequence_id, camera_id = key.split("/")
    folder = root / subject_id / sequence_id / "imageSequence"
    video = video_attrs([folder / f"video_{int(camera_id)}.avi"])
    return with_camera_frame(sequence, sequence_id=sequence_id, **video)
