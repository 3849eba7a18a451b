"""Joint errors of single poses: MPJPE as it is, after scaling, and after Procrustes alignment."""

import numpy as np

from human_pose_util.evaluate.metrics.alignment import align, as_one_body
from human_pose_util.evaluate.metrics.distances import defined_mean, distances, joint_errors, pair


def mpjpe(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean per-joint position error (MPJPE), without alignment.

    The mean of ‖p̂ⱼ − pⱼ‖ over the joints j of a predicted pose p̂ and a true pose p (Ionescu et
    al., "Human3.6M", 2014). The field's MPJPE, "protocol 1", is that of poses relative
    to the pelvis (`root_relative`).

    Args:
        pred: [..., n_joints, 3] poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.

    Returns:
        [...] mean error of the joints that both poses have; NaN where they share none.
    """
    return defined_mean(joint_errors(pred, truth))


def n_mpjpe(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """MPJPE after the best scaling of each predicted pose about the origin (N-MPJPE).

    The scale s = Σⱼ p̂ⱼ·pⱼ / Σⱼ ‖p̂ⱼ‖² minimises the squared error Σⱼ ‖s·p̂ⱼ − pⱼ‖². Nothing else is
    fitted, so the poses should be relative to the root joint. From Rhodin et al., "Unsupervised
    Geometry-Aware Representation for 3D Human Pose Estimation", 2018.

    Args:
        pred: [..., n_joints, 3] root-relative poses.
        truth: [..., n_joints, 3] root-relative poses.

    Returns:
        [...] mean joint errors in the unit of `truth`; NaN where `pred` is all zero.
    """
    pred, truth, valid = pair(pred, truth)
    with np.errstate(invalid="ignore"):
        scale = _total(pred * truth) / _total(pred**2)
    return defined_mean(distances(scale[..., None, None] * pred, truth, valid))


def p_mpjpe(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> np.ndarray:
    """MPJPE after Procrustes alignment of every frame (P-MPJPE), the field's "protocol 2".

    For each frame, `pred` is mapped onto `truth` by the similarity transform (scale, rotation and
    translation) with the least squared error, so the result does not depend on the scale,
    orientation or position of `pred`.

    Args:
        pred: [..., n_joints, 3] poses in any unit and frame.
        truth: [..., n_joints, 3] poses.
        reflection: whether the alignment also admits reflections, as the code of the original
            paper does; a mirrored pose then has the error 0.

    Returns:
        [...] mean joint errors in the unit of `truth`; NaN where the alignment is not determined.
    """
    return mpjpe(align(pred, truth, reflection), truth)


def sequence_p_mpjpe(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> np.ndarray:
    """MPJPE after one Procrustes alignment of the whole sequence.

    Args:
        pred: [..., n_frames, n_joints, 3] poses in any unit and frame.
        truth: [..., n_frames, n_joints, 3] poses.
        reflection: whether the alignment also admits reflections.

    Returns:
        [...] mean error over all joints of the sequence, in the unit of `truth`; NaN where the
        alignment is not determined.
    """
    return p_mpjpe(as_one_body(pred), as_one_body(truth), reflection)


def _total(p3: np.ndarray) -> np.ndarray:
    """[...] sum over the joints and coordinates of [..., n_joints, 3]."""
    return p3.sum(axis=(-2, -1))
