"""HumanEva-I as a data set.

Keys are "S1/Walking_1/train/C1" and, for trial 3, which no camera recorded, "S1/Walking_3/train".
Positions are in millimetres in HumanEva's world (z up, floor at z = 0), joints those of `s20`.
`p2` are the image points through the calibrated lens; the intrinsics in the attributes are those
of the pinhole alone, through which `consistent_projection` projects. A frame with a missing joint
is dropped from all arrays.
"""

import logging
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from human_pose_util.dataset import eva_protocol as protocol
from human_pose_util.dataset.converted import Parts, converted_dataset
from human_pose_util.dataset.eva.body_model import JOINT_CENTRES
from human_pose_util.dataset.eva.files import Recording, find_recordings, video_path
from human_pose_util.dataset.eva.markers import Markers, read_markers
from human_pose_util.dataset.eva.text import (
    read_calibration,
    read_mocap_frames,
    read_shoulder_offsets,
)
from human_pose_util.dataset.lens import LensCamera
from human_pose_util.dataset.plausible import check_person_size
from human_pose_util.dataset.root import find_root, video_attrs
from human_pose_util.dataset.sequence import Dataset, PoseSequence, camera_view
from human_pose_util.dataset.spec import VARIABLES
from human_pose_util.dataset.videopose3d import load_humaneva
from human_pose_util.errors import DataError, SpecError
from human_pose_util.skeleton import S20

log = logging.getLogger(__name__)

VARIABLE = "HUMAN_EVA_1_PATH"
_MODEL_VARIABLE = VARIABLES["eva"]
_CONTENTS = (
    "the folder of HumanEva-I (with S1/Mocap_Data, …), or VideoPose3D's data_3d_humaneva15.npz"
)
# The size of markers tells their unit, that of joints does not: the body model adds lengths in mm.
_THORAX_AND_ANKLES = ("TRXO", "LTIO", "RTIO")
_CAMERA = ("f", "c", "skew", "distortion", "r", "t")  # the attributes of a `LensCamera`


def load(
    root: str | os.PathLike | None = None,
    joint_centres: str | None = None,
    whole_trials: bool = False,
) -> Dataset:
    """HumanEva-I from its folder, or from VideoPose3D's `data_3d_humaneva15.npz`.

    The first use converts the folder into a file in the cache; later uses read that file.

    Args:
        root: the folder or file; by default the environment variable HUMAN_EVA_1_PATH.
        joint_centres: "humaneva" for the joints of the release's body model, "plug-in-gait" for
            the bare joint centres of the motion capture; by default the environment variable
            HUMAN_EVA_1_JOINT_CENTRES, and "humaneva" where it is not set.
        whole_trials: whether both modes have all frames of trial 1, as in the original.

    Returns:
        Data set of skeleton `s20` (`eva15` from VideoPose3D's file).

    Raises:
        SpecError: an unknown `joint_centres`, or whole trials of VideoPose3D's file, which has
            them in pieces.
        DataError: the variable is not set, or a file is missing or damaged.
    """
    joint_centres = joint_centres or os.environ.get(_MODEL_VARIABLE) or "humaneva"
    if joint_centres not in JOINT_CENTRES:
        choices = " or ".join(JOINT_CENTRES)
        raise SpecError(f"joint_centres ({_MODEL_VARIABLE}) is {joint_centres!r}: choose {choices}")
    folder = find_root(root, VARIABLE, _CONTENTS, npz=True)
    if folder.suffix == ".npz":
        if whole_trials:
            raise SpecError(f"whole_trials: {folder.name} cuts trials into pieces")
        return load_humaneva(folder)
    recordings = list(find_recordings(folder))
    if not recordings:
        problem = f"holds no motion capture ({VARIABLE} names the folder)"
        raise DataError(f"{folder} {problem}: expected S1/Mocap_Data/Walking_1.mat and the like")
    name = "eva" if joint_centres == "humaneva" else f"eva-{joint_centres}"
    sources = {path for recording in recordings for path in recording.sources}
    read = partial(_sequences, recordings, joint_centres)
    converted = converted_dataset(name, folder, sources, S20.id, read)
    for key, sequence in converted.items():
        sequence.attrs["sequence_id"] = key.split("/")[1]  # without the mode
    parts = {
        key: _whole_trial(key, converted) if whole_trials else converted[key] for key in converted
    }
    keys = sorted(parts, key=_rank)
    return Dataset({key: _with_camera(parts[key], folder) for key in keys}, converted.attrs)


