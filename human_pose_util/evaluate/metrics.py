"""Joint errors of inferred poses, after different alignments.

Poses have shape [..., n_joints, 3]. Leading dimensions broadcast, and each frame is evaluated on
its own unless a function says otherwise. Errors have the unit of `truth`. All values are computed
in float64.

A joint with a coordinate that is not finite in either pose is left out of its frame. An alignment
is not determined if fewer than 3 joints are left in the frame or all of them coincide; such a
frame has the error NaN. `finite_mean` averages the other frames and counts the frames left out.
"""

import numpy as np

from human_pose_util.transforms import apply_similarity, fit_similarity

MIN_JOINTS = 3
"""Fewest joints that determine an alignment."""
COINCIDENT = 1e-9
"""Largest spread of joints, relative to their coordinates, that counts as one point."""
AUC_THRESHOLDS = np.linspace(0.0, 150.0, 31)
"""Thresholds of the PCK curve [mm], after Mehta et al. 2017."""


def mpjpe(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean per-joint position error (MPJPE), without alignment.

    The mean of ‖p̂ⱼ − pⱼ‖ over the joints j of a predicted pose p̂ and a true pose p.

    Args:
        pred: [..., n_joints, 3] poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.

    Returns:
        [...] mean error of the joints that both poses have; NaN where they share none.
    """
    return defined_mean(joint_errors(pred, truth))


def n_mpjpe(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """MPJPE after the best scaling of each predicted pose about the origin (N-MPJPE).

    The scale s = Σⱼ p̂ⱼ·pⱼ / Σⱼ ‖p̂ⱼ‖² minimises the squared error Σⱼ ‖s·p̂ⱼ − pⱼ‖². Nothing else is
    fitted, so the poses should be relative to the root joint. From Rhodin et al., "Unsupervised
    Geometry-Aware Representation for 3D Human Pose Estimation", 2018.

    Args:
        pred: [..., n_joints, 3] root-relative poses.
        truth: [..., n_joints, 3] root-relative poses.

    Returns:
        [...] mean joint errors in the unit of `truth`; NaN where `pred` is all zero.
    """
    pred, truth, valid = _pair(pred, truth)
    with np.errstate(invalid="ignore"):
        scale = _total(pred * truth * valid[..., None]) / _total(pred**2 * valid[..., None])
    return defined_mean(_distances(scale[..., None, None] * pred, truth, valid))


def p_mpjpe(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> np.ndarray:
    """MPJPE after Procrustes alignment of every frame (P-MPJPE).

    For each frame, `pred` is mapped onto `truth` by the similarity transform (scale, rotation and
    translation) with the least squared error, so the result does not depend on the scale,
    orientation or position of `pred`.

    Args:
        pred: [..., n_joints, 3] poses in any unit and frame.
        truth: [..., n_joints, 3] poses.
        reflection: whether the alignment also admits reflections, as the code of the original
            paper does; a mirrored pose then has the error 0.

    Returns:
        [...] mean joint errors in the unit of `truth`; NaN where the alignment is not determined.
    """
    return mpjpe(align(pred, truth, reflection), truth)


def sequence_p_mpjpe(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> np.ndarray:
    """MPJPE after one Procrustes alignment of the whole sequence.

    Args:
        pred: [..., n_frames, n_joints, 3] poses in any unit and frame.
        truth: [..., n_frames, n_joints, 3] poses.
        reflection: whether the alignment also admits reflections.

    Returns:
        [...] mean error over all joints of the sequence, in the unit of `truth`; NaN where the
        alignment is not determined.
    """
    return p_mpjpe(_as_one_body(pred), _as_one_body(truth), reflection)


def pck(pred: np.ndarray, truth: np.ndarray, threshold: float | np.ndarray) -> np.ndarray:
    """Fraction of correct keypoints (PCK): joints with an error of at most a threshold.

    The poses are compared as they are; `align` aligns them first.

    Args:
        pred: [..., n_joints, 3] poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.
        threshold: largest error of a correct joint, in the unit of `truth`; or an array of such
            thresholds.

    Returns:
        [..., *threshold.shape] fractions, from 0 to 1, of the joints that both poses have; NaN
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
    """Area under the PCK curve (AUC): mean PCK over thresholds, by default 0, 5, …, 150 mm.

    The default thresholds are those of Mehta et al., "Monocular 3D Human Pose Estimation In The
    Wild Using Improved CNN Supervision", 2017.

    Args:
        pred: [..., n_joints, 3] poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.
        thresholds: [n_thresholds,] in the unit of `truth`.

    Returns:
        [...] values from 0 to 1.
    """
    return pck(pred, truth, thresholds).mean(axis=-1)


def align(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> np.ndarray:
    """Map each predicted pose onto the true pose by Procrustes alignment.

    Args:
        pred: [..., n_joints, 3] poses in any unit and frame.
        truth: [..., n_joints, 3] poses.
        reflection: whether the alignment also admits reflections.

    Returns:
        [..., n_joints, 3] predicted poses in the frame and unit of `truth`; NaN for joints that
        are left out and where the alignment is not determined.
    """
    pred, truth, valid = _pair(pred, truth)
    determined = (valid.sum(axis=-1) >= MIN_JOINTS) & _spread(pred, valid) & _spread(truth, valid)
    s, r, t = fit_similarity(pred, truth, weights=valid.astype(float), reflection=reflection)
    aligned = apply_similarity(pred, s, r, t)
    return np.where((valid & determined[..., None])[..., None], aligned, np.nan)


def align_sequence(pred: np.ndarray, truth: np.ndarray, reflection: bool = False) -> np.ndarray:
    """Map a predicted sequence onto the true one by one Procrustes alignment.

    Args:
        pred: [..., n_frames, n_joints, 3] poses in any unit and frame.
        truth: [..., n_frames, n_joints, 3] poses.
        reflection: whether the alignment also admits reflections.

    Returns:
        [..., n_frames, n_joints, 3] predicted poses in the frame and unit of `truth`; NaN as for
        `align`.
    """
    aligned = align(_as_one_body(pred), _as_one_body(truth), reflection)
    return aligned.reshape(aligned.shape[:-2] + np.shape(truth)[-3:])


def joint_errors(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Distance between the joints of two poses.

    Args:
        pred: [..., n_joints, 3] poses in the frame and unit of `truth`.
        truth: [..., n_joints, 3] poses.

    Returns:
        [..., n_joints] distances; NaN for a joint that one of the poses lacks.
    """
    return _distances(*_pair(pred, truth))


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


def _pair(pred: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both poses in float64, with zeros for joints that one lacks, and a mask of the rest."""
    pred, truth = np.asarray(pred, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if pred.ndim < 2 or pred.shape[-1] != 3 or pred.shape[-2:] != truth.shape[-2:]:
        raise ValueError(
            f"poses must have equal shapes (..., n_joints, 3), not {pred.shape} and {truth.shape}"
        )
    pred, truth = np.broadcast_arrays(pred, truth)
    valid = np.isfinite(pred).all(axis=-1) & np.isfinite(truth).all(axis=-1)
    return np.where(valid[..., None], pred, 0.0), np.where(valid[..., None], truth, 0.0), valid


def _distances(pred: np.ndarray, truth: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """[..., n_joints] distances of the valid joints; NaN for joints that are not valid."""
    return np.where(valid, np.linalg.norm(pred - truth, axis=-1), np.nan)


def _spread(p3: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """[...] whether the valid joints are apart, by more than rounding."""
    valid = valid[..., None]
    highest = np.where(valid, p3, -np.inf).max(axis=-2, initial=-np.inf)
    lowest = np.where(valid, p3, np.inf).min(axis=-2, initial=np.inf)
    magnitude = np.abs(p3).max(axis=(-2, -1), initial=0.0)
    return (highest - lowest).max(axis=-1) > COINCIDENT * magnitude


def _as_one_body(p3: np.ndarray) -> np.ndarray:
    """[..., n_frames·n_joints, 3] the joints of all frames as those of a single pose."""
    p3 = np.asarray(p3)
    if p3.ndim < 3:
        raise ValueError(f"a sequence has shape (..., n_frames, n_joints, 3), not {p3.shape}")
    return p3.reshape(p3.shape[:-3] + (-1, 3))


def _total(p3: np.ndarray) -> np.ndarray:
    """[...] sum over the joints and coordinates of [..., n_joints, 3]."""
    return p3.sum(axis=(-2, -1))
