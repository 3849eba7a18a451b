"""Converts recordings to s24 poses in the world."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from human_pose_util.dataset.converted import Parts
from human_pose_util.dataset.mocap.amc import read_amc
from human_pose_util.dataset.mocap.asf import AsfSkeleton, read_asf
from human_pose_util.dataset.mocap.bvh import read_bvh
from human_pose_util.dataset.mocap.files import Recording
from human_pose_util.dataset.mocap.joints import (
    ASF,
    BVH_NAMINGS,
    CMU,
    Naming,
    naming_of,
    own_naming,
    s24_positions,
)
from human_pose_util.dataset.mocap.spec import MocapSpec
from human_pose_util.dataset.plausible import check_person_size
from human_pose_util.dataset.text import broken
from human_pose_util.progress import progress_bar
from human_pose_util.skeleton import S24

_BLOCK = 4096  # frames; forward kinematics need far more memory than the poses that they give

_UNIT_REMEDY = "give the unit in dataset.json, key 'bvh_unit_mm'"
_SHORTEST_LEG, _LONGEST_LEG = 200.0, 1400.0  # mm, of toddlers and of giants

# The vertical axis of a file → the axes of the file that become x, y and z of the world.
_WORLD_AXES = {"y": [2, 0, 1], "z": [0, 1, 2]}


def read_recordings(recordings: Sequence[Recording], spec: MocapSpec) -> Iterator[Parts]:
    """The poses of recordings, for `converted_dataset`.

    Poses are float64: far from the origin, float32 would change bone lengths by more than 0.001 mm.

    Args:
        recordings: the recordings.
        spec: the unit, the vertical axis and the joints of BVH files.

    Yields:
        Key, the array `p3w`, and the attributes `fps` (None for a file without a frame rate) and
        `mean_root`, the mean position of the root [3], of every recording.

    Raises:
        DataError: a file is missing or broken, or names its joints as no known tool does.
    """
    read_skeleton = cache(read_asf)  # All motions of a subject share one skeleton.
    with progress_bar("converting motion capture", len(recordings), unit="file") as bar:
        for recording in recordings:
            p3w, fps = _read_poses(recording, spec, read_skeleton)
            middle = p3w[:, S24.root_index].mean(axis=0)
            yield recording.key, {"p3w": p3w}, {"fps": fps, "mean_root": middle}
            bar.update()


def _read_poses(
    recording: Recording, spec: MocapSpec, read_skeleton: Callable[[Path], AsfSkeleton]
) -> tuple[np.ndarray, float | None]:
    """The joints of s24 [n_frames, 24, 3] in the world (z up) [mm], float64; frames per second.

    A file without a frame rate has None in place of its rate.
    """
    if recording.skeleton is None:
        motion, up = read_bvh(recording.path), spec.bvh_up_axis
        namings = [own_naming(spec.bvh_joints)] if spec.bvh_joints else BVH_NAMINGS
    else:
        motion, up = read_amc(recording.path, read_skeleton(recording.skeleton)), "y"
        namings = [ASF]
    naming = naming_of(motion.names, namings, recording.skeleton or recording.path)
    unit = naming.unit_mm if recording.skeleton or not spec.bvh_unit_mm else spec.bvh_unit_mm
    p3w = np.empty((motion.n_frames, S24.n_joints, 3))
    for start in range(0, motion.n_frames, _BLOCK):
        block = s24_positions(motion.positions(start, start + _BLOCK), motion.names, naming)
        p3w[start : start + _BLOCK] = block[..., _WORLD_AXES[up]] * unit
    if not spec.bvh_unit_mm:
        if naming not in (ASF, CMU):
            _check_legs(p3w[0], naming, recording.path)
        check_person_size(p3w, recording.path, _UNIT_REMEDY)
    return p3w, motion.fps


def _check_legs(pose: np.ndarray, naming: Naming, path: Path) -> None:
    """Checks that the legs of a pose [24, 3] [mm] have a likely length; else the unit is wrong."""
    legs = [[S24.joint_index(f"{s}_{joint}") for joint in ("hip", "knee", "ankle")] for s in "lr"]
    length = np.linalg.norm(np.diff(pose[legs], axis=1), axis=-1).sum(axis=1).mean()
    if not _SHORTEST_LEG <= length <= _LONGEST_LEG:
        problem = f"the legs are {length:.4g} mm long with {naming.unit_mm:g} mm as unit of length"
        raise broken(path, problem, _UNIT_REMEDY)
