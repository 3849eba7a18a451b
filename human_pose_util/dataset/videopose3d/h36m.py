"""Human3.6M from VideoPose3D's `data_3d_h36m.npz` and `data_2d_h36m_*.npz`."""

import logging
import os
from pathlib import Path

from human_pose_util.dataset import h3m_protocol as protocol
from human_pose_util.dataset.h3m_protocol import H36M_17_JOINTS, IMAGE_SIZES, S24_JOINTS
from human_pose_util.dataset.sequence import DETECTED, Dataset
from human_pose_util.dataset.videopose3d.positions import read_2d, read_3d
from human_pose_util.dataset.videopose3d.recording import Recording, find_cameras, sequences
from human_pose_util.errors import DataError
from human_pose_util.skeleton import H36M_17, S24

log = logging.getLogger(__name__)

_CAMERAS = tuple(IMAGE_SIZES)
_LEFT_JOINTS = {17: (4, 5, 6, 11, 12, 13)}


def load_h36m(path: str | os.PathLike) -> Dataset:
    """Human3.6M from VideoPose3D's files, keys like "S9/Directions 1/55011271".

    Args:
        path: `data_3d_h36m.npz`, for exact image points of skeleton `s24`. The cameras are fitted
            to the file `data_2d_h36m_gt.npz` beside it; without that file they are the cameras of
            the motion capture's rig. Or `data_2d_h36m_<detector>.npz` with both files beside it,
            for a detector's image points of skeleton `h36m-17`.

    Returns:
        Data set in mm and px.

    Raises:
        DataError: a file is missing, damaged, would run code, or holds other joints.
    """
    path = Path(path)
    poses, truth = path.with_name("data_3d_h36m.npz"), path.with_name("data_2d_h36m_gt.npz")
    if path.name.startswith("data_2d"):
        observed = read_2d(path, _LEFT_JOINTS, len(_CAMERAS))
        joints, skeleton = H36M_17_JOINTS, H36M_17
        if not os.path.isfile(truth):
            raise DataError(f"there is no {truth}: it is needed beside {path.name} for the cameras")
    else:
        observed, joints, skeleton, poses = {}, S24_JOINTS, S24, path
    recordings = _recordings(poses)
    root_index = S24_JOINTS[S24.root_index]
    cameras = find_cameras(recordings, truth, _CAMERAS, _LEFT_JOINTS, H36M_17_JOINTS, root_index)
    dataset = {}
    for recording in recordings:
        if observed and recording.source not in observed:
            log.info("%s has no %s", path, "/".join(recording.source))
            continue
        for sequence in sequences(recording, cameras, joints, observed.get(recording.source)):
            camera_id = sequence.attrs["camera_id"]
            if observed and path != truth:
                sequence.attrs["image_points"] = DETECTED
            if camera_id in IMAGE_SIZES:
                sequence.attrs["image_size"] = IMAGE_SIZES[camera_id]
            dataset["/".join((*recording.source, camera_id))] = sequence
    return Dataset(dataset, {"skeleton_id": skeleton.id})


def _recordings(path: Path) -> list[Recording]:
    recordings = []
    for (subject, action), positions in read_3d(path, protocol.N_JOINTS).items():
        if subject in protocol.SUBJECT_MODES:
            attrs = {"subject_id": subject, "sequence_id": action, "fps": protocol.FPS}
            attrs |= {"mode": protocol.SUBJECT_MODES[subject], "action": _category(action, path)}
            recordings.append(Recording((subject, action), attrs, positions))
    if not recordings:
        raise DataError(f"{path} has none of the subjects {', '.join(protocol.SUBJECT_MODES)}")
    return recordings


def _category(action: str, path: Path) -> str:
    try:
        return protocol.category(action)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