def _sequences(recordings: list[Recording], model: str) -> Iterator[Parts]:
    """Key, p3w [n_frames, 20, 3] and attributes of every part and view of the recordings."""
    for recording in recordings:
        markers = read_markers(recording.mocap)
        body = np.stack([markers[label] for label in _THORAX_AND_ANKLES], axis=1)
        check_person_size(body, recording.mocap)
        offsets = read_shoulder_offsets(recording.measurements)
        for key, frames, attrs in _frames(recording, markers):
            p3w = JOINT_CENTRES[model](markers, frames, offsets)
            is_complete = np.isfinite(p3w).all(axis=(1, 2))
            _log_dropped(key, is_complete, "lack a marker")
            if is_complete.any():
                yield key, {"p3w": p3w[is_complete]}, attrs


def _frames(recording: Recording, markers: Markers) -> Iterator[tuple[str, np.ndarray, dict]]:
    """Key, fractional mocap frames and attributes of every part and view of a recording.

    The key gives the other attributes when the converted file is read (`complete_attrs`).
    """
    subject_id, action = recording.subject_id, recording.action
    start = f"{subject_id}/{recording.sequence_id}"
    attrs = {"action": action, "fps": protocol.FPS[recording.trial]}
    if recording.trial == protocol.MOCAP_TRIAL:
        n_frames = min(protocol.mocap_length(subject_id, action), markers.n_frames)
        yield f"{start}/train", np.arange(n_frames), {**attrs, "mode": "train"}
    for camera, (sync, cal) in recording.views.items():
        calibration = read_calibration(cal)
        view = attrs | {name: getattr(calibration, name) for name in _CAMERA}
        for mode, frames in protocol.partition(subject_id, action).items():
            mocap_frames = _mocap_frames(frames, sync, markers)
            yield f"{start}/{mode}/{camera}", mocap_frames, {**view, "mode": mode}


def _log_dropped(where: object, is_kept: np.ndarray, reason: str) -> None:
    if not is_kept.all():
        n_dropped, n_frames = np.sum(~is_kept), len(is_kept)
        log.info("%s: %d of %d frames %s and are dropped", where, n_dropped, n_frames, reason)


def _mocap_frames(image_frames: range, sync: Path, markers: Markers) -> np.ndarray:
    """The fractional mocap frames of image frames, without those that were not captured."""
    frames = read_mocap_frames(sync, image_frames)
    inside = (frames >= 0) & (frames <= markers.n_frames - 1)
    if not inside.any():
        raise DataError(
            f"{sync} maps image frames {image_frames.start} to {image_frames.stop - 1} to mocap "
            f"frames {frames[0]:.0f} to {frames[-1]:.0f}, but {markers.path.name} "
            f"has {markers.n_frames}: it is damaged, or of another recording"
        )
    _log_dropped(sync, inside, "lie outside the motion capture")
    return frames[inside]


def _whole_trial(key: str, converted: Dataset) -> PoseSequence:
    """A converted sequence with the frames of both modes, the training part first."""
    subject_id, sequence_id, _, *camera = key.split("/")
    names = ["/".join([subject_id, sequence_id, mode, *camera]) for mode in ("train", "eval")]
    parts = [converted[name] for name in names if name in converted]
    n_frames = sum(part.attrs["n_frames"] for part in parts)
    attrs = {**converted[key].attrs, "n_frames": n_frames}
    return PoseSequence({"p3w": lambda: np.concatenate([part["p3w"] for part in parts])}, attrs)


def _with_camera(sequence: PoseSequence, root: Path) -> PoseSequence:
    """A converted sequence with its p3c and p2, and the path of its video where there is one."""
    attrs = dict(sequence.attrs)
    if "camera_id" not in attrs:
        return sequence
    calibration = LensCamera(**{name: attrs[name] for name in _CAMERA})
    video = video_path(root, attrs["subject_id"], attrs["sequence_id"], attrs["camera_id"])
    attrs |= video_attrs([video])
    return camera_view(
        lambda: sequence["p3w"], attrs, lambda view: calibration.project(view["p3c"])
    )


def _rank(key: str) -> tuple:
    """Orders keys by subject and action in the order of the tables, then by mode and camera."""
    subject_id, sequence_id, mode, *camera = key.split("/")
    action, _, trial = sequence_id.partition("_")
    return subject_id, protocol.ACTIONS.index(action), trial, mode != "train", camera
