"""A skeleton of constant bones that turns at its joints, fitted to sequences of positions.

The children of a joint are fixed to the joint, at constant offsets, and turn with it. In the rest
pose, where no joint is turned, the person stands upright in the world (z up) and faces x, with
straight legs, feet that point forwards, and arms that are stretched out sideways. The rest of the
body is as it is on average.
"""

from typing import NamedTuple

import numpy as np

from human_pose_util.export.hinges import (
    LEFT,
    UP,
    hinges_of,
    lower_rotation,
    rest_directions,
    shortest_rotation,
    upper_rotation,
)
from human_pose_util.export.skeleton_tree import children_of, depth_first
from human_pose_util.sampling import evenly_spaced
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import rotation_about, unit_or_zero

_N_SAMPLES = 500  # frames, which suffice to find a rigid shape
_N_ROUNDS = 5  # of generalised Procrustes analysis
_N_REFINEMENTS = 4  # of a rotation, whose bias falls to a hundredth of that of two
_INERTIA = 0.003  # weight of the previous rotation, relative to that of the children


class Rig(NamedTuple):
    """A skeleton of constant bones and its motion.

    Attributes:
        offsets: [n_joints, 3] position of each joint relative to its parent in the rest pose; 0
            for the root.
        root_position: [n_frames, 3] position of the root in the world.
        rotations: [n_frames, n_joints, 3, 3] rotation of each joint relative to its parent, that
            of the root relative to the world; identity for joints without children.
    """

    offsets: np.ndarray
    root_position: np.ndarray
    rotations: np.ndarray


def fit_skeleton(p3w: np.ndarray, skeleton: Skeleton) -> Rig:
    """Fit the constant skeleton of a person, and the rotations of its joints.

    The length of a bone is its median over the frames. A joint with one child turns the bone into
    its direction: those before and behind a knee or an elbow with the hinge of the limb
    (`human_pose_util.export.hinges`), others by the shortest way. A joint with several children
    turns them as near to their positions as possible (Kabsch 1976), from offsets that suit all
    frames (generalised Procrustes analysis, Gower 1975); collinear children do not determine the
    twist, so these joints have none.

    Args:
        p3w: [n_frames, n_joints, 3] finite positions in the world, in any unit.
        skeleton: skeleton with one root.

    Returns:
        The rig, in the unit of `p3w`.

    Raises:
        SpecError: the skeleton has several roots.
    """
    p3w = np.asarray(p3w, np.float64)
    n_frames, n_joints = p3w.shape[:2]
    sample = evenly_spaced(n_frames, _N_SAMPLES)
    directions = rest_directions(skeleton)
    hinges = hinges_of(skeleton)
    before, behind = ({getattr(h, name): h for h in hinges} for name in ("upper", "lower"))
    ankles = [hinge.end for hinge in hinges if (hinge.axis == LEFT).all()]

    def relative(joint: int, ends: list[int], frames: np.ndarray) -> np.ndarray:
        """[n_frames, n_ends, 3] offsets of joints in frames [n_frames, 3, 3]; x @ R is Rᵀ·x."""
        return (p3w[:, ends] - p3w[:, [joint]]) @ frames

    body = _body_rotations(p3w, skeleton)
    world = {-1: body}  # rotation of each joint relative to the world, [n_frames, 3, 3]
    offsets = np.zeros((n_joints, 3))
    rotations = np.tile(np.eye(3), (n_frames, n_joints, 1, 1))
    for joint in depth_first(skeleton):
        children = children_of(skeleton, joint)
        if not children:
            continue
        parent = world[int(skeleton.parents[joint])]
        measured = relative(joint, children, parent)
        rest = _rest_offsets(_mean_shape(measured, sample), measured, directions.get(joint))
        if joint in ankles:
            rest = _pointing_forwards(rest)
        if hinge := before.get(joint):
            next_bone = relative(hinge.lower, [hinge.end], parent)
            rotations[:, joint] = upper_rotation(hinge, measured[:, 0], next_bone[:, 0])
        elif hinge := behind.get(joint):
            rotations[:, joint] = lower_rotation(hinge, measured[:, 0])
        else:
            rotations[:, joint] = _rotation_to(rest, measured)
        offsets[children] = rest
        world[joint] = parent @ rotations[:, joint]
    root = skeleton.root_index
    rotations[:, root] = body @ rotations[:, root]
    return Rig(offsets, p3w[:, root], rotations)


