"""The register of skeletons, converters and data sets, as a project of your own uses it."""

from human_pose_util.dataset.defaults import register_defaults
from human_pose_util.registry import (
    get_converter,
    get_dataset,
    get_skeleton,
    register_converter,
    register_dataset,
    register_skeleton,
)

__all__ = [
    "get_converter",
    "get_dataset",
    "get_skeleton",
    "register_converter",
    "register_dataset",
    "register_defaults",
    "register_skeleton",
]
