"""MPI-INF-3DHP as a data set: `MPI_INF_PATH` → sequences.

Keys are "S1/Seq1/00", the last part being the camera, 00 to 13. Positions are in mm, in a world
with z up (the calibration's has y up), of the 28 joints `mpi28`. Image points are the annotated
ones. The data set's own test set has other files and is not read: subjects S7 and S8 evaluate.
"""

import logging
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from human_pose_util.dataset.cache import cached
from human_pose_util.dataset.hdf5 import read_dataset, write_sequence
from human_pose_util.dataset.mpi_inf.annotations import read_annotations
from human_pose_util.dataset.mpi_inf.calibration import read_calibrations
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.errors import DataError
from human_pose_util.skeleton import MPI28
from human_pose_util.transforms import inverse_transform_frame, transform_frame

log = logging.getLogger(__name__)

_VARIABLE = "MPI_INF_PATH"

FPS = {
    "S1": (25.0, 50.0),
    "S2": (25.0, 25.0),
    "S3": (50.0, 50.0),
    "S4": (25.0, 25.0),
    "S5": (50.0, 50.0),
    "S6": (25.0, 25.0),
    "S7": (25.0, 25.0),
    "S8": (25.0, 25.0),
}
"""Frame rates [Hz] of Seq1 and Seq2."""

EVAL_SUBJECTS = ("S7", "S8")


def load(root: str | os.PathLike | None = None) -> Dataset:
    """MPI-INF-3DHP, a sequence per view.

    The first use converts the folder into a file in the cache; later ones read that.

    Args:
        root: its folder; by default the environment variable MPI_INF_PATH.

    Returns:
        Data set of skeleton `mpi28`, which converts to `mpi17` and `s14`.

    Raises:
        DataError: no such folder, or a file is missing or damaged.
    """
    root = _find_root(root)
    recordings = [
        _Recording(root, subject_id, f"Seq{i}", fps)
        for subject_id, rates in FPS.items()
        for i, fps in enumerate(rates, 1)
        if os.path.isfile(root / subject_id / f"Seq{i}" / "annot.mat")
    ]
    if not recordings:
        raise DataError(f"{root} has no S1/Seq1/annot.mat and the like ({_VARIABLE} names it)")
    sources = [path for recording in recordings for path in recording.sources]
    path = cached("mpi_inf", sources, partial(_convert, recordings=recordings), root=root)
    converted = read_dataset(path)
    sequences = {key: _with_camera_frame(converted[key], root) for key in sorted(converted)}
    return Dataset(sequences, converted.attrs)


def _find_root(root: str | os.PathLike | None) -> Path:
    root = root or os.environ.get(_VARIABLE)
    if not root:
        raise DataError(
            f"the environment variable {_VARIABLE} is not set: set it to the folder of "
            "MPI-INF-3DHP (with S1/Seq1/annot.mat, …)"
        )
    root = Path(root).expanduser()
    if not os.path.isdir(root):
        raise DataError(f"{root} ({_VARIABLE}): there is no such folder")
    return root


@dataclass(frozen=True)
class _Recording:
    """One sequence of one subject, seen by all cameras."""

    root: Path
    subject_id: str
    sequence_id: str
    fps: float

    @property
    def sources(self) -> tuple[Path, Path]:
        folder = self.root / self.subject_id / self.sequence_id
        return folder / "annot.mat", folder / "camera.calibration"


def _convert(path: Path, recordings: list[_Recording]) -> None:
    """Write all views of the recordings to an HDF5 file."""
    import h5py

    log.info("converting MPI-INF-3DHP: this takes a minute or two, once")
    with h5py.File(path, "w") as file:
        file.attrs["skeleton_id"] = MPI28.id
        for recording in recordings:
            _convert_recording(file, recording)


def _convert_recording(file, recording: _Recording) -> None:
    annotations, calibrations = recording.sources
    cameras = read_calibrations(calibrations)
    all_p3c, all_p2 = read_annotations(annotations)
    if len(cameras) != len(all_p2):
        raise DataError(
            f"{annotations} has {len(all_p2)} cameras, but {calibrations.name} has {len(cameras)}"
        )
    for i, (camera, p3c, p2) in enumerate(zip(cameras, all_p3c, all_p2, strict=True)):
        p3w = inverse_transform_frame(p3c.astype(np.float64), camera.r, camera.t)
        attrs = {
            "r": camera.r,
            "t": camera.t,
            "f": camera.f,
            "c": camera.c,
            "image_size": camera.image_size,
            "fps": recording.fps,
            "subject_id": recording.subject_id,
            "sequence_id": recording.sequence_id,
            "camera_id": f"{i:02d}",
            "mode": "eval" if recording.subject_id in EVAL_SUBJECTS else "train",
            "space_scale": 1.0,
            "pixel_scale": 1.0,
        }
        key = f"{recording.subject_id}/{recording.sequence_id}/{i:02d}"
        arrays = {"p3w": p3w.astype(np.float32), "p2": p2.astype(np.float32)}
        write_sequence(file, key, arrays, attrs)


def _with_camera_frame(sequence: PoseSequence, root: Path) -> PoseSequence:
    """A converted sequence with p3c, made from p3w when first used, and its video's path."""
    attrs = dict(sequence.attrs)
    folder = root / attrs["subject_id"] / attrs["sequence_id"] / "imageSequence"
    video = folder / f"video_{int(attrs['camera_id'])}.avi"
    if os.path.isfile(video):
        attrs["video_path"] = str(video)
    complete = PoseSequence(
        {
            "p3w": lambda: sequence["p3w"],
            "p3c": lambda: transform_frame(complete["p3w"], attrs["r"], attrs["t"]),
            "p2": lambda: sequence["p2"],
        },
        attrs,
    )
    return complete
