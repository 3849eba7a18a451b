"""How bones of limbs turn about their own axes: knees and elbows are hinges.

The positions of joints do not tell how a bone turns about its own axis, but the bend of the limb
does. A knee bends backwards and an elbow bends forwards, both about an axis across the limb, the
*hinge*, which thigh and shank, or upper arm and forearm, have in common. It is perpendicular to
both bones, whose cross product points along it.

A limb that is nearly straight, or folded together, tells its hinge badly or not at all. There the
hinge is that of the frames around, and, where no frame tells it, that of the shortest way from the
rest pose. Without this, bones would spin by up to 180° within a frame.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import solveh_banded

from human_pose_util.export.skeleton_tree import children_of, subtree
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import cross_matrix, unit_or_zero

FORWARDS, LEFT, UP = np.eye(3)
"""Directions in the world for a person who faces x."""

# Weight of the change of a hinge from frame to frame, where a right angle counts 1. Of 33 890 steps
# of motion capture, bones spin in 32 with a weight of 1. With 5 to 30 they spin in 15, most of them
# hands that the data turn round.
_STEADINESS = 10.0
_USUAL = 3e-3  # weight of the hinge of the shortest way; a bend of 3° counts as much
_AWAY = 0.1  # weight of the shortest way where a bone points along the hinge of the one before


class Hinge(NamedTuple):
    """The knee or the elbow of a limb.

    Attributes:
        upper: joint at the beginning of the limb, a hip or a shoulder.
        lower: the knee or the elbow, the only child of `upper`.
        end: the ankle or the wrist, the only child of `lower`.
        direction: [3] direction of both bones in the rest pose.
        axis: [3] the hinge in the rest pose.
    """

    upper: int
    lower: int
    end: int
    direction: np.ndarray
    axis: np.ndarray


def rest_directions(skeleton: Skeleton) -> dict[int, np.ndarray]:
    """Direction of the children in the rest pose, for the joints of arms and legs.

    Legs hang down from the hips. A joint at a side belongs to an arm, and its children point to
    that side, unless a hip is below it or above it.

    Args:
        skeleton: the skeleton.
    """
    hips = [skeleton.joint_index(hip) for hip in skeleton.hips]
    below_hips = {joint for hip in hips for joint in subtree(skeleton, hip)}
    directions = {}
    for joint, side in enumerate(skeleton.sides):
        if joint in hips or skeleton.parents[joint] in hips:
            directions[joint] = -UP
        elif side and not set(hips) & set(subtree(skeleton, joint)) and joint not in below_hips:
            directions[joint] = LEFT if side == "l" else -LEFT
    return directions


def hinges_of(skeleton: Skeleton) -> list[Hinge]:
    """The knees and elbows of a skeleton.

    From the rest pose, knees bend backwards and elbows forwards.

    Args:
        skeleton: the skeleton; one whose joints have other names has none.
    """
    bends = dict.fromkeys(("l_knee", "r_knee"), -FORWARDS)
    bends |= dict.fromkeys(("l_elbow", "r_elbow"), FORWARDS)
    directions, found = rest_directions(skeleton), []
    for name in bends.keys() & skeleton.joints:
        lower = skeleton.joint_index(name)
        upper, ends = int(skeleton.parents[lower]), children_of(skeleton, lower)
        if upper >= 0 and children_of(skeleton, upper) == [lower] and len(ends) == 1:
            direction = directions[lower]
            found.append(Hinge(upper, lower, ends[0], direction, np.cross(direction, bends[name])))
    return found


def upper_rotation(hinge: Hinge, bones: np.ndarray, next_bones: np.ndarray) -> np.ndarray:
    """The rotations of the bone before a knee or an elbow, a thigh or an upper arm.

    The hinge minimises the sum, over the frames t, of w·‖h − n‖² + u·‖h − s‖² + ‖hₜ₊₁ − hₜ‖². The
    cross product of both bones is n times the sine of the bend, whose square is w. The shortest way
    from the rest pose leads to s, and u is small, the more so the farther this way is.

    Args:
        hinge: the knee or elbow.
        bones: [n_frames, 3] offsets along the bone, relative to the trunk.
        next_bones: [n_frames, 3] offsets along the bone behind the hinge, relative to the trunk.

    Returns:
        [n_frames, 3, 3] rotations from the rest pose, relative to the trunk.
    """
    bones, next_bones = _directions(bones, hinge), _directions(next_bones, hinge)
    cross = np.cross(bones, next_bones)
    usual = shortest_rotation(hinge.direction, bones) @ hinge.axis
    weight = _USUAL * (1 + bones @ hinge.direction) / 2 + 1e-9
    sine = np.linalg.norm(cross, axis=-1, keepdims=True)
    diagonal = sine[:, 0] ** 2 + weight
    diagonal[1:] += _STEADINESS
    diagonal[:-1] += _STEADINESS
    band = np.stack([np.full(len(bones), -_STEADINESS), diagonal])
    axes = sine * cross + weight[:, None] * usual
    if len(axes) > 1:  # SciPy solves no system of one equation, and its direction is known
        axes = solveh_banded(band, axes)
    return _rotation(hinge, bones, axes)


def lower_rotation(hinge: Hinge, bones: np.ndarray) -> np.ndarray:
    """The rotations of the bone behind a knee or an elbow, a shank or a forearm.

    It keeps the hinge of the bone before. Where it points along that hinge, as a knee that bends
    sideways by 90° would, the shortest way decides.

    Args:
        hinge: the knee or elbow.
        bones: [n_frames, 3] offsets along the bone, relative to the bone before.

    Returns:
        [n_frames, 3, 3] rotations from the rest pose, relative to the bone before.
    """
    bones = _directions(bones, hinge)
    away = shortest_rotation(hinge.direction, bones) @ hinge.axis
    return _rotation(hinge, bones, hinge.axis + _AWAY * away)


def _directions(bones: np.ndarray, hinge: Hinge) -> np.ndarray:
    """[n, 3] unit vectors along bones [n, 3]; that of the rest pose for one without length."""
    directions = unit_or_zero(bones)
    return np.where(directions.any(axis=-1, keepdims=True), directions, hinge.direction)


def _rotation(hinge: Hinge, directions: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """[n, 3, 3] rotations that bring a bone to directions [n, 3] and the hinge towards axes."""
    axes = unit_or_zero(axes - (axes * directions).sum(axis=-1, keepdims=True) * directions)
    rest = np.stack([hinge.direction, hinge.axis, np.cross(hinge.direction, hinge.axis)])
    return np.stack([directions, axes, np.cross(directions, axes)], axis=-1) @ rest


def shortest_rotation(start: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """[n, 3, 3] the smallest rotations from a direction [3] to others [n, 3].

    For unit vectors a and b at an angle θ, (1 + a·b, a × b) = (1 + cos θ, sin θ·n) is a multiple
    of the quaternion (cos θ/2, sin θ/2·n) of the rotation about their normal n. A vector of
    length 0 gives the identity.

    Args:
        start: [3] the direction.
        ends: [n, 3] the others; none needs length 1.
    """
    a, b = unit_or_zero(start), unit_or_zero(ends)
    quaternion = np.concatenate([1 + b @ a[:, None], np.cross(a, b)], axis=-1)
    # Opposite vectors have no normal: any axis perpendicular to a serves for a half turn. The
    # cross product with the axis of the world that is farthest from a is the safest to compute.
    is_opposite = np.linalg.norm(quaternion, axis=-1) < 1e-6
    quaternion[is_opposite, 1:] = np.cross(a, np.eye(3)[np.argmin(np.abs(a))])
    quaternion = unit_or_zero(quaternion)
    k = cross_matrix(quaternion[:, 1:])
    return np.eye(3) + 2 * quaternion[:, :1, None] * k + 2 * k @ k
