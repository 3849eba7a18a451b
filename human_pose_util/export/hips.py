"""Poses as a tree that hangs at the hips, which is what animation programs expect of a person."""

from typing import NamedTuple

import numpy as np

from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.skeleton import PELVIS


class HipTree(NamedTuple):
    """Poses, and their skeleton with the pelvis as its root.

    Attributes:
        p3w: [n_frames, n_joints, 3] positions; the joints of the poses first, in their order.
        skeleton: skeleton of the positions.
    """

    p3w: np.ndarray
    skeleton: Skeleton


def rooted_at_hips(p3w: np.ndarray, skeleton: Skeleton) -> HipTree:
    """Turn the links between the pelvis and the root round, so that the pelvis is the root.

    A skeleton without a pelvis gets one in the middle of the hips, between them and the joint from
    which both hang. If they hang from different joints, the tree stays as it is.

    Args:
        p3w: [n_frames, n_joints, 3] positions, in any unit.
        skeleton: their skeleton.

    Returns:
        The positions and the tree.
    """
    links = dict(skeleton.links)
    parents_of_hips = {links[hip] for hip in skeleton.hips}
    if PELVIS not in links:
        if len(parents_of_hips) > 1 or None in parents_of_hips:
            return HipTree(p3w, skeleton)
        links |= {PELVIS: parents_of_hips.pop(), **dict.fromkeys(skeleton.hips, PELVIS)}
        hips = [skeleton.joint_index(hip) for hip in skeleton.hips]
        p3w = np.concatenate([p3w, p3w[:, hips].mean(axis=1, keepdims=True)], axis=1)
    child: str | None = None
    joint: str | None = PELVIS
    while joint is not None:
        links[joint], child, joint = child, joint, links[joint]
    return HipTree(p3w, Skeleton(skeleton.id, tuple(links.items()), skeleton.head, skeleton.feet,
                                 skeleton.hips))  # fmt: skip
