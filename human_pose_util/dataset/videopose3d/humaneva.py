"""HumanEva-I from VideoPose3D's `data_3d_humaneva15.npz` and its ground truth of image points."""

import os
from pathlib import Path

import numpy as np

from human_pose_util.dataset import eva_protocol as protocol
from human_pose_util.dataset.sequence import Dataset
from human_pose_util.dataset.videopose3d.positions import read_3d
from human_pose_util.dataset.videopose3d.recording import Recording, find_cameras, sequences
from human_pose_util.errors import DataError
from human_pose_util.skeleton import EVA_15

_CAMERAS = ("C1", "C2", "C3")
_LEFT_JOINTS = {15: (2, 3, 4, 8, 9, 10)}
_MODES = {"Train": "train", "Validate": "eval"}


def load_humaneva(path: str | os.PathLike) -> Dataset:
    """HumanEva-I from VideoPose3D's files, keys like "S1/Walking_1_chunk0/train/C1".

    VideoPose3D trains on the later frames of a recording and evaluates on the earlier ones; the
    original partition is the other way round.

    Args:
        path: `data_3d_humaneva15.npz`. The cameras are fitted to the file
            `data_2d_humaneva15_gt.npz` beside it; without that file they are the cameras of the
            motion capture's rig.

    Returns:
        Data set of skeleton `eva15` in mm and px.

    Raises:
        DataError: a file is missing, damaged, would run code, or holds other joints.
    """
    path = Path(path)
    recordings = _recordings(path)
    truth = path.with_name("data_2d_humaneva15_gt.npz")
    joints = np.arange(EVA_15.n_joints)
    cameras = find_cameras(recordings, truth, _CAMERAS, _LEFT_JOINTS, joints, EVA_15.root_index)
    views = [view for recording in recordings for view in sequences(recording, cameras, joints)]
    parts = ("subject_id", "sequence_id", "mode", "camera_id")
    dataset = {"/".join(view.attrs[part] for part in parts): view for view in views}
    return Dataset(dataset, {"skeleton_id": EVA_15.id})


def _recordings(path: Path) -> list[Recording]:
    recordings = []
    for (part, action), positions in read_3d(path, EVA_15.n_joints).items():
        split, _, subject_id = part.partition("/")
        if split in _MODES:
            sequence_id = action.replace(" ", "_")
            names = {"subject_id": subject_id, "sequence_id": sequence_id, "mode": _MODES[split]}
            fps = protocol.FPS[protocol.VIDEO_TRIAL]
            attrs = {**names, "action": protocol.category(sequence_id), "fps": fps}
            recordings.append(Recording((part, action), attrs, positions))
    if not recordings:
        raise DataError(f"{path} has no subjects like Train/S1 or Validate/S1")
    return recordings
