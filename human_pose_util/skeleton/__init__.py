"""Skeletons, and the conversions between them."""

from human_pose_util.skeleton.converter import CONVERTERS, Converter
from human_pose_util.skeleton.skeleton import Skeleton
from human_pose_util.skeleton.skeletons import H36M_17, S14, S16, S20, S24, SKELETONS

__all__ = [
    "CONVERTERS",
    "H36M_17",
    "S14",
    "S16",
    "S20",
    "S24",
    "SKELETONS",
    "Converter",
    "Skeleton",
]
