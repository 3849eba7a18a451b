"""A skeleton of constant bones that turns at its joints, fitted to sequences of positions.

The children of a joint are fixed to it, at their offsets, and turn with it. In the rest pose,
where no joint is turned, the person stands upright in the world (z up), faces x, and has the legs
straight and the arms stretched out sideways; the rest of the body is as it is on average.
"""

import numpy as np

from human_pose_util.errors import SpecError
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import cross_matrix

LEFT, UP = np.eye(3)[1:]

_SAMPLE = 500  # frames are enough for the shape of what is rigid
_ROUNDS = 5
_INERTIA = 0.003  # weight of no turn at all, where the children tell little of a turn


def fit_skeleton(p3w: np.ndarray, skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The constant skeleton of a person, and the turns of its joints.

    A bone's length is its median over the frames. A joint with one child turns its bone into the
    bone's direction, with no twist against its parent; one with several children turns them as
    near as can be (Kabsch 1976), from offsets that suit all frames (Gower 1975, generalised
    Procrustes analysis). Collinear children leave the twist to the parent, too.

    Args:
        p3w: [n_frames, n_joints, 3] finite positions in the world, in any unit.
        skeleton: with one root.

    Returns:
        offsets: [n_joints, 3] from the parent in the rest pose, the root's is 0.
        root_position: [n_frames, 3] the root in the world.
        rotations: [n_frames, n_joints, 3, 3] of each joint against its parent's, the root's
            against the world; identity for joints without children.

    Raises:
        SpecError: the skeleton has several roots.
    """
    p3w = np.asarray(p3w, np.float64)
    n_frames, n_joints = p3w.shape[:2]
    sample = np.unique(np.linspace(0, n_frames - 1, _SAMPLE).astype(int))
    stretched = _stretched(skeleton)
    frames = _body_frames(p3w, skeleton)
    world = {-1: frames}
    offsets = np.zeros((n_joints, 3))
    rotations = np.tile(np.eye(3), (n_frames, n_joints, 1, 1))
    for joint in depth_first(skeleton):
        children = children_of(skeleton, joint)
        if not children:
            continue
        parent = world[skeleton.parents[joint]]
        seen = (p3w[:, children] - p3w[:, [joint]]) @ parent
        rest = _rest(_shape(seen, sample), seen, stretched.get(joint))
        rotations[:, joint] = _turn(rest, seen)
        offsets[children] = rest
        world[joint] = parent @ rotations[:, joint]
    root = skeleton.root_index
    rotations[:, root] = frames @ rotations[:, root]
    return offsets, p3w[:, root], rotations


def positions(
    offsets: np.ndarray, root_position: np.ndarray, rotations: np.ndarray, skeleton: Skeleton
) -> np.ndarray:
    """Forward kinematics: where the joints of a fitted skeleton are.

    Args:
        offsets: [n_joints, 3], as `fit_skeleton` returns them.
        root_position: [n_frames, 3], likewise.
        rotations: [n_frames, n_joints, 3, 3], likewise.
        skeleton: with one root.

    Returns:
        [n_frames, n_joints, 3] positions in the world, in the unit of the offsets.
    """
    p3w = np.empty((*rotations.shape[:2], 3))
    world = np.empty_like(rotations)
    for joint in depth_first(skeleton):
        parent = skeleton.parents[joint]
        if parent < 0:
            p3w[:, joint], world[:, joint] = root_position, rotations[:, joint]
        else:
            p3w[:, joint] = p3w[:, parent] + world[:, parent] @ offsets[joint]
            world[:, joint] = world[:, parent] @ rotations[:, joint]
    return p3w


def children_of(skeleton: Skeleton, joint: int) -> list[int]:
    """Indices of the joints that hang from a joint, in order."""
    return np.flatnonzero(skeleton.parents == joint).tolist()


def depth_first(skeleton: Skeleton) -> list[int]:
    """Indices of all joints, each followed at once by all that hangs from it.

    Raises:
        SpecError: the skeleton has several roots.
    """
    roots = children_of(skeleton, -1)
    if len(roots) > 1:
        names = ", ".join(skeleton.joints[root] for root in roots)
        raise SpecError(f"skeleton {skeleton.id!r} is no single tree: its roots are {names}")
    return _below(skeleton, roots[0])


def _below(skeleton: Skeleton, joint: int) -> list[int]:
    """A joint and all that hangs from it."""
    return [joint, *(j for c in children_of(skeleton, joint) for j in _below(skeleton, c))]


def _body_frames(p3w: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """[n_frames, 3, 3] rotations to the world from a frame in which the body is upright, facing x.

    By the line of the hips and that from their middle to the head.
    """
    left, right = (p3w[:, skeleton.index(hip)] for hip in skeleton.hips)
    up = p3w[:, skeleton.index(skeleton.head)] - (left + right) / 2
    return _procrustes(np.stack([LEFT, UP]), _unit(np.stack([left - right, up], axis=1)))


def _stretched(skeleton: Skeleton) -> dict[int, np.ndarray]:
    """The direction of what hangs from the joints of the limbs in the rest pose."""
    hips = [skeleton.index(hip) for hip in skeleton.hips]
    directions = {}
    for joint, side in enumerate(skeleton.sides):
        if joint in hips or skeleton.parents[joint] in hips:
            directions[joint] = -UP
        elif side and not set(hips) & {*_below(skeleton, joint), *_above(skeleton, joint)}:
            directions[joint] = LEFT if side == "l" else -LEFT
    return directions


def _above(skeleton: Skeleton, joint: int) -> list[int]:
    """The parent of a joint, its parent, and so on."""
    parent = skeleton.parents[joint]
    return [] if parent < 0 else [parent, *_above(skeleton, parent)]


def _shape(seen: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """[n_children, 3] how children stand to each other, from [n_frames, n_children, 3]."""
    some = seen[sample]
    size = np.linalg.norm(some, axis=(1, 2))
    shape = some[np.argsort(size)[len(size) // 2]]
    for _ in range(_ROUNDS):
        shape = np.mean(some @ _turn(shape, some), axis=0)
    return _unit(shape) * np.median(np.linalg.norm(seen, axis=-1), axis=0)[:, None]


def _rest(shape: np.ndarray, seen: np.ndarray, direction: np.ndarray | None) -> np.ndarray:
    """[n_children, 3] the shape turned as it is on average, and then stretched out if it is to."""
    rest = shape @ _turn(shape, seen.mean(axis=0, keepdims=True))[0].T
    if direction is None:
        return rest
    return rest @ _swing(rest.mean(axis=0), direction[None])[0].T


def _turn(rest: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """[n_frames, 3, 3] rotations from offsets [n_children, 3] to [n_frames, n_children, 3]."""
    return _swing(rest[0], seen[:, 0]) if len(rest) == 1 else _procrustes(rest, seen)


def _swing(start: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """[n, 3, 3] the smallest rotations from one direction [3] to others [n, 3]; none to or from 0.

    The quaternions (1 + a·b, a × b); the opposite direction is reached about an axis of its own.
    """
    a, b = _unit(start), _unit(ends)
    quaternion = np.concatenate([1 + b @ a[:, None], np.cross(a, b)], axis=-1)
    opposite = np.linalg.norm(quaternion, axis=-1) < 1e-6
    quaternion[opposite, 1:] = np.cross(a, np.eye(3)[np.argmin(np.abs(a))])
    quaternion = _unit(quaternion)
    k = cross_matrix(quaternion[:, 1:])
    return np.eye(3) + 2 * quaternion[:, :1, None] * k + 2 * k @ k


def _procrustes(rest: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """[n_frames, 3, 3] rotations that take [n_children, 3] nearest to [n_frames, n_children, 3].

    Inertia decides what the children leave open; the second pass, from where the first one
    arrived, takes back what it has changed in what they do not.
    """
    covariance = np.swapaxes(seen, -1, -2) @ rest
    weight = _INERTIA * np.linalg.norm(covariance, axis=(-1, -2))[:, None, None] + 1e-12
    rotation = np.eye(3)
    for _ in range(2):
        u, _, vt = np.linalg.svd(covariance + weight * rotation)
        u[..., 2] *= np.linalg.det(u @ vt)[:, None]
        rotation = u @ vt
    return rotation


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length 1; 0 stays 0."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 0, length, 1)