def _body_rotations(p3w: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """[n_frames, 3, 3] rotations from an upright body that faces x to the body in the world.

    The line between the hips and the line from their middle to the head determine them.
    """
    left, right = (p3w[:, skeleton.joint_index(hip)] for hip in skeleton.hips)
    up = p3w[:, skeleton.joint_index(skeleton.head)] - (left + right) / 2
    return _procrustes(np.stack([LEFT, UP]), unit_or_zero(np.stack([left - right, up], axis=1)))


def _mean_shape(measured: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """[n_children, 3] the rigid shape of children, from offsets [n_frames, n_children, 3].

    Generalised Procrustes analysis of the frames in `sample`: all are rotated to the shape, and
    their mean is the next shape. The first shape is the frame of median size. At the end, each
    offset gets its median length.
    """
    offsets = measured[sample]
    size = np.linalg.norm(offsets, axis=(1, 2))
    shape = offsets[np.argsort(size)[len(size) // 2]]
    for _ in range(_N_ROUNDS):
        shape = np.mean(offsets @ _rotation_to(shape, offsets), axis=0)
    return unit_or_zero(shape) * np.median(np.linalg.norm(measured, axis=-1), axis=0)[:, None]


def _rest_offsets(
    shape: np.ndarray, measured: np.ndarray, direction: np.ndarray | None
) -> np.ndarray:
    """[n_children, 3] the shape in its mean orientation, or turned so that it has a direction."""
    rest = shape @ _rotation_to(shape, measured.mean(axis=0, keepdims=True))[0].T
    if direction is None:
        return rest
    return rest @ shortest_rotation(rest.mean(axis=0), direction[None])[0].T


def _pointing_forwards(rest: np.ndarray) -> np.ndarray:
    """Offsets [n_children, 3] turned about the vertical so that their mean points towards x.

    Programs that play a motion on another body expect its feet to point forwards at rest.
    """
    x, y, _ = rest.mean(axis=0)
    return rest @ rotation_about(np.arctan2(y, x), "z")  # turns rows by the opposite angle


def _rotation_to(rest: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """[n_frames, 3, 3] rotations from offsets [n_children, 3] to [n_frames, n_children, 3]."""
    if len(rest) == 1:
        return shortest_rotation(rest[0], measured[:, 0])
    return _procrustes(rest, measured)


def _procrustes(rest: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """[n_frames, 3, 3] rotations that bring [n_children, 3] nearest to [n_frames, n_children, 3].

    With the covariance C = Σ measured·restᵀ, the rotation R maximises tr(Rᵀ(C + w·R₀)), which has
    the solution U·diag(1, 1, ±1)·Vᵀ by the singular value decomposition (Kabsch 1976). The small
    term w·R₀ decides what the children do not determine, as the twist of collinear children.
    """
    covariance = np.swapaxes(measured, -1, -2) @ rest
    weight = _INERTIA * np.linalg.norm(covariance, axis=(-1, -2))[:, None, None] + 1e-12
    # With R₀ = identity, the small term also biases the rest of R a little towards the identity.
    # Then R₀ is the result of the round before, and after a few rounds hardly any bias remains.
    rotation = np.eye(3)
    for _ in range(_N_REFINEMENTS):
        u, _, vt = np.linalg.svd(covariance + weight * rotation)
        u[..., 2] *= np.linalg.det(u @ vt)[:, None]  # a rotation, and not a reflection
        rotation = u @ vt
    return rotation
