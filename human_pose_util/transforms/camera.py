"""Pinhole cameras: world to camera frame, camera frame to image, and back.

World: right-handed, z up. Camera (OpenCV): x right, y down, z forward. Extrinsics r, t map the
world into the camera frame, p3c = R·p3w + t; intrinsics f, c map the camera frame into the image,
u = f·x/z + c. Lengths are in any one unit, pixels too (f, c and p2 in the same).
"""

import numpy as np

from human_pose_util.transforms.backend import asarray, backend
from human_pose_util.transforms.rotation import as_matrix, rotate

LEVEL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""From a frame with z up to that of a camera which looks along y and is held upright."""


def transform_frame(p, r, t):
    """Points in another frame, R·p + t.

    Args:
        p: [A1, ..., An, n_points, 3] points.
        r: rotation of the frame, [3] vector or [A1, ..., An, 3, 3] matrices.
        t: [A1, ..., An, 3] translation.

    Returns:
        [A1, ..., An, n_points, 3] transformed points.
    """
    return rotate(p, as_matrix(r)) + asarray(t)[..., None, :]


def inverse_transform_frame(p, r, t):
    """Points back from another frame, Rᵀ·(p − t). Shapes as in `transform_frame`."""
    xp = backend(p, r, t)
    return xp.matmul(p - asarray(t)[..., None, :], as_matrix(r))


def project(p3c, f, c):
    """Image points of points in the camera frame.

    Args:
        p3c: [A1, ..., An, n_points, 3] points in the camera frame; z is to be positive.
        f: [2], or [A1, ..., An, 2], focal lengths.
        c: the same shape, principal point.

    Returns:
        [A1, ..., An, n_points, 2] image points.
    """
    return p3c[..., :2] / p3c[..., 2:] * asarray(f)[..., None, :] + asarray(c)[..., None, :]


def unproject(p2, depth, f, c):
    """Points in the camera frame of image points at known depths.

    Args:
        p2: [A1, ..., An, n_points, 2] image points.
        depth: [A1, ..., An, n_points] z in the camera frame.
        f: [2], or [A1, ..., An, 2], focal lengths.
        c: the same shape, principal point.

    Returns:
        [A1, ..., An, n_points, 3] points in the camera frame.
    """
    depth = asarray(depth)[..., None]
    xy = (p2 - asarray(c)[..., None, :]) / asarray(f)[..., None, :] * depth
    xp = backend(p2, depth)
    join = xp.concatenate if xp is np else xp.concat
    return join([xy, depth], axis=-1)


def camera_centre(r, t) -> np.ndarray:
    """Where cameras stand in the world, −Rᵀ·t: [A1, ..., An, 3]."""
    return -np.einsum("...ij,...i->...j", as_matrix(r), asarray(t))
