"""Least-squares fits: camera intrinsics, rigid motions and similarities.

All fits work on any leading dimensions and leave out points with a NaN coordinate or the weight 0.
"""

from typing import NamedTuple

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.transforms.rotation import rotate


class Similarity(NamedTuple):
    """Similarities, which map a point p to s·R·p + t.

    Attributes:
        s: [A1, ..., An] scales.
        r: [A1, ..., An, 3, 3] rotations.
        t: [A1, ..., An, 3] translations, in the unit of the points that are mapped to.
    """

    s: np.ndarray
    r: np.ndarray
    t: np.ndarray

    def apply(self, p) -> np.ndarray:
        """What points [A1, ..., An, n_points, 3] are mapped to, an array of the same shape."""
        s, t = np.asarray(self.s), np.asarray(self.t)
        return s[..., None, None] * rotate(p, self.r) + t[..., None, :]


def fit_intrinsics(p3c, p2) -> tuple[np.ndarray, np.ndarray]:
    """Focal lengths and principal points of pinhole cameras, from points and their image points.

    On each image axis, u = f·(x/z) + c is a straight line: f is its slope and c its intercept, by
    ordinary least squares.

    Args:
        p3c: [A1, ..., An, n_points, 3] points in the frames of the cameras [A1, ..., An], in any
            unit.
        p2: [A1, ..., An, n_points, 2] image points of the same points.

    Returns:
        f: [A1, ..., An, 2] focal lengths and c: [A1, ..., An, 2] principal points, both in the unit
        of `p2`.

    Raises:
        DataError: the points do not determine a camera: there are fewer than 2, or all lie on one
            ray.
    """
    p3c, p2 = np.asarray(p3c, np.float64), np.asarray(p2, np.float64)
    valid = np.isfinite(p3c).all(axis=-1) & np.isfinite(p2).all(axis=-1)
    n_valid = valid.sum(axis=-1)
    w = valid[..., None] / np.maximum(n_valid, 1)[..., None, None]
    depth = np.where(valid, p3c[..., 2], 1)[..., None]
    ray = np.where(valid[..., None], p3c[..., :2] / depth, 0)  # x/z and y/z
    p2 = np.where(valid[..., None], p2, 0)
    mean_ray, mean_p2 = np.sum(w * ray, axis=-2), np.sum(w * p2, axis=-2)
    centred = ray - mean_ray[..., None, :]
    variance = np.sum(w * centred**2, axis=-2)
    if np.any((n_valid < 2)[..., None] | (variance < 1e-18)):
        n_points = n_valid.min(initial=valid.shape[-1])
        raise DataError(f"{n_points} points on one ray do not determine a camera's intrinsics")
    f = np.sum(w * centred * (p2 - mean_p2[..., None, :]), axis=-2) / variance
    return f, mean_p2 - f * mean_ray


