"""The poses that a GAN learns."""

import numpy as np

from human_pose_util.dataset import (
    Dataset,
    DatasetSpec,
    load_dataset,
    normalized_poses,
    one_view_each,
)
from human_pose_util.errors import DataError
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import Skeleton

HELD_OUT = 8
"""One in so many recordings is held out from a population."""


def load_poses(spec: DatasetSpec) -> tuple[np.ndarray, Skeleton]:
    """Load the poses of all recordings that a GAN's parameters choose, each pose once.

    Args:
        spec: the data set and its filters; recordings of mode train, unless it names other modes.

    Returns:
        poses: [n_poses, n_joints, 3] float32, z up, the root above the origin, facing front;
            frames with a missing joint are left out.
        skeleton: the skeleton of the poses.

    Raises:
        SpecError: the specification does not fit the data set.
        DataError: files are missing or broken, or no complete pose is left.
    """
    return poses_of(load_dataset(spec, default_mode="train"), spec.type)


def load_learned(spec: DatasetSpec) -> tuple[np.ndarray, Skeleton]:
    """Load what a population learns: `load_poses` without the recordings that `split` holds out."""
    learned, _ = split(load_dataset(spec, default_mode="train"))
    return poses_of(learned, spec.type)


def poses_of(dataset: Dataset, name: str) -> tuple[np.ndarray, Skeleton]:
    """Collect the poses of all recordings of a data set, each pose once.

    Args:
        dataset: sequences by key; of several views of a recording one is used.
        name: the name of the data set, for the message of an error.

    Returns:
        The poses and their skeleton, as `load_poses` returns them.

    Raises:
        DataError: there is no complete pose.
    """
    skeleton = get_skeleton(dataset.attrs["skeleton_id"])
    parts = [normalized_poses(s["p3w"], skeleton) for s in one_view_each(dataset).values()]
    poses = np.concatenate(parts).astype(np.float32)
    poses = poses[np.isfinite(poses).all(axis=(1, 2))]
    if not len(poses):
        raise DataError(f"data set {name!r} has no complete pose to train on")
    return poses, skeleton


def split(dataset: Dataset) -> tuple[Dataset, Dataset]:
    """Divide a data set into recordings to learn and recordings to judge by.

    Args:
        dataset: sequences by key.

    Returns:
        The recordings to learn, and, one in `HELD_OUT`, those that are held out; one view of each.

    Raises:
        DataError: there is only one recording.
    """
    recordings = one_view_each(dataset)
    if len(recordings) < 2:
        raise DataError("one recording is too few to hold one out: train without a population")
    stride = min(HELD_OUT, len(recordings))
    held_out = set(list(recordings)[stride - 1 :: stride])
    learned, judged = (
        Dataset({k: s for k, s in recordings.items() if (k in held_out) == held}, dataset.attrs)
        for held in (False, True)
    )
    return learned, judged
