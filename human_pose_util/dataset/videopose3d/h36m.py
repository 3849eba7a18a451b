"""Human3.6M from VideoPose3D's `data_3d_h36m.npz` and `data_2d_h36m_*.npz`."""

import logging
import os
from pathlib import Path

import numpy as np

from human_pose_util.dataset.h3m.actions import IMAGE_SIZES, SUBJECT_MODES, category
from human_pose_util.dataset.h3m.cdf import S24_JOINTS
from human_pose_util.dataset.sequence import Dataset
from human_pose_util.dataset.videopose3d.positions import read_2d, read_3d
from human_pose_util.dataset.videopose3d.recording import (
    Cameras,
    Recording,
    fitted_cameras,
    rig_cameras,
    sequences,
)
from human_pose_util.errors import DataError
from human_pose_util.skeleton import H36M_17, S24

log = logging.getLogger(__name__)

FPS = 50.0
H36M_17_JOINTS = np.array([0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27])
"""Of Human3.6M's 32 joints those of `h36m-17`, in its order."""

_CAMERAS = tuple(IMAGE_SIZES)
_LEFT = {17: (4, 5, 6, 11, 12, 13)}


def load_h36m(path: str | os.PathLike) -> Dataset:
    """Human3.6M from VideoPose3D's files, keys like "S9/Directions 1/55011271".

    Args:
        path: `data_3d_h36m.npz`, for exact image points of skeleton `s24`; the cameras are fitted
            to `data_2d_h36m_gt.npz` beside it, and are those of the motion capture's rig where
            there is none. Or `data_2d_h36m_<detector>.npz` with both beside it, for a detector's
            image points of skeleton `h36m-17`.

    Returns:
        Data set in mm and px.

    Raises:
        DataError: a file is missing, damaged, would run code, or holds other joints.
    """
    path = Path(path)
    poses, truth = path.with_name("data_3d_h36m.npz"), path.with_name("data_2d_h36m_gt.npz")
    if path.name.startswith("data_2d"):
        observed, joints, skeleton = read_2d(path, _LEFT, len(_CAMERAS)), H36M_17_JOINTS, H36M_17
        if not os.path.isfile(truth):
            raise DataError(f"there is no {truth}: it is needed beside {path.name} for the cameras")
    else:
        observed, joints, skeleton, poses = {}, S24_JOINTS, S24, path
    recordings = _recordings(poses)
    cameras = _cameras(recordings, truth)
    dataset = {}
    for recording in recordings:
        if observed and recording.source not in observed:
            log.info("%s has no %s", path, "/".join(recording.source))
            continue
        p2 = observed.get(recording.source)
        for sequence in sequences(recording, cameras, joints, FPS, p2):
            camera_id = sequence.attrs["camera_id"]
            if camera_id in IMAGE_SIZES:
                sequence.attrs["image_size"] = IMAGE_SIZES[camera_id]
            dataset["/".join((*recording.source, camera_id))] = sequence
    return Dataset(dataset, {"skeleton_id": skeleton.id})


def _recordings(path: Path) -> list[Recording]:
    recordings = [
        Recording(
            source=(subject, action),
            subject_id=subject,
            sequence_id=action,
            mode=SUBJECT_MODES[subject],
            action=_category(action, path),
            p3w=positions,
        )
        for (subject, action), positions in read_3d(path, 32).items()
        if subject in SUBJECT_MODES
    ]
    if not recordings:
        raise DataError(f"{path} has none of the subjects {', '.join(SUBJECT_MODES)}")
    return recordings


def _category(action: str, path: Path) -> str:
    try:
        return category(action)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _cameras(recordings: list[Recording], truth: Path) -> Cameras:
    if os.path.isfile(truth):
        points = read_2d(truth, _LEFT, len(_CAMERAS))
        return fitted_cameras(recordings, points, truth, _CAMERAS, H36M_17_JOINTS)
    log.warning("there is no %s: virtual cameras look on instead of Human3.6M's", truth)
    return rig_cameras(root_index=S24_JOINTS[S24.root_index])
