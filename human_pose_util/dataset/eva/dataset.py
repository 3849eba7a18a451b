"""HumanEva-I as a data set: `HUMAN_EVA_1_PATH` → sequences.

Keys are "S1/Walking_1/train/C1" and, for trial 3, which no camera saw, "S1/Walking_3/train".
Positions are in millimetres in HumanEva's world (z up, floor at z = 0), joints those of `s20`.
`p2` are the image points through the calibrated lens; the intrinsics in the attributes are the
pinhole's, and `consistent_projection` projects through these alone. A frame with a missing joint
is dropped from all arrays.
"""

import logging
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from human_pose_util.dataset.cache import cached
from human_pose_util.dataset.eva import meta
from human_pose_util.dataset.eva.body_model import JOINT_CENTRES
from human_pose_util.dataset.eva.calibration import Calibration, read_calibration
from human_pose_util.dataset.eva.files import VARIABLE, Files, Recording, find_root
from human_pose_util.dataset.eva.markers import Markers, read_markers
from human_pose_util.dataset.eva.subject import read_shoulder_offsets
from human_pose_util.dataset.eva.sync import read_sync
from human_pose_util.dataset.hdf5 import read_dataset, write_sequence
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.errors import DataError, SpecError
from human_pose_util.skeleton import S20
from human_pose_util.transforms import transform_frame

log = logging.getLogger(__name__)

_MODEL_VARIABLE = "HUMAN_EVA_1_JOINT_CENTRES"


def load(root: str | os.PathLike | None = None, joint_centres: str | None = None) -> Dataset:
    """HumanEva-I from its folder, or from VideoPose3D's `data_3d_humaneva15.npz`.

    The first use converts the folder into a file in the cache; later ones read that.

    Args:
        root: the folder or file; by default the environment variable HUMAN_EVA_1_PATH.
        joint_centres: "humaneva" for the joints of the release's body model, "plug-in-gait" for
            the bare joint centres of the motion capture; by default what the environment
            variable HUMAN_EVA_1_JOINT_CENTRES says, and otherwise "humaneva".

    Returns:
        Data set of skeleton `s20` (`eva15` from VideoPose3D's file).

    Raises:
        SpecError: an unknown `joint_centres`.
        DataError: the variable is not set, or a file is missing or damaged.
    """
    joint_centres = joint_centres or os.environ.get(_MODEL_VARIABLE) or "humaneva"
    if joint_centres not in JOINT_CENTRES:
        raise SpecError(
            f"joint_centres ({_MODEL_VARIABLE}) is {joint_centres!r}: "
            f"choose {' or '.join(JOINT_CENTRES)}"
        )
    root = find_root(root)
    if root.suffix == ".npz":
        from human_pose_util.dataset.videopose3d import load_humaneva

        return load_humaneva(root)
    files = Files(root)
    recordings = list(files.recordings())
    if not recordings:
        raise DataError(
            f"{root} holds no motion capture ({VARIABLE} names the folder): "
            "expected S1/Mocap_Data/Walking_1.mat and the like"
        )
    name = "eva" if joint_centres == "humaneva" else f"eva-{joint_centres}"
    sources = sorted({path for recording in recordings for path in recording.sources})
    path = cached(
        name, sources, partial(_convert, recordings=recordings, model=joint_centres), root=root
    )
    converted = read_dataset(path)
    return Dataset(
        {key: _with_camera(converted[key], files) for key in _in_order(converted)},
        converted.attrs,
    )


def _convert(path: Path, recordings: list[Recording], model: str) -> None:
    """Write the joints of all recordings to an HDF5 file."""
    import h5py

    log.info("converting HumanEva-I: this takes a minute, once")
    with h5py.File(path, "w") as file:
        file.attrs["skeleton_id"] = S20.id
        for recording in recordings:
            for key, p3w, attrs in _sequences(recording, model):
                write_sequence(file, key, {"p3w": p3w}, attrs)


