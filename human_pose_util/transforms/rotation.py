"""Rotations in three dimensions: matrices from axes, Euler angles and vectors, and back.

Matrices have the shape [A1, ..., An, 3, 3] and act on column vectors, R·p. Angles are in radians;
positive angles turn counter-clockwise when the axis points at the viewer (right-handed).
"""

from functools import reduce

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.transforms.backend import asarray, backend

AXES = ("x", "y", "z")

_CROSS = np.cross(np.eye(3)[:, None], np.eye(3)).swapaxes(1, 2).reshape(3, 9)
"""Row i is the cross-product matrix of axis i, row by row. A cross-product matrix is linear in its
vector, so it is a sum of these."""

FROM_THREE_NUMBERS = (
    "vector_to_matrix(r) makes a matrix of a rotation vector, and euler_to_matrix(r[..., ::-1], "
    "'zyx') of the Euler angles of the original human_pose_util (both in "
    "human_pose_util.transforms)"
)
"""What to do with three numbers where a rotation is expected, for error messages."""

LOCK_COSINE = 8.0
"""Cosine of the middle Euler angle below which there is a gimbal lock, in units of rounding."""


def rotation_about(angle, axis: int | str):
    """Rotations about one coordinate axis.

    Args:
        angle: [A1, ..., An] angles [rad], array or tensor.
        axis: 0, 1, 2 or "x", "y", "z".

    Returns:
        [A1, ..., An, 3, 3] rotation matrices.
    """
    k = AXES.index(axis) if isinstance(axis, str) else axis
    angle = asarray(angle)
    xp = backend(angle)
    cos, sin = xp.cos(angle), xp.sin(angle)
    one, zero = xp.ones_like(angle), xp.zeros_like(angle)
    # The matrix for x, whose rows and columns are rotated cyclically for y and z.
    entries = {(0, 0): one, (1, 1): cos, (1, 2): -sin, (2, 1): sin, (2, 2): cos}
    rows = [
        xp.stack([entries.get(((i - k) % 3, (j - k) % 3), zero) for j in range(3)], axis=-1)
        for i in range(3)
    ]
    return xp.stack(rows, axis=-2)


def rotate(p, r):
    """Points turned by rotation matrices.

    Args:
        p: [A1, ..., An, n_points, 3] points in any unit.
        r: [A1, ..., An, 3, 3] rotation matrices; leading dimensions broadcast.

    Returns:
        [A1, ..., An, n_points, 3] the points R·p, in the unit of `p`.
    """
    r = checked_matrix(r)
    # Points are rows: p·Rᵀ.
    return backend(p, r).matmul(p, _transposed(r))


def rotate_about(p, angle, axis: int | str):
    """Points turned about one coordinate axis.

    Args:
        p: [A1, ..., An, n_points, 3] points in any unit.
        angle: [A1, ..., An] angles [rad]; leading dimensions broadcast.
        axis: 0, 1, 2 or "x", "y", "z".

    Returns:
        [A1, ..., An, n_points, 3] turned points, in the unit of `p`.
    """
    return rotate(p, rotation_about(angle, axis))


def euler_to_matrix(angles, order: str):
    """Matrices from Euler angles about moving (intrinsic) axes.

    Args:
        angles: [A1, ..., An, n] angles [rad], one for each letter of `order`.
        order: n ≥ 1 letters of "xyz", say "zyx": R = Rz(a₀)·Ry(a₁)·Rx(a₂), so that the rotation
            of the last letter acts on a point first.

    Returns:
        [A1, ..., An, 3, 3] rotation matrices.
    """
    angles = asarray(angles)
    turns = (rotation_about(angles[..., i], axis) for i, axis in enumerate(order.lower()))
    return reduce(backend(angles).matmul, turns)


def matrix_to_euler(r, order: str) -> np.ndarray:
    """Euler angles about moving (intrinsic) axes; inverts `euler_to_matrix` for different axes.

    With the axes i, j, k and their cyclic sign s (1 for "xyz", "yzx" and "zxy", −1 otherwise),
    R = Rᵢ(a₀)·Rⱼ(a₁)·Rₖ(a₂) has the entries R[i, k] = s·sin a₁, R[j, k] = −s·sin a₀·cos a₁ and
    R[k, k] = cos a₀·cos a₁. The first two angles follow from this column; the last one follows from
    Rᵢ(−a₀)·R = Rⱼ(a₁)·Rₖ(a₂), whose row j is s·sin a₂ and cos a₂ in the columns i and j.

    Args:
        r: [A1, ..., An, 3, 3] rotation matrices.
        order: three different letters of "xyz".

    Returns:
        [A1, ..., An, 3] angles [rad], one for each letter of `order`; the middle angle lies in
        [−π/2, π/2]. Where it is ±π/2 (gimbal lock: only the sum or the difference of the other two
        is determined) the last angle is 0.
    """
    r = checked_matrix(r)
    i, j, k = (AXES.index(a) for a in order.lower())
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    # The arctangent of sine and cosine: the arcsine of a value near 1 has only half of the digits.
    cos_middle = np.hypot(r[..., j, k], r[..., k, k])
    middle = np.arctan2(sign * r[..., i, k], cos_middle)
    locked = cos_middle < LOCK_COSINE * np.finfo(r.dtype).eps
    first = np.where(
        locked,
        np.arctan2(sign * r[..., k, j], r[..., j, j]),
        np.arctan2(-sign * r[..., j, k], r[..., k, k]),
    )
    # Row j of Rᵢ(−a₀)·R with the angle a₀ as computed: near a lock a₀ is ill determined, and the
    # last angle makes up for its error.
    cos, sin = np.cos(first), sign * np.sin(first)
    row = cos[..., None] * r[..., j, :] + sin[..., None] * r[..., k, :]
    last = np.where(locked, 0.0, np.arctan2(sign * row[..., i], row[..., j]))
    return np.stack([first, middle, last], axis=-1)