def fit_similarity(a, b, weights=None, reflection: bool = False, scale: bool = True) -> Similarity:
    """The similarity that brings points `a` nearest to points `b`: min Σ w·‖s·R·a + t − b‖².

    The solution is that of Umeyama, "Least-squares estimation of transformation parameters between
    two point patterns" (PAMI 1991), equations 40–42. With both point sets relative to their
    weighted means, Σ w·b·aᵀ = U·D·Vᵀ is a singular value decomposition of their covariance; then
    R = U·S·Vᵀ and s = tr(D·S)/Σ w·‖a‖². S is the identity; where a reflection would fit better
    but is not admitted, its last entry, that of the smallest singular value, is −1.

    Args:
        a: [A1, ..., An, n_points, 3] points in any unit.
        b: [A1, ..., An, n_points, 3] points in any unit; leading dimensions broadcast.
        weights: [A1, ..., An, n_points] weights, at least 0; by default 1. A point with a NaN in
            `a` or `b` has the weight 0.
        reflection: whether R may be a reflection (det R = −1).
        scale: whether to fit s; otherwise s = 1, and the fit is a rigid motion.

    Returns:
        A similarity for each of [A1, ..., An]. All of it is NaN where every weight is 0; s and t
        are NaN, too, where a scale is to be fitted and all points of `a` with a weight coincide.
        Where the points lie on a line, R is one of several equally good rotations.
    """
    a, b = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    w = np.ones(a.shape[:-1]) if weights is None else np.broadcast_to(weights, a.shape[:-1])
    w = np.where(np.isfinite(a).all(axis=-1) & np.isfinite(b).all(axis=-1), w, 0.0)
    weighted = w[..., None] > 0
    a, b = np.where(weighted, a, 0.0), np.where(weighted, b, 0.0)
    # Weights that sum up to 1; where every weight is 0 they become NaN, and so does the fit.
    total = w.sum(axis=-1, keepdims=True)
    w = (w / np.where(total > 0, total, np.nan))[..., None]
    mean_a, mean_b = np.sum(w * a, axis=-2), np.sum(w * b, axis=-2)
    a0, b0 = a - mean_a[..., None, :], b - mean_b[..., None, :]

    covariance = np.swapaxes(b0, -1, -2) @ (w * a0)
    valid = np.isfinite(covariance).all(axis=(-1, -2))
    u, d, vt = np.linalg.svd(np.where(valid[..., None, None], covariance, 0.0))
    signs = np.ones(d.shape)
    if not reflection:
        signs[..., 2] = np.where(np.linalg.det(u) * np.linalg.det(vt) < 0, -1.0, 1.0)
    r = (u * signs[..., None, :]) @ vt
    if scale:
        variance = np.sum(w * a0**2, axis=(-1, -2))
        s = np.sum(d * signs, axis=-1) / np.where(variance > 0, variance, np.nan)
    else:
        s = np.ones(valid.shape)
    r = np.where(valid[..., None, None], r, np.nan)
    s = np.where(valid, s, np.nan)
    return Similarity(s, r, mean_b - s[..., None] * np.einsum("...ij,...j->...i", r, mean_a))


def fit_rigid(a, b, weights=None) -> tuple[np.ndarray, np.ndarray]:
    """The rigid motion that brings points `a` nearest to points `b`: min Σ w·‖R·a + t − b‖².

    This is the algorithm of Kabsch, "A solution for the best rotation to relate two sets of
    vectors" (1976), a special case of `fit_similarity`.

    Args:
        a: [A1, ..., An, n_points, 3] points in any unit.
        b: [A1, ..., An, n_points, 3] points in the unit of `a`; leading dimensions broadcast.
        weights: [A1, ..., An, n_points] weights, at least 0; by default 1. A point with a NaN in
            `a` or `b` has the weight 0.

    Returns:
        r: [A1, ..., An, 3, 3] rotations and t: [A1, ..., An, 3] translations in the unit of `a`;
        NaN where every weight is 0.
    """
    _, r, t = fit_similarity(a, b, weights, scale=False)
    return r, t


def fit_turn(a, b, weights=None) -> np.ndarray:
    """The angle by which points in a plane have to turn to be nearest to others.

    Σ w·‖R(φ)·a − b‖² is least where Σ w·(a·b)·cos φ + Σ w·(a×b)·sin φ is largest, at
    φ = atan2(Σ w·a×b, Σ w·a·b).

    Args:
        a: [..., n_points, 2] points about the centre of the turn.
        b: [..., n_points, 2] the points to which they turn, about the same centre.
        weights: [..., n_points] weights w of the points; by default 1.

    Returns:
        [...] angles [rad], from the first axis to the second.
    """
    w = np.ones(a.shape[:-1]) if weights is None else weights
    cross = np.sum(w * (a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]), axis=-1)
    return np.arctan2(cross, np.sum(w * np.sum(a * b, axis=-1), axis=-1))
