"""NumPy archives in the layout of VideoPose3D (Pavllo et al., CVPR 2019)."""

import os
from collections.abc import Sequence

import numpy as np

from human_pose_util.export.track import Track
from human_pose_util.files import atomic

ACTION = "film"


def save_npz(tracks: Sequence[Track], path: str | os.PathLike) -> None:
    """Write tracks of one film as an `.npz` file.

    It holds, with positions float32 in metres, in the world (right-handed, z up, floor z = 0):

        positions_3d              {"person0": {"film": [n_frames, n_joints, 3]}, …}, pickled, as
                                  VideoPose3D's scripts read it
        fps                       frames per second
        joints                    [n_joints] names
        parents                   [n_joints] index of each joint's parent, −1 for a root
        person0/positions         [n_frames, n_joints, 3] the same once more, not pickled
        person0/extrapolated      [n_frames, n_joints] bool, joints that no keypoint showed
        person0/first_frame       number of the first frame in the film, from 0

    Raises:
        DataError: the file cannot be written.
    """
    skeleton = tracks[0].skeleton
    people = {f"person{track.person}": track for track in tracks}
    positions = {name: track.metres.astype(np.float32) for name, track in people.items()}
    arrays = {
        "positions_3d": np.array({name: {ACTION: p} for name, p in positions.items()}, object),
        "fps": np.float64(tracks[0].fps),
        "joints": np.array(skeleton.joints),
        "parents": skeleton.parents,
    }
    for name, track in people.items():
        arrays[f"{name}/positions"] = positions[name]
        arrays[f"{name}/extrapolated"] = track.unseen
        arrays[f"{name}/first_frame"] = np.int64(track.first_frame)
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)
