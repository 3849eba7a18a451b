"""Errors of several hypotheses for a pose.

The names are those of Shan et al., "Diffusion-Based 3D Human Pose Estimation with Multi-Hypothesis
Aggregation" (D3DP), 2023. The best of several poses, or of several joints, is chosen with the truth
(an oracle); an aggregate is made without. All functions compare the poses as they are: make them
relative to the root for D3DP's protocol 1, `align` each of them for its protocol 2.
"""

import numpy as np

from human_pose_util.evaluate.metrics.distances import defined_mean, joint_errors, with_gaps
from human_pose_util.evaluate.metrics.pose import mpjpe


def p_best(hypotheses: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Error of the pose that is nearest to the truth (P-Best), chosen for every frame.

    D3DP's code chooses one hypothesis for all frames of a batch, whose error is not less.

    Args:
        hypotheses: [k, ..., n_joints, 3] k poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.

    Returns:
        [...] mean joint errors; NaN where no hypothesis shares a joint with the truth.
    """
    return np.fmin.reduce(mpjpe(hypotheses, truth), axis=0)


def j_best(hypotheses: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Error of the pose of which each joint is the nearest of all hypotheses (J-Best).

    Args:
        hypotheses: [k, ..., n_joints, 3] k poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.

    Returns:
        [...] mean joint errors; NaN where no hypothesis shares a joint with the truth.
    """
    return defined_mean(np.fmin.reduce(joint_errors(hypotheses, truth), axis=0))


def p_agg(hypotheses: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Error of the mean of all hypotheses (P-Agg).

    Args:
        hypotheses: [k, ..., n_joints, 3] k poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.

    Returns:
        [...] mean joint errors; NaN where no hypothesis shares a joint with the truth.
    """
    return mpjpe(defined_mean(np.moveaxis(with_gaps(hypotheses), 0, -1)), truth)


def j_agg(hypotheses: np.ndarray, truth: np.ndarray, image_errors: np.ndarray) -> np.ndarray:
    """Error of the pose of which each joint is that with the least error in the image (J-Agg).

    Args:
        hypotheses: [k, ..., n_joints, 3] k poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.
        image_errors: [k, ..., n_joints] distances of the projected joints from the observed ones.
            A joint without any (NaN) is that of the first hypothesis.

    Returns:
        [...] mean joint errors; NaN where the chosen joints and the truth share none.
    """
    choice = np.where(np.isnan(image_errors), np.inf, image_errors).argmin(axis=0)
    errors = joint_errors(hypotheses, truth)
    return defined_mean(np.take_along_axis(errors, choice[None], axis=0)[0])
