"""Bones as surfaces: a slim octahedron for each, which a skin moves with its joint."""

from typing import NamedTuple

import numpy as np

from human_pose_util.skeleton import Skeleton

_WAIST = 0.2  # where an octahedron is widest, as a share of the bone from its parent on
_RADIUS = 0.1  # of the octahedron, relative to the bone
_RADII = 0.008, 0.03  # smallest and largest radius [m]


class BoneMesh(NamedTuple):
    """Triangles of bones; each three vertices are a triangle, counter-clockwise from outside.

    Attributes:
        vertices: [n_vertices, 3] positions [m].
        normals: [n_vertices, 3] unit vectors to the outside.
        joints: [n_vertices] index of the joint with which the vertex moves.
    """

    vertices: np.ndarray
    normals: np.ndarray
    joints: np.ndarray


def bone_mesh(rest: np.ndarray, skeleton: Skeleton, side: str) -> BoneMesh:
    """The octahedra of the bones of one side; a bone of no length has none.

    Args:
        rest: [n_joints, 3] positions of the joints [m].
        skeleton: their skeleton.
        side: "l", "r" or "", the side of the child joint of a bone.
    """
    bones = [(child, parent) for child, parent in skeleton.bones if skeleton.sides[child] == side]
    ends = np.array(bones, dtype=int).reshape(-1, 2)
    ends = ends[np.linalg.norm(rest[ends[:, 0]] - rest[ends[:, 1]], axis=-1) > 1e-6]
    triangles = np.array([_octahedron(rest[parent], rest[child]) for child, parent in ends])
    triangles = triangles.reshape(-1, 3, 3)
    a, b, c = triangles.swapaxes(0, 1)
    normals = np.cross(b - a, c - a)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    n_vertices = 3 * len(triangles)
    per_bone = n_vertices // max(len(ends), 1)
    return BoneMesh(
        triangles.reshape(-1, 3), np.repeat(normals, 3, axis=0), np.repeat(ends[:, 1], per_bone)
    )


def _octahedron(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """[8, 3, 3] the triangles of a bone between two points [3]."""
    length = np.linalg.norm(end - start)
    along = (end - start) / length
    across = np.cross(along, np.eye(3)[np.argmin(np.abs(along))])
    across /= np.linalg.norm(across)
    around = np.stack([across, np.cross(along, across)])
    waist = start + _WAIST * (end - start)
    ring = waist + np.clip(_RADIUS * length, *_RADII) * np.concatenate([around, -around])
    following = np.roll(ring, -1, axis=0)
    near = [(start, b, a) for a, b in zip(ring, following, strict=True)]
    far = [(end, a, b) for a, b in zip(ring, following, strict=True)]
    return np.array([*near, *far])
