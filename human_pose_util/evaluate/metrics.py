"""Joint errors of inferred poses, after different alignments.

Poses have shape (..., n_joints, 3); leading dimensions broadcast, and frames are evaluated on
their own. Errors carry the unit of `truth`. Everything is computed in float64.

A joint with a non-finite coordinate in either pose is left out of its frame. A frame in which
an alignment is not determined (fewer than 3 joints are left, or all of them coincide) has error
NaN; `finite_mean` averages the other frames and says how many were left out.
"""

import numpy as np

from human_pose_util.transforms import apply_similarity, fit_similarity

MIN_JOINTS = 3
COINCIDENT = 1e-9
AUC_THRESHOLDS = np.linspace(0.0, 150.0, 31)


def mpjpe(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean distance between joints (MPJPE), without alignment.

    Args:
        pred: (..., n_joints, 3) poses in the frame and unit of `truth`.
        truth: (..., n_joints, 3) poses.

    Returns:
        (...,) mean over the joints that both poses have; NaN where they share none.
    """
    return defined_mean(joint_errors(pred, truth))


def n_mpjpe(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """MPJPE after the best scaling of each predicted pose about the origin (N-MPJPE).

    Only the scale is fitted, so give root-relative poses. From Rhodin et al., "Unsupervised
    Geometry-Aware Representation for 3D Human Pose Estimation", 2018.

    Args:
        pred: (..., n_joints, 3) root-relative poses.
        truth: (..., n_joints, 3) root-relative poses.

    Returns:
        (...,) mean joint errors in the unit of `truth`; NaN where `pred` is all zero.
    """
    pred, truth, seen = _pair(pred, truth)
    with np.errstate(invalid="ignore"):
        scale = _total(pred * truth * seen[..., None]) / _total(pred**2 * seen[..., None])
    return defined_mean(_distances(scale[..., None, None] * pred, truth, seen))


def p_mpjpe(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> np.ndarray:
    """MPJPE after Procrustes alignment of every frame (P-MPJPE).

    The similarity transform (scale, rotation, translation) that takes `pred` to `truth` with
    the least squared error is fitted to each frame: invariant to such transforms of `pred`.

    Args:
        pred: (..., n_joints, 3) poses in any unit and frame.
        truth: (..., n_joints, 3) poses.
        reflection: also admit reflections, as the original paper's code does: a mirrored pose
            then has error 0.

    Returns:
        (...,) mean joint errors in the unit of `truth`; NaN where alignment is not determined.
    """
    return mpjpe(align(pred, truth, reflection), truth)


def sequence_p_mpjpe(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> np.ndarray:
    """MPJPE after a single Procrustes alignment of the whole sequence.

    Args:
        pred: (..., n_frames, n_joints, 3) poses in any unit and frame.
        truth: (..., n_frames, n_joints, 3) poses.
        reflection: also admit reflections.

    Returns:
        (...,) mean error over the sequence's joints in the unit of `truth`; NaN where alignment
        is not determined.
    """
    return p_mpjpe(_as_one_body(pred), _as_one_body(truth), reflection)


def pck(pred: np.ndarray, truth: np.ndarray, threshold: float | np.ndarray) -> np.ndarray:
    """Percentage of correct keypoints, as a fraction: joints that lie within a threshold.

    Nothing is aligned: see `align`.

    Args:
        pred: (..., n_joints, 3) poses in the frame and unit of `truth`.
        truth: (..., n_joints, 3) poses.
        threshold: largest error of a correct joint, or an array of such thresholds.

    Returns:
        (..., *threshold.shape) fractions in [0, 1] of the joints that both poses have; NaN
        where they share none.
    """
    threshold = np.asarray(threshold, dtype=np.float64)
    errors = joint_errors(pred, truth)
    errors = errors.reshape(errors.shape[:-1] + (1,) * threshold.ndim + errors.shape[-1:])
    within = np.where(np.isnan(errors), np.nan, errors <= threshold[..., None])
    return defined_mean(within)


def pck_auc(
    pred: np.ndarray, truth: np.ndarray, thresholds: np.ndarray = AUC_THRESHOLDS
) -> np.ndarray:
    """Area under the PCK curve: mean PCK over thresholds, by default 0, 5, …, 150 mm.

    The default is that of Mehta et al., "Monocular 3D Human Pose Estimation In The Wild Using
    Improved CNN Supervision", 2017.

    Args:
        pred: (..., n_joints, 3) poses in the frame and unit of `truth`.
        truth: (..., n_joints, 3) poses.
        thresholds: (n_thresholds,) in the unit of `truth`.

    Returns:
        (...,) values in [0, 1].
    """
    return pck(pred, truth, thresholds).mean(axis=-1)


def align(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> np.ndarray:
    """Procrustes-align every predicted pose to the true one.

    Args:
        pred: (..., n_joints, 3) poses in any unit and frame.
        truth: (..., n_joints, 3) poses.
        reflection: also admit reflections.

    Returns:
        (..., n_joints, 3) predicted poses in the frame and unit of `truth`; NaN for the joints
        left out and where alignment is not determined.
    """
    pred, truth, seen = _pair(pred, truth)
    determined = (seen.sum(axis=-1) >= MIN_JOINTS) & _spread(pred, seen) & _spread(truth, seen)
    s, r, t = fit_similarity(pred, truth, weights=seen.astype(float), reflection=reflection)
    aligned = apply_similarity(pred, s, r, t)
    return np.where((seen & determined[..., None])[..., None], aligned, np.nan)


def joint_errors(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Distance between the joints of two poses.

    Args:
        pred: (..., n_joints, 3) poses in the frame and unit of `truth`.
        truth: (..., n_joints, 3) poses.

    Returns:
        (..., n_joints) distances; NaN for a joint that one of the poses lacks.
    """
    return _distances(*_pair(pred, truth))


def finite_mean(errors: np.ndarray) -> tuple[float, int]:
    """Mean of the errors that are defined, and the number of those that are not.

    Args:
        errors: array of any shape, with NaN for what was left out.

    Returns:
        The mean (NaN if nothing is left) and the number of values left out.
    """
    errors = np.ravel(errors)
    return float(defined_mean(errors)), int(np.isnan(errors).sum())


def defined_mean(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of (..., n) values without NaN; NaN where nothing is left."""
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(defined, values, 0.0).sum(axis=-1) / defined.sum(axis=-1)


def _pair(pred: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Poses in float64 with zeros for missing joints, and the (..., n_joints) joints seen."""
    pred, truth = np.asarray(pred, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if pred.ndim < 2 or pred.shape[-1] != 3 or pred.shape[-2:] != truth.shape[-2:]:
        raise ValueError(
            f"poses must have equal shapes (..., n_joints, 3), not {pred.shape} and {truth.shape}"
        )
    pred, truth = np.broadcast_arrays(pred, truth)
    seen = np.isfinite(pred).all(axis=-1) & np.isfinite(truth).all(axis=-1)
    return np.where(seen[..., None], pred, 0.0), np.where(seen[..., None], truth, 0.0), seen


def _distances(pred: np.ndarray, truth: np.ndarray, seen: np.ndarray) -> np.ndarray:
    return np.where(seen, np.linalg.norm(pred - truth, axis=-1), np.nan)


def _spread(p3: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Where the joints seen do not all coincide, up to rounding."""
    seen = seen[..., None]
    highest = np.where(seen, p3, -np.inf).max(axis=-2, initial=-np.inf)
    lowest = np.where(seen, p3, np.inf).min(axis=-2, initial=np.inf)
    magnitude = np.abs(p3).max(axis=(-2, -1), initial=0.0)
    return (highest - lowest).max(axis=-1) > COINCIDENT * magnitude


def _as_one_body(p3: np.ndarray) -> np.ndarray:
    p3 = np.asarray(p3)
    if p3.ndim < 3:
        raise ValueError(f"a sequence has shape (..., n_frames, n_joints, 3), not {p3.shape}")
    return p3.reshape(p3.shape[:-3] + (-1, 3))


def _total(p3: np.ndarray) -> np.ndarray:
    return p3.sum(axis=(-2, -1))
