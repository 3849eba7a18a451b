"""Measures of the bones of poses, which need no truth: a person's bones are rigid and symmetric."""

import numpy as np

from human_pose_util.evaluate.metrics.distances import defined_mean, frames_of, with_gaps
from human_pose_util.skeleton import Skeleton


def bone_variation(p3: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Standard deviation of the length of each limb bone over time, relative to its mean.

    Of each bone's lengths, this is the coefficient of variation. The standard deviation itself is
    the "mean per segment consistency error" of Rommel et al., "ManiPose", 2024. The bones are those
    within an arm or a leg (`Skeleton.limb_bones`): links of the trunk change their lengths in any
    person.

    Args:
        p3: [..., n_frames, n_joints, 3] poses in any unit.
        skeleton: their skeleton.

    Returns:
        [..., n_limb_bones] fractions; NaN for a bone that fewer than 2 frames have.
    """
    lengths = np.moveaxis(bone_lengths(frames_of(p3), skeleton)[..., skeleton.limb_bones], -2, -1)
    mean = defined_mean(lengths)
    deviation = np.sqrt(defined_mean((lengths - mean[..., None]) ** 2))
    known = (np.isfinite(lengths).sum(axis=-1) >= 2) & (mean > 0)
    return np.where(known, deviation, np.nan) / np.where(known, mean, 1.0)


def bone_asymmetry(p3: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Difference between the lengths of each limb bone and of its mirror image, by frame.

    The mean over bones and frames is the "mean per segment symmetry error" of Rommel et al.,
    "ManiPose", 2024. The bones are those within an arm or a leg (`Skeleton.limb_bones`).

    Args:
        p3: [..., n_joints, 3] poses.
        skeleton: their skeleton.

    Returns:
        [..., n_pairs] absolute differences in the unit of `p3`; NaN where a joint is missing.
    """
    on_limb = skeleton.limb_bones
    pairs = [(a, b) for a, b in mirrored_bones(skeleton) if on_limb[a]]
    a, b = np.reshape(np.array(pairs, dtype=int), (-1, 2)).T
    lengths = bone_lengths(with_gaps(p3), skeleton)
    return np.abs(lengths[..., a] - lengths[..., b])


def bone_lengths(p3: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Lengths of the bones of poses.

    Args:
        p3: [..., n_joints, 3] joint positions.
        skeleton: the joints and bones.

    Returns:
        [..., n_bones] lengths in the unit of the poses, in the order of `skeleton.bones`.
    """
    child, parent = skeleton.bones.T
    return np.linalg.norm(p3[..., child, :] - p3[..., parent, :], axis=-1)


def mirrored_bones(skeleton: Skeleton) -> list[tuple[int, int]]:
    """Pairs of bones, as rows of `skeleton.bones`, that are mirror images of each other."""
    row = {int(child): i for i, child in enumerate(skeleton.bones[:, 0])}
    # Where the root is one of a pair of joints, the other one ends a bone without a mirror image.
    pairs = [(j, int(skeleton.mirror[j])) for j in row if skeleton.mirror[j] > j]
    return [(row[j], row[other]) for j, other in pairs if other in row]
