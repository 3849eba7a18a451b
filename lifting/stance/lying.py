"""People who lie stretched out: their bodies are level, which tells the vertical.

With the feet towards a camera, someone who lies looks like someone who stands before a camera that
is far below the floor and looks up. The networks have seen more people who stand, and take the one
for the other. But nobody stays where the centre of mass is not above what supports it.
"""

import numpy as np

from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import unit
from lifting.stance.balance import SEGMENTS, Stance

STRETCHED = 0.9
"""Distance from the ankles to the shoulders, in lengths of leg and trunk, from which on someone is
stretched out. It is 0.94 to 0.96 for people who lie straight, and 0.75 for one who sits."""

USUAL_UP = np.array([0.0, -np.cos(np.radians(9)), -np.sin(np.radians(9))])
"""The vertical in the frame of cameras as people hold them: they look down by 9° on average."""

UPRIGHT = np.cos(np.radians(45.0))
"""Cosine of the angle between a body and `USUAL_UP` from which on the body is rather upright."""

SUPPORT = 200.0
"""Height [mm] above the lowest joint up to which joints support a person."""

FALLING = 0.33
"""Horizontal distance of the centre of mass from the middle of what supports it, in lengths of a
leg, from which on someone falls. In films of motion capture it is up to 0.27, also of people who
get up or kick; it is 0.35 to 1 where the vertical of someone who lies is off by 15 to 58°."""


def may_lie(p3: np.ndarray, skeleton: Skeleton) -> bool:
    """Whether someone is stretched out, and not upright before a camera as people hold it.

    Args:
        p3: [n_frames, n_joints, 3] poses in the camera's frame, one at least.
        skeleton: their skeleton, for which `can_balance` holds.
    """
    ends = [middle(p3, joint, skeleton) for joint in ("shoulder", "hip", "knee", "ankle")]
    length = np.linalg.norm(np.diff(ends, axis=0), axis=2).sum(axis=0)
    is_stretched = np.linalg.norm(ends[0] - ends[-1], axis=1) > STRETCHED * length
    if np.mean(is_stretched) <= 0.5:
        return False
    return bool(np.median(axes(p3, skeleton) @ USUAL_UP) < UPRIGHT)


def falls(p3: np.ndarray, skeleton: Skeleton, up: np.ndarray) -> bool:
    """Whether nothing supports someone in most frames, if a direction is up.

    Args:
        p3: [n_frames, n_joints, 3] poses [mm], one at least.
        skeleton: their skeleton, for which `can_balance` holds.
        up: [3] the direction.
    """
    stance, names = Stance.of(p3, skeleton), {joint for _, *ends, _ in SEGMENTS for joint in ends}
    joints = p3[:, [skeleton.joint_index(f"{side}_{name}") for side in "lr" for name in names]]
    heights = joints @ up
    supports = heights < heights.min(axis=1, keepdims=True) + SUPPORT
    support = (supports[..., None] * joints).sum(axis=1) / supports.sum(axis=1)[:, None]
    arrows = stance.centre - support
    aside = np.linalg.norm(arrows - (arrows @ up)[:, None] * up, axis=1)
    return bool(np.median(aside) > FALLING * stance.leg_length)


def axes(p3: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Directions [n_frames, 3] from the middle of the ankles to that of the shoulders.

    Args:
        p3: [n_frames, n_joints, 3] poses.
        skeleton: their skeleton, for which `can_balance` holds.
    """
    return unit(middle(p3, "shoulder", skeleton) - middle(p3, "ankle", skeleton))


def middle(p3: np.ndarray, joint: str, skeleton: Skeleton) -> np.ndarray:
    """The middles [n_frames, 3] of a left and a right joint.

    Args:
        p3: [n_frames, n_joints, 3] poses.
        joint: the joint's name without its side.
        skeleton: their skeleton.
    """
    return p3[:, [skeleton.joint_index(f"{side}_{joint}") for side in "lr"]].mean(axis=1)