def _sequences(recording: Recording, model: str) -> Iterator[tuple[str, np.ndarray, dict]]:
    """Key, p3w [n_frames, 20, 3] and attributes of every part and view of a recording."""
    markers = read_markers(recording.mocap)
    offsets = read_shoulder_offsets(recording.measurements)
    start = f"{recording.subject_id}/{recording.sequence_id}"
    attrs = {
        "subject_id": recording.subject_id,
        "sequence_id": recording.sequence_id,
        "action": recording.action,
        "fps": meta.FPS[recording.trial],
        "space_scale": 1.0,
        "pixel_scale": 1.0,
    }

    def joints(frames: np.ndarray, key: str) -> np.ndarray:
        p3w = JOINT_CENTRES[model](markers, frames, offsets)
        complete = np.isfinite(p3w).all(axis=(1, 2))
        if not complete.all():
            log.info(
                "%s: %d of %d frames lack a marker and are dropped",
                key,
                np.sum(~complete),
                len(complete),
            )
        return p3w[complete]

    if recording.trial == meta.MOCAP_TRIAL:
        n_frames = min(meta.mocap_length(recording.subject_id, recording.action), markers.n_frames)
        p3w = joints(np.arange(n_frames), start)
        if len(p3w):
            yield f"{start}/train", p3w, {**attrs, "mode": "train"}
    for camera, (sync, cal) in recording.views.items():
        view = {**attrs, "camera_id": camera, **_camera_attrs(read_calibration(cal))}
        for mode, frames in meta.partition(recording.subject_id, recording.action).items():
            key = f"{start}/{mode}/{camera}"
            p3w = joints(_mocap_frames(frames, sync, markers), key)
            if len(p3w):
                yield key, p3w, {**view, "mode": mode}


def _mocap_frames(image_frames: range, sync: Path, markers: Markers) -> np.ndarray:
    """The fractional mocap frames of image frames, without those that were not captured."""
    frames = read_sync(sync).mocap_frames(image_frames)
    inside = (frames >= 0) & (frames <= markers.n_frames - 1)
    if not inside.any():
        raise DataError(
            f"{sync} maps image frames {image_frames.start} to {image_frames.stop - 1} to mocap "
            f"frames {frames[0]:.0f} to {frames[-1]:.0f}, but {markers.path.name} "
            f"has {markers.n_frames}: it is damaged, or of another recording"
        )
    if not inside.all():
        log.info(
            "%s: %d of %d frames lie outside the motion capture and are dropped",
            sync,
            np.sum(~inside),
            len(inside),
        )
    return frames[inside]


def _camera_attrs(calibration: Calibration) -> dict:
    names = ("r", "t", "f", "c", "skew", "distortion")
    return {name: getattr(calibration, name) for name in names}


def _with_camera(sequence: PoseSequence, files: Files) -> PoseSequence:
    """A converted sequence with p3c and p2, made from p3w and its camera when first used."""
    attrs = dict(sequence.attrs)
    if "camera_id" not in attrs:
        return sequence
    names = ("f", "c", "skew", "distortion", "r", "t")
    calibration = Calibration(*(attrs[name] for name in names))
    video = files.video(attrs["subject_id"], attrs["sequence_id"], attrs["camera_id"])
    if video:
        attrs["video_path"] = str(video)

    def p3c() -> np.ndarray:
        return transform_frame(complete["p3w"], calibration.r, calibration.t)

    def p2() -> np.ndarray:
        return calibration.project(complete["p3c"])

    complete = PoseSequence({"p3w": lambda: sequence["p3w"], "p3c": p3c, "p2": p2}, attrs)
    return complete


def _in_order(dataset: Dataset) -> list[str]:
    """Keys by subject and action in the order of the tables, then by mode and camera."""

    def rank(key: str) -> tuple:
        subject_id, sequence_id, mode, *camera = key.split("/")
        action, _, trial = sequence_id.partition("_")
        return subject_id, meta.ACTIONS.index(action), trial, mode != "train", camera

    return sorted(dataset, key=rank)
