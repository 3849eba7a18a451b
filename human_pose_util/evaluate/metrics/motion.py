"""Measures of motion: errors of velocities and accelerations, and jitter.

A joint counts only where it is known in every frame of a difference: two frames for a velocity,
three for an acceleration, four for jitter.
"""

import numpy as np

from human_pose_util.evaluate.metrics.distances import defined_mean, frames_of
from human_pose_util.evaluate.metrics.pose import mpjpe


def mpjve(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean per-joint velocity error (MPJVE), by frame.

    The mean of ‖Δp̂ⱼ − Δpⱼ‖ over the joints j, where Δ is the difference from a frame to the next
    (Pavllo et al., "3D human pose estimation in video with temporal convolutions and
    semi-supervised training", 2019; `mean_velocity_error` in VideoPose3D's loss.py, there of poses
    relative to the pelvis).

    Args:
        pred: [..., n_frames, n_joints, 3] poses in the frame and unit of `truth`.
        truth: [..., n_frames, n_joints, 3] poses.

    Returns:
        [..., n_frames − 1] mean errors in the unit of `truth` per frame; NaN where no joint counts.
    """
    return mpjpe(differences(pred, 1), differences(truth, 1))


def acceleration_error(pred: np.ndarray, truth: np.ndarray, fps: float = 1.0) -> np.ndarray:
    """Mean error of the accelerations of joints, by frame.

    The mean of ‖Δ²p̂ⱼ − Δ²pⱼ‖·fps² over the joints j, where Δ²p = pₜ₋₁ − 2pₜ + pₜ₊₁ (Kanazawa et
    al., "Learning 3D Human Dynamics from Video", 2019; `compute_error_accel` in GVHMR's
    eval_utils.py, there of poses relative to the pelvis).

    Args:
        pred: [..., n_frames, n_joints, 3] poses in the frame and unit of `truth`.
        truth: [..., n_frames, n_joints, 3] poses.
        fps: frames per second; by default the unit of time is a frame.

    Returns:
        [..., n_frames − 2] mean errors in the unit of `truth` per frame² (with `fps`, per s²); NaN
        where no joint counts.
    """
    return fps**2 * mpjpe(differences(pred, 2), differences(truth, 2))


def jitter(p3: np.ndarray, fps: float = 1.0) -> np.ndarray:
    """Mean third derivative of the positions of joints, by frame; it needs no truth.

    The mean of ‖Δ³pⱼ‖·fps³ over the joints j, where Δ³p = pₜ₊₃ − 3pₜ₊₂ + 3pₜ₊₁ − pₜ (Yi et al.,
    "TransPose", 2021; `compute_jitter` in GVHMR's eval_utils.py, which prints a tenth of it).

    Args:
        p3: [..., n_frames, n_joints, 3] poses.
        fps: frames per second; by default the unit of time is a frame.

    Returns:
        [..., n_frames − 3] means in the unit of `p3` per frame³ (with `fps`, per s³); NaN where no
        joint counts.
    """
    return fps**3 * defined_mean(np.linalg.norm(differences(p3, 3), axis=-1))


def differences(p3: np.ndarray, order: int) -> np.ndarray:
    """[..., n_frames − order, n_joints, 3] differences of some order between successive frames."""
    return np.diff(frames_of(p3), order, axis=-3)
