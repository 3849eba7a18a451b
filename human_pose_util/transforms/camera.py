"""Pinhole cameras: world to camera frame, camera frame to image, and back.

The frame of the world is right-handed with z up, that of a camera is OpenCV's: x right, y down,
z forward. Extrinsics r, t map the world to the camera, p3c = R·p3w + t; intrinsics f, c map the
camera to the image, u = f·x/z + c. Points in space and t share any unit of length; image points, f
and c share any unit too.
"""

import numpy as np

from human_pose_util.transforms.backend import asarray, backend
from human_pose_util.transforms.rotation import checked_matrix, rotate

LEVEL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""[3, 3] rotation from a frame with z up to the frame of an upright camera that looks along +y."""


def transform_frame(p, r, t):
    """Points in another frame, R·p + t.

    Args:
        p: [A1, ..., An, n_points, 3] points in the first frame.
        r: [A1, ..., An, 3, 3] rotations from the first frame to the other.
        t: [A1, ..., An, 3] translations, in the unit of `p`.

    Returns:
        [A1, ..., An, n_points, 3] points in the other frame.

    Raises:
        DataError: `r` is no matrix.
    """
    return rotate(p, r) + asarray(t)[..., None, :]


def inverse_transform_frame(p, r, t):
    """The inverse of `transform_frame`, Rᵀ·(p − t).

    Args:
        p: [A1, ..., An, n_points, 3] points in the other frame.
        r: [A1, ..., An, 3, 3] rotations from the first frame to the other.
        t: [A1, ..., An, 3] translations, in the unit of `p`.

    Returns:
        [A1, ..., An, n_points, 3] points in the first frame.

    Raises:
        DataError: `r` is no matrix.
    """
    # Points are rows: p·R is Rᵀ·p.
    xp = backend(p, r, t)
    return xp.matmul(p - asarray(t)[..., None, :], checked_matrix(r))


def project(p3c, f, c):
    """Image points of points in the frame of a camera, u = f·x/z + c.

    Args:
        p3c: [A1, ..., An, n_points, 3] points in the frame of the camera, in any unit, in front
            of the camera (z > 0).
        f: [2] or [A1, ..., An, 2] focal lengths.
        c: [2] or [A1, ..., An, 2] principal points, in the unit of `f`.

    Returns:
        [A1, ..., An, n_points, 2] image points in the unit of `f`.
    """
    return p3c[..., :2] / p3c[..., 2:] * asarray(f)[..., None, :] + asarray(c)[..., None, :]


def camera_centre(r, t) -> np.ndarray:
    """Positions of cameras in the world, −Rᵀ·t, where p3c = 0.

    Args:
        r: [A1, ..., An, 3, 3] rotations from the world to the camera.
        t: [A1, ..., An, 3] translations, in any unit of length.

    Returns:
        [A1, ..., An, 3] positions in the unit of `t`.

    Raises:
        DataError: `r` is no matrix.
    """
    return -np.einsum("...ij,...i->...j", checked_matrix(r), asarray(t))


def look_at(position, target, roll: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Extrinsics of a camera that stands at a position and looks at a target.

    Args:
        position: [3] position of the camera in the world, z up.
        target: [3] world point at the centre of the image, in the unit of `position`; it must not
            lie right above or below the camera.
        roll: angle [rad] by which the camera is turned about its viewing direction.

    Returns:
        r: [3, 3] rotation and t: [3] translation, in the unit of `position`, with
        p3c = R·p3w + t and OpenCV axes (x right, y down, z forward).
    """
    # The rows of R are the camera's axes in the world: right is perpendicular to the viewing
    # direction and to the vertical, down to right and to the viewing direction.
    forward = np.subtract(target, position)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    cos, sin = np.cos(roll), np.sin(roll)
    r = np.stack([cos * right + sin * down, cos * down - sin * right, forward])
    return r, -r @ position
