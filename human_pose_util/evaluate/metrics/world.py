"""Measures of motion in the world: paths, drift, and feet that slide."""

import numpy as np

from human_pose_util.evaluate.metrics.alignment import as_one_body, fit
from human_pose_util.evaluate.metrics.distances import frames_of, pair
from human_pose_util.evaluate.metrics.motion import differences
from human_pose_util.evaluate.metrics.pose import mpjpe
from human_pose_util.transforms import Similarity, fit_rigid, transform_frame

CHUNK = 100
"""Number of frames that W-MPJPE and WA-MPJPE align at once."""
N_FIRST = 2
"""Number of frames at the start of a chunk that W-MPJPE aligns."""
CONTACT = 10.0
"""Way of a foot from a frame to the next [mm] below which it touches the ground."""


def w_mpjpe(pred: np.ndarray, truth: np.ndarray, chunk: int = CHUNK) -> np.ndarray:
    """MPJPE in the world after alignment of the first two frames (W-MPJPE), by frame.

    The sequence is cut into chunks of 100 frames, of which the last may be shorter. The similarity
    that fits the first two frames of a chunk best maps the whole chunk, so that drift adds up (Ye
    et al., "Decoupling Human and Camera Motion from Videos in the Wild", 2023, and Shin et al.,
    "WHAM", 2024; `compute_global_metrics` in GVHMR's eval_utils.py).

    Args:
        pred: [..., n_frames, n_joints, 3] poses in any unit and world.
        truth: [..., n_frames, n_joints, 3] poses in the world.
        chunk: number of frames of a chunk.

    Returns:
        [..., n_frames] mean joint errors in the unit of `truth`; NaN where the first two frames of
        a chunk do not determine the alignment.
    """
    return _chunk_errors(pred, truth, chunk, N_FIRST)


def wa_mpjpe(pred: np.ndarray, truth: np.ndarray, chunk: int = CHUNK) -> np.ndarray:
    """MPJPE in the world after alignment of chunks of 100 frames (WA-MPJPE), by frame.

    As `w_mpjpe`, but the similarity fits all frames of a chunk (same sources).

    Args:
        pred: [..., n_frames, n_joints, 3] poses in any unit and world.
        truth: [..., n_frames, n_joints, 3] poses in the world.
        chunk: number of frames of a chunk.

    Returns:
        [..., n_frames] mean joint errors in the unit of `truth`; NaN where the alignment is not
        determined.
    """
    return _chunk_errors(pred, truth, chunk, chunk)


def rte(pred: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Root translation error (RTE) relative to the length of the way, by frame.

    The error ‖R·p̂ + t − p‖ of the root after the rigid motion that fits the whole way best,
    divided by the length Σ‖Δp‖ of the true way (Shin et al., "WHAM", 2024; `compute_rte` in GVHMR's
    eval_utils.py). Where positions are unknown, the way leads straight to the next known one.

    Args:
        pred: [..., n_frames, 3] positions of the root in any world, in the unit of `truth`.
        truth: [..., n_frames, 3] true positions of the root.

    Returns:
        [..., n_frames] errors as fractions of the way; NaN for frames that one of them lacks, and
        where the true root does not move.
    """
    pred, truth, valid = pair(pred, truth)
    truth = np.where(valid[..., None], truth, np.nan)
    aligned = transform_frame(pred, *fit_rigid(pred, truth))
    steps = np.linalg.norm(np.diff(_filled(truth, valid), axis=-2), axis=-1)
    way = np.nansum(steps, axis=-1, keepdims=True)
    return np.linalg.norm(aligned - truth, axis=-1) / np.where(way > 0, way, np.nan)


def _filled(positions: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Positions [..., n_frames, 3], of which each that is not valid is the one before it."""
    frames = np.where(valid, np.arange(valid.shape[-1]), 0)
    last = np.maximum.accumulate(frames, axis=-1)
    return np.take_along_axis(positions, last[..., None], axis=-2)


def foot_sliding(pred: np.ndarray, truth: np.ndarray, contact: float = CONTACT) -> np.ndarray:
    """Way of the predicted feet from a frame to the next where the true feet touch the ground.

    A foot touches the ground where its true way is below 1 cm a frame (`compute_foot_sliding` in
    GVHMR's eval_utils.py, at 30 frames per second and of four vertices of the feet).

    Args:
        pred: [..., n_frames, n_feet, 3] positions of the feet in the unit of `truth`.
        truth: [..., n_frames, n_feet, 3] true positions of the feet.
        contact: way of a frame from which on a foot moves, in the unit of `truth`.

    Returns:
        [..., n_frames − 1, n_feet] ways in the unit of `truth`; NaN where the foot does not touch
        the ground.
    """
    pred_way, true_way = (np.linalg.norm(differences(p, 1), axis=-1) for p in (pred, truth))
    return np.where(true_way < contact, pred_way, np.nan)


def _chunk_errors(pred: np.ndarray, truth: np.ndarray, chunk: int, n_first: int) -> np.ndarray:
    """[..., n_frames] errors after the alignment of the first frames of each chunk."""
    pred, truth = np.broadcast_arrays(frames_of(pred), frames_of(truth))
    errors = []
    for start in range(0, pred.shape[-3], chunk):
        p, q = (p3[..., start : start + chunk, :, :] for p3 in (pred, truth))
        first, true_first = (as_one_body(p3[..., :n_first, :, :]) for p3 in (p, q))
        s, r, t = fit(first, true_first)
        of_frames = Similarity(s[..., None], r[..., None, :, :], t[..., None, :])
        errors.append(mpjpe(of_frames.apply(p), q))
    return np.concatenate(errors, axis=-1) if errors else np.zeros(pred.shape[:-2])
