"""Alignments of predicted poses with true ones, which errors are measured after."""

import numpy as np

from human_pose_util.evaluate.metrics.distances import frames_of, pair, with_gaps
from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.skeleton import PELVIS
from human_pose_util.transforms import Similarity, fit_similarity

MIN_JOINTS = 3
"""Fewest joints that determine an alignment."""
COINCIDENT = 1e-9
"""Largest spread of joints, relative to their coordinates, that counts as one point."""


def root_relative(p3: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Poses relative to the pelvis, the root of the field's protocols.

    Args:
        p3: [..., n_joints, 3] poses.
        skeleton: their skeleton. The root is its joint "pelvis"; where it has none, the middle of
            the hips, which the pelvis of Human3.6M is.

    Returns:
        [..., n_joints, 3] poses whose root is the origin; NaN where a pose lacks its root.
    """
    p3 = with_gaps(p3)
    return p3 - root_of(p3, skeleton)[..., None, :]


def root_of(p3: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """[..., 3] positions of the root of poses, see `root_relative`."""
    root = (PELVIS,) if skeleton.has_joint(PELVIS) else skeleton.hips
    rows = [skeleton.joint_index(joint) for joint in root]
    return with_gaps(p3)[..., rows, :].mean(axis=-2)


def align(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> np.ndarray:
    """Map each predicted pose onto the true pose by Procrustes alignment.

    Args:
        pred: [..., n_joints, 3] poses in any unit and frame.
        truth: [..., n_joints, 3] poses.
        reflection: whether the alignment also admits reflections.

    Returns:
        [..., n_joints, 3] predicted poses in the frame and unit of `truth`; NaN for joints that
        are left out and where the alignment is not determined.
    """
    similarity = fit(pred, truth, reflection)
    pred, _, valid = pair(pred, truth)
    return np.where(valid[..., None], similarity.apply(pred), np.nan)


def align_sequence(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> np.ndarray:
    """Map a predicted sequence onto the true one by one Procrustes alignment.

    Args:
        pred: [..., n_frames, n_joints, 3] poses in any unit and frame.
        truth: [..., n_frames, n_joints, 3] poses.
        reflection: whether the alignment also admits reflections.

    Returns:
        [..., n_frames, n_joints, 3] predicted poses in the frame and unit of `truth`; NaN as for
        `align`.
    """
    aligned = align(as_one_body(pred), as_one_body(truth), reflection)
    return aligned.reshape(aligned.shape[:-2] + np.shape(truth)[-3:])


def fit(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> Similarity:
    """The similarity that maps each predicted pose onto the true pose with the least squared error.

    Args:
        pred: [..., n_joints, 3] poses in any unit and frame.
        truth: [..., n_joints, 3] poses.
        reflection: whether the similarity may be a reflection.

    Returns:
        A similarity for each pose; its scale is NaN where the poses do not determine it.
    """
    pred, truth, valid = pair(pred, truth)
    determined = (valid.sum(axis=-1) >= MIN_JOINTS) & _spread(pred, valid) & _spread(truth, valid)
    fitted = fit_similarity(pred, truth, weights=valid.astype(float), reflection=reflection)
    return fitted._replace(s=np.where(determined, fitted.s, np.nan))


def as_one_body(p3: np.ndarray) -> np.ndarray:
    """[..., n_frames·n_joints, 3] the joints of all frames as those of a single pose."""
    p3 = frames_of(p3)
    return p3.reshape(p3.shape[:-3] + (-1, 3))


def _spread(p3: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """[...] whether the valid joints are apart, by more than rounding."""
    valid = valid[..., None]
    highest = np.where(valid, p3, -np.inf).max(axis=-2, initial=-np.inf)
    lowest = np.where(valid, p3, np.inf).min(axis=-2, initial=np.inf)
    magnitude = np.abs(p3).max(axis=(-2, -1), initial=0.0)
    return (highest - lowest).max(axis=-1) > COINCIDENT * magnitude
