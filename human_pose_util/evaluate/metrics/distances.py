"""Distances between the joints of poses, and means that leave out what is not defined."""

import numpy as np


def joint_errors(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Distance between the joints of two poses.

    Args:
        pred: [..., n_joints, 3] poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.

    Returns:
        [..., n_joints] distances; NaN for a joint that one of the poses lacks.
    """
    return distances(*pair(pred, truth))


def pair(pred: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two poses without their gaps, ready for sums over the joints that both have.

    Args:
        pred: [..., n_joints, 3] poses.
        truth: [..., n_joints, 3] poses; leading dimensions broadcast.

    Returns:
        Both poses [..., n_joints, 3] in float64, with zeros for joints that one of them lacks, and
        a mask [..., n_joints] of the joints that both have.

    Raises:
        ValueError: the poses have other joints, or no coordinates.
    """
    pred, truth = np.asarray(pred, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if pred.ndim < 2 or pred.shape[-1] != 3 or pred.shape[-2:] != truth.shape[-2:]:
        raise ValueError(
            f"poses must have equal shapes (..., n_joints, 3), not {pred.shape} and {truth.shape}"
        )
    pred, truth = np.broadcast_arrays(pred, truth)
    valid = np.isfinite(pred).all(axis=-1) & np.isfinite(truth).all(axis=-1)
    return np.where(valid[..., None], pred, 0.0), np.where(valid[..., None], truth, 0.0), valid


def distances(pred: np.ndarray, truth: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """[..., n_joints] distances of the valid joints of a `pair`; NaN for joints that are not."""
    return np.where(valid, np.linalg.norm(pred - truth, axis=-1), np.nan)


def frames_of(p3: np.ndarray) -> np.ndarray:
    """A sequence [..., n_frames, n_joints, 3] in float64, with NaN for joints that it lacks.

    Raises:
        ValueError: the array has no axis of frames.
    """
    if np.ndim(p3) < 3:
        raise ValueError(f"a sequence has shape (..., n_frames, n_joints, 3), not {np.shape(p3)}")
    return with_gaps(p3)


def with_gaps(p3: np.ndarray) -> np.ndarray:
    """Poses [..., n_joints, 3] in float64, with NaN for a joint that has no finite coordinates."""
    p3 = np.asarray(p3, dtype=np.float64)
    return np.where(np.isfinite(p3).all(axis=-1, keepdims=True), p3, np.nan)


def finite_mean(errors: np.ndarray) -> tuple[float, int]:
    """Mean of the errors that are defined, and the number of those that are not.

    Args:
        errors: array of any shape, with NaN for an error that is not defined.

    Returns:
        The mean of the defined errors (NaN if there are none), and the number of other errors.
    """
    errors = np.ravel(errors)
    return float(defined_mean(errors)), int(np.isnan(errors).sum())


def defined_mean(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis without the values that are NaN.

    `numpy.nanmean` without its warning for an axis that is all NaN.

    Args:
        values: [..., n] array.

    Returns:
        [...] means; NaN where all n values are NaN.
    """
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(defined, values, 0.0).sum(axis=-1) / defined.sum(axis=-1)
