"""Rotations in three dimensions: matrices from axes, Euler angles and vectors, and back.

Matrices have shape [A1, ..., An, 3, 3] and act on column vectors; angles are in radians, and
positive ones turn counter-clockwise when the axis points at the viewer (right-handed).
"""

import numpy as np

from human_pose_util.transforms.backend import asarray, backend

AXES = ("x", "y", "z")

LOCKED = 8.0
"""Cosine of the middle Euler angle below which it counts as a lock, in units of rounding."""


def rotation_about(angle, axis: int | str):
    """Matrices that turn about one coordinate axis.

    Args:
        angle: [A1, ..., An] radians, array or tensor.
        axis: 0, 1, 2 or "x", "y", "z".

    Returns:
        [A1, ..., An, 3, 3] rotation matrices.
    """
    k = AXES.index(axis) if isinstance(axis, str) else axis
    angle = asarray(angle)
    xp = backend(angle)
    cos, sin = xp.cos(angle), xp.sin(angle)
    one, zero = xp.ones_like(angle), xp.zeros_like(angle)
    entries = {(0, 0): one, (1, 1): cos, (1, 2): -sin, (2, 1): sin, (2, 2): cos}
    rows = [
        xp.stack([entries.get(((i - k) % 3, (j - k) % 3), zero) for j in range(3)], axis=-1)
        for i in range(3)
    ]
    return xp.stack(rows, axis=-2)


def rotate(p, r):
    """Turn points.

    Args:
        p: [A1, ..., An, n_points, 3] points.
        r: [A1, ..., An, 3, 3] rotation matrices; leading dimensions broadcast.

    Returns:
        [A1, ..., An, n_points, 3] the points R·p.
    """
    return backend(p, r).matmul(p, _transposed(r))


def rotate_about(p, angle, axis: int | str):
    """Turn points about one coordinate axis.

    Args:
        p: [A1, ..., An, n_points, 3] points.
        angle: [A1, ..., An] radians; leading dimensions broadcast.
        axis: 0, 1, 2 or "x", "y", "z".

    Returns:
        [A1, ..., An, n_points, 3] turned points.
    """
    return rotate(p, rotation_about(angle, axis))


def euler_to_matrix(angles, order: str):
    """Matrices from Euler angles about moving axes.

    Args:
        angles: [A1, ..., An, 3] radians, in the order of `order`.
        order: three letters of "xyz", say "zyx": R = Rz(a₀)·Ry(a₁)·Rx(a₂), so that the last
            letter's turn is the first to act on a point.

    Returns:
        [A1, ..., An, 3, 3] rotation matrices.
    """
    angles = asarray(angles)
    xp = backend(angles)
    first, second, third = (rotation_about(angles[..., i], a) for i, a in enumerate(order.lower()))
    return xp.matmul(xp.matmul(first, second), third)


def matrix_to_euler(r, order: str) -> np.ndarray:
    """Euler angles about moving axes, the inverse of `euler_to_matrix` for three different axes.

    Args:
        r: [A1, ..., An, 3, 3] rotation matrices.
        order: three different letters of "xyz".

    Returns:
        [A1, ..., An, 3] radians; the middle angle lies in [-π/2, π/2]. Where it is ±π/2 (gimbal
        lock) the last angle is 0.
    """
    r = asarray(r)
    i, j, k = (AXES.index(a) for a in order.lower())
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    # From sine and cosine: the arcsine of a value near 1 has half of the digits.
    cos_middle = np.hypot(r[..., j, k], r[..., k, k])
    middle = np.arctan2(sign * r[..., i, k], cos_middle)
    locked = cos_middle < LOCKED * np.finfo(r.dtype).eps
    first = np.where(
        locked,
        np.arctan2(sign * r[..., k, j], r[..., j, j]),
        np.arctan2(-sign * r[..., j, k], r[..., k, k]),
    )
    # What the first turn leaves over is the last one, however ill the lock makes the first known.
    cos, sin = np.cos(first), sign * np.sin(first)
    row = cos[..., None] * r[..., j, :] + sin[..., None] * r[..., k, :]
    last = np.where(locked, 0.0, np.arctan2(sign * row[..., i], row[..., j]))
    return np.stack([first, middle, last], axis=-1)


def vector_to_matrix(v):
    """Matrices from rotation vectors (axis times angle), by Rodrigues' formula.

    R = I + a·K + b·K², K the cross-product matrix of v, a = sin θ/θ, b = 2·(sin(θ/2)/θ)², θ = ‖v‖.
    Smooth at θ = 0, so that it can be differentiated there.

    Args:
        v: [A1, ..., An, 3] rotation vectors, radians.

    Returns:
        [A1, ..., An, 3, 3] rotation matrices.
    """
    v = asarray(v)
    xp = backend(v)
    square = (v * v)[..., 0] + (v * v)[..., 1] + (v * v)[..., 2]
    small = square < 1e-6
    safe = xp.where(small, xp.ones_like(square), square)
    theta = xp.sqrt(safe)
    a = xp.where(small, 1 - square / 6, xp.sin(theta) / theta)[..., None, None]
    # b is (1 − cos θ)/θ², of which a small θ would leave few digits.
    b = xp.where(small, 0.5 - square / 24, 2 * (xp.sin(theta / 2) / theta) ** 2)[..., None, None]
    k = cross_matrix(v)
    return np.eye(3, dtype=v.dtype if xp is np else v.dtype.as_numpy_dtype) + (
        a * k + b * xp.matmul(k, k)
    )


def cross_matrix(v):
    """The matrices K with K·w = v × w, [A1, ..., An, 3, 3] for vectors [A1, ..., An, 3]."""
    xp = backend(v)
    x, y, z = (v[..., i] for i in range(3))
    o = xp.zeros_like(x)
    rows = [xp.stack(row, axis=-1) for row in ((o, -z, y), (z, o, -x), (-y, x, o))]
    return xp.stack(rows, axis=-2)


def matrix_to_vector(r) -> np.ndarray:
    """Rotation vectors of matrices, the inverse of `vector_to_matrix`, exact up to θ = π.

    Args:
        r: [A1, ..., An, 3, 3] rotation matrices.

    Returns:
        [A1, ..., An, 3] rotation vectors with length in [0, π].
    """
    from scipy.spatial.transform import Rotation

    r = asarray(r)
    vectors = Rotation.from_matrix(r.reshape(-1, 3, 3)).as_rotvec()
    return vectors.reshape(r.shape[:-1]).astype(r.dtype)


def is_rotation(r, atol: float = 1e-3) -> np.ndarray:
    """Whether matrices turn, and nothing else: orthonormal to `atol`, and no reflection.

    Args:
        r: [A1, ..., An, 3, 3] matrices, of any numbers; one with a NaN is no rotation.
        atol: largest entry of R·Rᵀ − I.

    Returns:
        [A1, ..., An] bool.
    """
    r = np.asarray(r, np.float64)
    with np.errstate(all="ignore"):  # large numbers have no square: then NaN, no rotation
        away = np.abs(r @ np.swapaxes(r, -1, -2) - np.eye(3)).max(axis=(-1, -2))
        return (away <= atol) & (np.linalg.det(r) > 0)


def as_matrix(r):
    """Rotation matrices of what a data set stores: vectors (..., 3) or matrices (..., 3, 3).

    A (3, 3) array is one matrix, never three vectors.
    """
    r = asarray(r)
    return r if len(r.shape) >= 2 and tuple(r.shape[-2:]) == (3, 3) else vector_to_matrix(r)


def _transposed(r):
    return np.swapaxes(r, -1, -2) if backend(r) is np else backend(r).linalg.matrix_transpose(r)
