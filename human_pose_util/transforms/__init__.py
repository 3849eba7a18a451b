"""Geometry: rotations, pinhole cameras and least-squares fits, for any leading dimensions."""

from human_pose_util.transforms.camera import (
    LEVEL,
    camera_centre,
    inverse_transform_frame,
    look_at,
    project,
    transform_frame,
)
from human_pose_util.transforms.fit import (
    Similarity,
    fit_intrinsics,
    fit_rigid,
    fit_similarity,
    fit_turn,
)
from human_pose_util.transforms.rotation import (
    FROM_THREE_NUMBERS,
    checked_matrix,
    cross_matrix,
    euler_to_matrix,
    is_rotation,
    matrix_to_euler,
    matrix_to_vector,
    rotate,
    rotate_about,
    rotation_about,
    unit,
    unit_or_zero,
    vector_to_matrix,
)

__all__ = [
    "FROM_THREE_NUMBERS",
    "LEVEL",
    "Similarity",
    "camera_centre",
    "checked_matrix",
    "cross_matrix",
    "euler_to_matrix",
    "fit_intrinsics",
    "fit_rigid",
    "fit_similarity",
    "fit_turn",
    "inverse_transform_frame",
    "is_rotation",
    "look_at",
    "matrix_to_euler",
    "matrix_to_vector",
    "project",
    "rotate",
    "rotate_about",
    "rotation_about",
    "transform_frame",
    "unit",
    "unit_or_zero",
    "vector_to_matrix",
]
