"""Least-squares fits: camera intrinsics, rigid motions and similarities.

All fits are batched and leave out points with a NaN coordinate or weight 0.
"""

import numpy as np

from human_pose_util.errors import DataError


def fit_intrinsics(p3c, p2) -> tuple[np.ndarray, np.ndarray]:
    """Focal lengths and principal points of pinhole cameras, u = f·x/z + c, per image axis.

    Args:
        p3c: [A1, ..., An, n_points, 3] points in the frames of cameras [A1, ..., An].
        p2: [A1, ..., An, n_points, 2] their image points.

    Returns:
        f: [A1, ..., An, 2] and c: [A1, ..., An, 2], the unit of p2.

    Raises:
        DataError: the points do not determine a camera (fewer than 2, or all on one ray).
    """
    p3c, p2 = np.asarray(p3c, np.float64), np.asarray(p2, np.float64)
    good = np.isfinite(p3c).all(axis=-1) & np.isfinite(p2).all(axis=-1)
    w = good[..., None] / np.maximum(good.sum(axis=-1), 1)[..., None, None]
    slopes = np.where(good[..., None], p3c[..., :2] / np.where(good, p3c[..., 2], 1)[..., None], 0)
    p2 = np.where(good[..., None], p2, 0)
    mean_slope, mean_p2 = np.sum(w * slopes, axis=-2), np.sum(w * p2, axis=-2)
    centred = slopes - mean_slope[..., None, :]
    spread = np.sum(w * centred**2, axis=-2)
    few = good.sum(axis=-1) < 2
    if np.any(few[..., None] | (spread < 1e-18)):
        n_points = good.sum(axis=-1).min(initial=good.shape[-1])
        raise DataError(f"{n_points} points on one ray do not determine a camera's intrinsics")
    f = np.sum(w * centred * (p2 - mean_p2[..., None, :]), axis=-2) / spread
    return f, mean_p2 - f * mean_slope


def fit_similarity(a, b, weights=None, reflection: bool = False, scale: bool = True):
    """The similarity that takes points `a` nearest to points `b`, min Σ w‖s·R·a + t − b‖².

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns"
    (PAMI 1991), equations 40–42.

    Args:
        a: [A1, ..., An, n_points, 3] points.
        b: [A1, ..., An, n_points, 3] points; leading dimensions broadcast.
        weights: [A1, ..., An, n_points], at least 0; default 1. Points with a NaN count 0.
        reflection: admit reflections (det R = −1).
        scale: fit s; otherwise s = 1 (a rigid motion).

    Returns:
        s: [A1, ..., An], r: [A1, ..., An, 3, 3], t: [A1, ..., An, 3]. NaN where no point counts,
        s and t also where all that count of `a` are one point and a scale is asked for; where
        the points lie on a line, R is one of the best.
    """
    a, b = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    w = np.ones(a.shape[:-1]) if weights is None else np.broadcast_to(weights, a.shape[:-1])
    w = np.where(np.isfinite(a).all(axis=-1) & np.isfinite(b).all(axis=-1), w, 0.0)
    counted = w[..., None] > 0
    a, b = np.where(counted, a, 0.0), np.where(counted, b, 0.0)
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
        spread = np.sum(w * a0**2, axis=(-1, -2))
        s = np.sum(d * signs, axis=-1) / np.where(spread > 0, spread, np.nan)
    else:
        s = np.ones(valid.shape)
    r = np.where(valid[..., None, None], r, np.nan)
    s = np.where(valid, s, np.nan)
    return s, r, mean_b - s[..., None] * np.einsum("...ij,...j->...i", r, mean_a)


def fit_rigid(a, b, weights=None):
    """The rigid motion that takes points `a` nearest to points `b` (Kabsch 1976).

    Shapes as in `fit_similarity`.

    Returns:
        r: [A1, ..., An, 3, 3], t: [A1, ..., An, 3].
    """
    _, r, t = fit_similarity(a, b, weights, scale=False)
    return r, t


def apply_similarity(p, s, r, t) -> np.ndarray:
    """s·R·p + t for points [A1, ..., An, n_points, 3]."""
    s, t = np.asarray(s), np.asarray(t)
    return s[..., None, None] * (p @ np.swapaxes(r, -1, -2)) + t[..., None, :]
