"""Converts recordings to s24 poses in the world, in one HDF5 file that opens quickly."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from human_pose_util.dataset.mocap.amc import read_amc
from human_pose_util.dataset.mocap.asf import AsfSkeleton, read_asf
from human_pose_util.dataset.mocap.bvh import read_bvh
from human_pose_util.dataset.mocap.files import Take
from human_pose_util.dataset.mocap.joints import ASF_JOINTS, BVH_JOINTS, s24_indices
from human_pose_util.dataset.mocap.spec import MocapSpec
from human_pose_util.skeleton import S24

VERSION = 1
"""Version of the conversion and of the HDF5 file's layout."""

_BLOCK = 4096  # frames; forward kinematics need far more memory than the poses that they give

# The vertical axis of a file → the axes of the file that become x, y and z of the world.
_WORLD_AXES = {"y": [2, 0, 1], "z": [0, 1, 2]}


def read_poses(
    take: Take, spec: MocapSpec, read_skeleton: Callable[[Path], AsfSkeleton] = read_asf
) -> tuple[np.ndarray, float | None]:
    """The poses of one recording.

    Args:
        take: the recording.
        spec: the unit and vertical axis of BVH files.
        read_skeleton: reads an .asf file; a cached reader may stand for `read_asf`.

    Returns:
        [n_frames, 24, 3] float64 joints of s24 in the world frame (z up), mm; and the frames per
        second, None for a file without a frame rate.

    Raises:
        DataError: a file is missing or broken, or has another skeleton than that of CMU.
    """
    if take.skeleton is None:
        motion, joints = read_bvh(take.path), BVH_JOINTS
        unit, up = spec.bvh_unit_mm, spec.bvh_up_axis
    else:
        motion, joints = read_amc(take.path, read_skeleton(take.skeleton)), ASF_JOINTS
        unit, up = 1.0, "y"
    indices = s24_indices(motion.names, joints, take.skeleton or take.path)
    p3w = np.empty((motion.n_frames, S24.n_joints, 3))
    for start in range(0, motion.n_frames, _BLOCK):
        block = motion.positions(start, start + _BLOCK)[:, indices]
        p3w[start : start + _BLOCK] = block[..., _WORLD_AXES[up]] * unit
    return p3w, motion.fps


def write_poses(path: Path, takes: Sequence[Take], spec: MocapSpec) -> None:
    """Convert recordings to an HDF5 file.

    The HDF5 file holds `p3w/<key>` [n_frames, 24, 3] and, in the order of the takes, `keys`,
    `n_frames`, `fps` (NaN for a file without a frame rate) and `mean_root` [n_takes, 3]. Poses are
    float64: far from the origin, float32 would change bone lengths by more than 0.001 mm.

    Args:
        path: the HDF5 file.
        takes: the recordings.
        spec: the unit and vertical axis of BVH files.

    Raises:
        DataError: a file is missing or broken, or has another skeleton than that of CMU.
    """
    import h5py
    from tqdm import tqdm

    read_skeleton = cache(read_asf)  # All motions of a subject share one skeleton.
    with h5py.File(path, "w") as file:
        rates, means, lengths = [], [], []
        for take in tqdm(takes, desc="converting motion capture", unit="file"):
            p3w, fps = read_poses(take, spec, read_skeleton)
            file[f"p3w/{take.key}"] = p3w
            rates.append(np.nan if fps is None else fps)
            means.append(p3w[:, S24.root_index].mean(axis=0))
            lengths.append(len(p3w))
        file["keys"] = [take.key for take in takes]
        file["fps"], file["mean_root"], file["n_frames"] = rates, means, lengths
