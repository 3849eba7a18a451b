"""The poses that a GAN learns."""

import numpy as np

from human_pose_util.dataset import DatasetSpec, load_dataset, normalized_poses, one_view_each
from human_pose_util.errors import DataError
from human_pose_util.register import get_skeleton
from human_pose_util.skeleton import Skeleton


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
    dataset = one_view_each(load_dataset(spec, default_mode="train"))
    skeleton = get_skeleton(dataset.attrs["skeleton_id"])
    parts = [normalized_poses(dataset[key]["p3w"], skeleton) for key in dataset]
    poses = np.concatenate(parts).astype(np.float32)
    poses = poses[np.isfinite(poses).all(axis=(1, 2))]
    if not len(poses):
        raise DataError(f"data set {spec.type!r} has no complete pose to train on")
    return poses, skeleton
