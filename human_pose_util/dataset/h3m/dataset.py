"""The Human3.6M data set."""

import os
from functools import partial
from pathlib import Path

import numpy as np

from human_pose_util.dataset.h3m.actions import IMAGE_SIZES, SUBJECT_MODES, category
from human_pose_util.dataset.h3m.convert import converted, read_index
from human_pose_util.dataset.h3m.layout import find_root, find_video
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.errors import DataError

FPS = 50
_CORRUPTED = "S11/Directions"


def load(root: str | os.PathLike | None = None, drop_corrupted: bool | None = None) -> Dataset:
    """Human3.6M, a sequence per view, keys like "S9/Directions 1/55011271".

    Converted to HDF5 on the first call, which takes some seconds; arrays are read on first use.
    Positions are in mm, image points in px, joints those of skeleton s24.

    Args:
        root: its folder, or VideoPose3D's data_3d_h36m.npz; by default the environment variable
            H3M_PATH.
        drop_corrupted: leave out S11's "Directions", whose image points are known to be corrupted
            (VideoPose3D does, the paper does not); by default what the environment variable
            H3M_DROP_CORRUPTED says, 1 or 0, and otherwise no.

    Raises:
        DataError: no such folder, damaged files (named), or a cache that cannot be written.
    """
    if drop_corrupted is None:
        drop_corrupted = os.environ.get("H3M_DROP_CORRUPTED", "0") not in ("", "0")
    root = os.environ.get("H3M_PATH") if root is None else root
    if str(root).endswith(".npz"):
        from human_pose_util.dataset.videopose3d import load_h36m

        return load_h36m(root)
    root = find_root(root)
    path = converted(root)
    sequences = {}
    for key, part in read_index(path).items():
        if drop_corrupted and key == _CORRUPTED:
            continue
        for camera_id, view in part["views"].items():
            sequences[f"{key}/{camera_id}"] = _sequence(root, path, key, camera_id, view)
    return Dataset(sequences, {"skeleton_id": "s24"})


def _sequence(root: Path, path: Path, key: str, camera_id: str, view: dict) -> PoseSequence:
    subject_id, sequence_id = key.split("/")
    n_frames = view["n_frames"]
    attrs = {name: np.array(view[name]) for name in ("r", "t", "f", "c")} | {
        "fps": FPS,
        "subject_id": subject_id,
        "sequence_id": sequence_id,
        "camera_id": camera_id,
        "mode": SUBJECT_MODES[subject_id],
        "action": category(sequence_id),
        "space_scale": 1.0,
        "pixel_scale": 1.0,
        "n_frames": n_frames,
    }
    if camera_id in IMAGE_SIZES:
        attrs["image_size"] = IMAGE_SIZES[camera_id]
    if video := find_video(root, subject_id, sequence_id, camera_id):
        attrs["video_path"] = str(video)
    names = {"p3w": f"{key}/p3w"} | {n: f"{key}/{camera_id}/{n}" for n in ("p3c", "p2")}
    arrays = {name: partial(_read, path, where, n_frames) for name, where in names.items()}
    return PoseSequence(arrays, attrs)


def _read(path: Path, name: str, n_frames: int) -> np.ndarray:
    # The file is opened for every array: a handle kept would not see that it was converted anew.
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return file[name][:n_frames]
    except Exception as error:  # damage shows as almost any error
        raise DataError(
            f"{path}: cannot read {name} ({error}); start again, or remove the file"
        ) from error
