"""NumPy archives in the layout of VideoPose3D (Pavllo et al., CVPR 2019)."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from human_pose_util.export.track import Track
from human_pose_util.files import atomic

ACTION = "film"
"""The name under which VideoPose3D's layout has the poses of a person."""


def save_npz(tracks: Sequence[Track], path: str | os.PathLike) -> None:
    """Write tracks of one film as an `.npz` file.

    Positions are float32, in metres, in the world (right-handed, z up, floor z = 0). The arrays:

        positions_3d              {"person0": {"film": [n_frames, n_joints, 3]}, …}, pickled, as
                                  the scripts of VideoPose3D read it
        fps                       frames per second
        joints                    [n_joints] names
        parents                   [n_joints] index of each joint's parent, −1 for a root
        person0/positions         [n_frames, n_joints, 3] the positions again, not pickled
        person0/extrapolated      [n_frames, n_joints] bool, whether no keypoint showed the joint
        person0/doubtful          [n_frames] bool, whether the pose of a frame is in doubt
        person0/std_mm            [n_frames, n_joints] standard deviations of the joints [mm], where
                                  they are known
        person0/first_frame       number of the first frame in the film, from 0

    Args:
        tracks: one or more tracks with one skeleton and one frame rate.
        path: file to write; an existing file is replaced once the archive is complete.

    Raises:
        DataError: the file cannot be written.
    """
    people = {f"person{t.person}": {ACTION: t.metres.astype(np.float32)} for t in tracks}
    arrays: dict[str, Any] = {
        "positions_3d": np.array(people, object),
        "fps": np.float64(tracks[0].fps),
        "joints": np.array(tracks[0].skeleton.joints),
        "parents": tracks[0].skeleton.parents,
    }
    for (name, films), track in zip(people.items(), tracks, strict=True):
        arrays[f"{name}/positions"] = films[ACTION]
        arrays[f"{name}/extrapolated"] = track.extrapolated_mask
        arrays[f"{name}/doubtful"] = track.doubtful_mask
        if track.std is not None:
            arrays[f"{name}/std_mm"] = track.std.astype(np.float32)
        arrays[f"{name}/first_frame"] = np.int64(track.first_frame)
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)
