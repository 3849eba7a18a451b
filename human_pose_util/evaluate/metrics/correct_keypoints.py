"""PCK and AUC, as the official script of MPI-INF-3DHP's test set has them."""

import numpy as np

from human_pose_util.evaluate.metrics.distances import defined_mean, joint_errors

PCK_THRESHOLD = 150.0
"""Error from which on a joint is no longer correct [mm]."""
AUC_THRESHOLDS = np.linspace(0.0, PCK_THRESHOLD, 31)
"""Thresholds of the PCK curve [mm]: 0, 5, …, 150, of which the first counts no joint."""


def pck(
    pred: np.ndarray, truth: np.ndarray, threshold: float | np.ndarray = PCK_THRESHOLD
) -> np.ndarray:
    """Fraction of correct keypoints (PCK): joints with an error below a threshold.

    The poses are compared as they are. The official script of MPI-INF-3DHP's test set
    (`mpii_compute_3d_pck.m`, with Mehta et al., "Monocular 3D Human Pose Estimation In The Wild
    Using Improved CNN Supervision", 2017) takes poses relative to the pelvis, and the 14 joints of
    the skeleton `s14`: the top of the head, neck, shoulders, elbows, wrists, hips, knees and
    ankles. An error that equals the threshold is not correct there.

    Args:
        pred: [..., n_joints, 3] poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.
        threshold: error from which on a joint is not correct, in the unit of `truth`; or an array
            of such thresholds.

    Returns:
        [..., *threshold.shape] fractions, from 0 to 1, of the joints that both poses have; NaN
        where they share none.
    """
    threshold = np.asarray(threshold, dtype=np.float64)
    errors = joint_errors(pred, truth)
    errors = errors.reshape(errors.shape[:-1] + (1,) * threshold.ndim + errors.shape[-1:])
    within = np.where(np.isnan(errors), np.nan, errors < threshold[..., None])
    return defined_mean(within)


def pck_auc(
    pred: np.ndarray, truth: np.ndarray, thresholds: np.ndarray = AUC_THRESHOLDS
) -> np.ndarray:
    """Area under the PCK curve (AUC): mean PCK over thresholds, by default 0, 5, …, 150 mm.

    The default thresholds and the mean are those of MPI-INF-3DHP's official script, see `pck`. No
    error is below the threshold 0, so that perfect poses have the AUC 30/31.

    Args:
        pred: [..., n_joints, 3] poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.
        thresholds: [n_thresholds,] in the unit of `truth`.

    Returns:
        [...] values from 0 to 1.
    """
    return pck(pred, truth, thresholds).mean(axis=-1)
