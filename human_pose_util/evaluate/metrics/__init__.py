"""Measures of inferred poses, each a small function with its source.

Poses have shape [..., n_joints, 3], sequences [..., n_frames, n_joints, 3]. Leading dimensions
broadcast, and each frame is evaluated on its own unless a function says otherwise. Errors have the
unit of `truth`. All values are computed in float64.

A joint with a coordinate that is not finite in either pose is left out of its frame. An alignment
is not determined if fewer than 3 joints are left in the frame or all of them coincide; such a
frame has the error NaN. `finite_mean` averages the other frames and counts the frames left out.
"""

from human_pose_util.evaluate.metrics.alignment import (
    align,
    align_sequence,
    root_of,
    root_relative,
)
from human_pose_util.evaluate.metrics.bones import bone_asymmetry, bone_lengths, bone_variation
from human_pose_util.evaluate.metrics.correct_keypoints import (
    AUC_THRESHOLDS,
    PCK_THRESHOLD,
    pck,
    pck_auc,
)
from human_pose_util.evaluate.metrics.distances import defined_mean, finite_mean, joint_errors
from human_pose_util.evaluate.metrics.hypotheses import j_agg, j_best, p_agg, p_best
from human_pose_util.evaluate.metrics.motion import acceleration_error, jitter, mpjve
from human_pose_util.evaluate.metrics.pose import mpjpe, n_mpjpe, p_mpjpe, sequence_p_mpjpe
from human_pose_util.evaluate.metrics.world import foot_sliding, rte, w_mpjpe, wa_mpjpe

__all__ = [
    "AUC_THRESHOLDS",
    "PCK_THRESHOLD",
    "acceleration_error",
    "align",
    "align_sequence",
    "bone_asymmetry",
    "bone_lengths",
    "bone_variation",
    "defined_mean",
    "finite_mean",
    "foot_sliding",
    "j_agg",
    "j_best",
    "jitter",
    "joint_errors",
    "mpjpe",
    "mpjve",
    "n_mpjpe",
    "p_agg",
    "p_best",
    "p_mpjpe",
    "pck",
    "pck_auc",
    "root_of",
    "root_relative",
    "rte",
    "sequence_p_mpjpe",
    "w_mpjpe",
    "wa_mpjpe",
]
