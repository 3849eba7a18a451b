"""A skeleton as a tree of joints, by their indices."""

import numpy as np

from human_pose_util.errors import SpecError
from human_pose_util.skeleton import Skeleton


def children_of(skeleton: Skeleton, joint: int) -> list[int]:
    """Indices of the children of a joint, in order.

    Args:
        skeleton: the skeleton.
        joint: index of the joint; −1 for the roots of the skeleton.
    """
    return np.flatnonzero(skeleton.parents == joint).tolist()


def depth_first(skeleton: Skeleton) -> list[int]:
    """Indices of all joints, where each joint is followed at once by its descendants.

    Raises:
        SpecError: the skeleton has several roots.
    """
    roots = children_of(skeleton, -1)
    if len(roots) > 1:
        names = ", ".join(skeleton.joints[root] for root in roots)
        raise SpecError(f"skeleton {skeleton.id!r} is no single tree: its roots are {names}")
    return subtree(skeleton, roots[0])


def subtree(skeleton: Skeleton, joint: int) -> list[int]:
    """Indices of a joint and its descendants, depth first.

    Args:
        skeleton: the skeleton.
        joint: index of the joint.
    """
    return [joint, *(j for c in children_of(skeleton, joint) for j in subtree(skeleton, c))]


def rest_positions(offsets: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """[n_joints, 3] positions of joints relative to the root, from those relative to parents."""
    positions = np.zeros_like(offsets)
    for joint in depth_first(skeleton)[1:]:
        positions[joint] = positions[skeleton.parents[joint]] + offsets[joint]
    return positions