def vector_to_matrix(v):
    """Matrices from rotation vectors (axis times angle), by the formula of Rodrigues.

    R = I + a·K + b·K², where K is the cross-product matrix of v, θ = ‖v‖, a = sin θ/θ and
    b = (1 − cos θ)/θ². The function is smooth at θ = 0, and so are its derivatives in TensorFlow.

    Args:
        v: [A1, ..., An, 3] rotation vectors [rad].

    Returns:
        [A1, ..., An, 3, 3] rotation matrices.
    """
    v = asarray(v)
    xp = backend(v)
    square = xp.expand_dims(_times(v * v, np.ones((3, 1))), -1)
    # Near 0 the Taylor series stand in for a and b. There the other branch of `where` computes with
    # θ = 1: a division by 0 in a branch that is not chosen still makes the gradient NaN.
    small = square < 1e-6
    safe = xp.where(small, xp.ones_like(square), square)
    theta = xp.sqrt(safe)
    a = xp.where(small, 1 - square / 6, xp.sin(theta) / theta)
    # 1 − cos θ = 2·sin²(θ/2), without the difference of two numbers near 1.
    b = xp.where(small, 0.5 - square / 24, 2 * (xp.sin(theta / 2) / theta) ** 2)
    k = cross_matrix(v)
    return _like(np.eye(3), v) + (a * k + b * xp.matmul(k, k))


def cross_matrix(v):
    """Cross-product matrices [A1, ..., An, 3, 3] of vectors v [A1, ..., An, 3]: K·w = v × w."""
    flat = _times(v, _CROSS)
    return backend(v).reshape(flat, [*(-1 if n is None else n for n in v.shape), 3])


def _times(v, matrix: np.ndarray):
    """Vectors v [A1, ..., An, 3] times a matrix [3, k]: [A1, ..., An, k].

    TensorFlow's `tensordot` would add thirty operations to a graph, `matmul` adds one.
    """
    m, xp = _like(matrix, v), backend(v)
    return xp.matmul(v, m) if len(v.shape) > 1 else xp.matmul(v[None], m)[0]


def matrix_to_vector(r) -> np.ndarray:
    """Rotation vectors of matrices; inverts `vector_to_matrix` for angles up to π.

    Args:
        r: [A1, ..., An, 3, 3] rotation matrices.

    Returns:
        [A1, ..., An, 3] rotation vectors [rad] with lengths in [0, π].
    """
    from scipy.spatial.transform import Rotation

    r = checked_matrix(r)
    vectors = Rotation.from_matrix(r.reshape(-1, 3, 3)).as_rotvec()
    return vectors.reshape(r.shape[:-1]).astype(r.dtype)


def is_rotation(r, atol: float = 1e-3) -> np.ndarray:
    """Whether matrices are rotations: orthonormal up to `atol`, with a positive determinant.

    Args:
        r: [A1, ..., An, 3, 3] matrices of any numbers; a matrix with a NaN is no rotation.
        atol: largest absolute value allowed in R·Rᵀ − I.

    Returns:
        [A1, ..., An] bool.
    """
    r = np.asarray(r, np.float64)
    with np.errstate(all="ignore"):  # squares of large numbers overflow: no rotation
        error = np.abs(r @ np.swapaxes(r, -1, -2) - np.eye(3)).max(axis=(-1, -2))
        return (error <= atol) & (np.linalg.det(r) > 0)


def checked_matrix(r):
    """The rotation matrices themselves, where they have the shape of matrices.

    Three numbers are no rotation here, because they mean different ones to different people: the
    original `human_pose_util` reads them as Euler angles, SciPy and OpenCV as a rotation vector.

    Args:
        r: [A1, ..., An, 3, 3] rotation matrices, array or tensor.

    Returns:
        [A1, ..., An, 3, 3] floating-point array or tensor.

    Raises:
        DataError: `r` has another shape; the message names the functions that make matrices.
    """
    r = asarray(r)
    if tuple(r.shape[-2:]) == (3, 3):
        return r
    raise DataError(
        f"a rotation of shape {tuple(r.shape)}: expected matrices [..., 3, 3]; {FROM_THREE_NUMBERS}"
    )


def unit(v: np.ndarray) -> np.ndarray:
    """Vectors [..., 3], none of length 0, scaled to length 1."""
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def unit_or_zero(v: np.ndarray) -> np.ndarray:
    """Vectors [..., n] scaled to length 1; one of length 0 stays."""
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)


def _like(constant: np.ndarray, v) -> np.ndarray:
    """A constant in the number type of an array or a tensor."""
    return constant.astype(v.dtype if backend(v) is np else v.dtype.as_numpy_dtype)


def _transposed(r):
    """The matrices [A1, ..., An, 3, 3] transposed."""
    return np.swapaxes(r, -1, -2) if backend(r) is np else backend(r).linalg.matrix_transpose(r)
