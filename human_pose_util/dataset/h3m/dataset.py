"""The Human3.6M data set."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.camera import CAMERA_ARRAYS
from human_pose_util.dataset import h3m_protocol as protocol
from human_pose_util.dataset.h3m.convert import converted, read_index
from human_pose_util.dataset.h3m.files import WORLD, video_paths
from human_pose_util.dataset.hdf5 import read_array
from human_pose_util.dataset.root import find_root, video_attrs
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.dataset.spec import VARIABLES
from human_pose_util.dataset.stored_sequence import complete_attrs
from human_pose_util.dataset.videopose3d import load_h36m

_CONTENTS = (
    f"the Human3.6M folder (with {WORLD}/S1/*.cdf or S1/MyPoseFeatures/{WORLD}/*.cdf), or "
    "VideoPose3D's data_3d_h36m.npz"
)


def load(root: str | os.PathLike | None = None, drop_corrupted: bool | None = None) -> Dataset:
    """Human3.6M, one sequence for each view, with keys like "S9/Directions 1/55011271".

    The first use converts the folder to HDF5 in the cache, which takes a few seconds; an array is
    read at its first use. Positions are in mm, image points in px, joints those of skeleton s24.

    Args:
        root: the folder, or VideoPose3D's data_3d_h36m.npz; by default the environment variable
            H3M_PATH.
        drop_corrupted: leave out "Directions" of S11, whose image points are known to be corrupted
            (VideoPose3D leaves it out, the paper does not); by default the environment variable
            H3M_DROP_CORRUPTED, 1 or 0, and False where it is not set.

    Raises:
        DataError: there is no such folder, a file is damaged (the message names it), or the cache
            cannot be written.
    """
    if drop_corrupted is None:
        drop_corrupted = os.environ.get(VARIABLES["h3m"], "0") not in ("", "0")
    folder = find_root(root, "H3M_PATH", _CONTENTS, npz=True)
    if folder.suffix == ".npz":
        return load_h36m(folder)
    path = converted(folder)
    sequences = {}
    for key, part in read_index(path).items():
        if drop_corrupted and key == protocol.CORRUPTED:
            continue
        for camera_id, view in part["views"].items():
            sequences[f"{key}/{camera_id}"] = _sequence(folder, path, key, camera_id, view)
    return Dataset(sequences, {"skeleton_id": "s24", "camera_ids": tuple(protocol.IMAGE_SIZES)})


def _sequence(root: Path, path: Path, key: str, camera_id: str, view: dict) -> PoseSequence:
    subject_id, sequence_id = key.split("/")
    n_frames = view["n_frames"]
    attrs: dict[str, Any] = {name: np.array(view[name]) for name in CAMERA_ARRAYS}
    attrs |= {"fps": protocol.FPS, "mode": protocol.SUBJECT_MODES[subject_id]}
    attrs["action"] = protocol.category(sequence_id)
    if camera_id in protocol.IMAGE_SIZES:
        attrs["image_size"] = protocol.IMAGE_SIZES[camera_id]
    attrs |= video_attrs(video_paths(root, subject_id, sequence_id, camera_id))
    view_key = f"{key}/{camera_id}"
    names = {"p3w": f"{key}/p3w", "p3c": f"{view_key}/p3c", "p2": f"{view_key}/p2"}
    arrays = {name: partial(read_array, path, where, n_frames) for name, where in names.items()}
    return PoseSequence(arrays, complete_attrs(attrs, view_key, n_frames, f"{path}: {view_key}"))
