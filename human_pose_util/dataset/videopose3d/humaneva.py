"""HumanEva-I from VideoPose3D's `data_3d_humaneva15.npz` and its ground truth of image points."""

import logging
import os
from pathlib import Path

import numpy as np

from human_pose_util.dataset.eva import meta
from human_pose_util.dataset.sequence import Dataset
from human_pose_util.dataset.videopose3d.positions import read_2d, read_3d
from human_pose_util.dataset.videopose3d.recording import (
    Recording,
    fitted_cameras,
    rig_cameras,
    sequences,
)
from human_pose_util.errors import DataError
from human_pose_util.skeleton import EVA_15

log = logging.getLogger(__name__)

_CAMERAS = ("C1", "C2", "C3")
_LEFT = {15: (2, 3, 4, 8, 9, 10)}
_MODES = {"Train": "train", "Validate": "eval"}


def load_humaneva(path: str | os.PathLike) -> Dataset:
    """HumanEva-I from VideoPose3D's files, keys like "S1/Walking_1_chunk0/train/C1".

    VideoPose3D trains on the later frames of a recording and evaluates the earlier ones, which
    is the other way round than the original's partition.

    Args:
        path: `data_3d_humaneva15.npz`. The cameras are fitted to `data_2d_humaneva15_gt.npz`
            beside it, and are those of the motion capture's rig where there is none.

    Returns:
        Data set of skeleton `eva15` in mm and px.

    Raises:
        DataError: a file is missing, damaged, would run code, or holds other joints.
    """
    path = Path(path)
    recordings = _recordings(path)
    truth = path.with_name("data_2d_humaneva15_gt.npz")
    joints = np.arange(EVA_15.n_joints)
    if os.path.isfile(truth):
        points = read_2d(truth, _LEFT, len(_CAMERAS))
        cameras = fitted_cameras(recordings, points, truth, _CAMERAS, joints)
    else:
        log.warning("there is no %s: virtual cameras look on instead of HumanEva's", truth)
        cameras = rig_cameras(EVA_15.root_index)
    dataset = {
        f"{r.subject_id}/{r.sequence_id}/{r.mode}/{sequence.attrs['camera_id']}": sequence
        for r in recordings
        for sequence in sequences(r, cameras, joints, meta.FPS[meta.VIDEO_TRIAL])
    }
    return Dataset(dataset, {"skeleton_id": EVA_15.id})


def _recordings(path: Path) -> list[Recording]:
    recordings = []
    for (part, action), positions in read_3d(path, EVA_15.n_joints).items():
        split, _, subject_id = part.partition("/")
        if split in _MODES:
            sequence_id = action.replace(" ", "_")
            recordings.append(
                Recording(
                    source=(part, action),
                    subject_id=subject_id,
                    sequence_id=sequence_id,
                    mode=_MODES[split],
                    action=meta.category(sequence_id),
                    p3w=positions,
                )
            )
    if not recordings:
        raise DataError(f"{path} has no subjects like Train/S1 or Validate/S1")
    return recordings
