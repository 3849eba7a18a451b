"""The poses that a GAN learns."""

from collections.abc import Mapping

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


def load_poses(spec: DatasetSpec) -> tuple[np.ndarray, Skeleton]:
    """Every pose of the sequences that a GAN's parameters choose, once.

    Args:
        spec: the data set; mode train unless it says otherwise.

    Returns:
        poses: [n_poses, n_joints, 3] float32, above the origin and facing front, frames with a
            missing joint left out.
        skeleton: theirs.

    Raises:
        SpecError: the specification does not fit the data set.
        DataError: files are missing or broken, or no complete pose is left.
    """
    return poses_of(load_dataset(spec, default_mode="train"), spec.type)


def load_learned(spec: DatasetSpec) -> tuple[np.ndarray, Skeleton]:
    """The same without the recordings that `split` holds out to judge a population by."""
    learned, _ = split(load_dataset(spec, default_mode="train"))
    return poses_of(learned, spec.type)


def poses_of(dataset: Mapping, name: str) -> tuple[np.ndarray, Skeleton]:
    """The same of sequences of a data set of that name."""
    skeleton = get_skeleton(dataset.attrs["skeleton_id"])
    parts = [normalized_poses(s["p3w"], skeleton) for s in one_view_each(dataset).values()]
    poses = np.concatenate(parts).astype(np.float32)
    poses = poses[np.isfinite(poses).all(axis=(1, 2))]
    if not len(poses):
        raise DataError(f"data set {name!r} has no complete pose to train on")
    return poses, skeleton


def split(dataset: Mapping) -> tuple[Dataset, Dataset]:
    """Recordings to learn and, one in `HELD_OUT` of them, to judge by; one view of each.

    Raises:
        DataError: there is only one.
    """
    recordings = one_view_each(dataset)
    if len(recordings) < 2:
        raise DataError("one recording is too few to hold one out: train without a population")
    stride = min(HELD_OUT, len(recordings))
    held_out = set(list(recordings)[stride - 1 :: stride])
    parts = ({k: s for k, s in recordings.items() if (k in held_out) == held} for held in (0, 1))
    learned, judged = (Dataset(part, dataset.attrs) for part in parts)
    return learned, judged
