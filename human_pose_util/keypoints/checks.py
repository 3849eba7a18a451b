"""Checks that turn the numbers of a file into detections: skeleton, visibility and confidence."""

from typing import Any

import numpy as np

from human_pose_util.errors import DataError, SpecError
from human_pose_util.keypoints.detections import Detections, RawDetections
from human_pose_util.keypoints.image_names import MAX_FRAMES
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import COCO_17, KEYPOINTS, S20, SKELETONS, Skeleton

# The skeletons of detectors come last: of two skeletons with as many joints the later one counts.
# An array of the joints of `s20`, a body model for markers, has to name its skeleton.
_DEFAULT_SKELETONS = {s.n_joints: s for s in SKELETONS if s is not S20}
_MAX_COORDINATE = 1e5  # px: no image is that large
_SCALE_PERCENTILE = 95  # of confidences: a few may lie above the end of their scale


def check_detections(
    raw: RawDetections, source: str, where: str, skeleton_id: str | None = None
) -> Detections:
    """Detections from the content of a file.

    A keypoint counts as not visible if one of its numbers is NaN, infinite, or 100 000 or more, if
    its confidence is not above 0, or if it lies exactly at (0, 0), where detectors put keypoints
    that they do not find. Confidences on a larger scale than [0, 1] are divided by their 95th
    percentile, and cut off at 1.

    Args:
        raw: the content of the file.
        source: the format of the file.
        where: the name of the file, for error messages.
        skeleton_id: skeleton of the keypoints; by default the usual skeleton with that number of
            joints.

    Raises:
        DataError: no person is visible, the film is too long, the keypoints are not in pixels, or
            no skeleton has that number of joints.
        SpecError: `skeleton_id` is unknown, or the skeleton has another number of joints.
    """
    if raw.n_frames > MAX_FRAMES:
        raise DataError(f"{where}: {raw.n_frames} frames, at most {MAX_FRAMES} are possible")
    if not len(raw.keypoints):
        raise DataError(f"{where}: no person in any frame")
    skeleton, notes = _choose_skeleton(raw, source, where, skeleton_id)
    keypoints, scale = _clean(raw.keypoints)
    if scale > 1:
        notes += (f"confidences are divided by {scale:.3g}",)
    visible = (keypoints[..., 2] > 0).any(axis=1)
    if not visible.any():
        raise DataError(f"{where}: no person in any frame")
    if np.nanmax(np.abs(keypoints[..., :2])) <= 1.5:
        raise DataError(f"{where}: the keypoints lie between −1 and 1, expected pixels")
    order = np.flatnonzero(visible)
    order = order[np.argsort(raw.frame[order], kind="stable")]
    ids = None if raw.ids is None else raw.ids[order]
    changed: dict[str, Any] = {
        "frame": raw.frame[order],
        "keypoints": keypoints[order],
        "ids": None if ids is None or ids.max() < 0 else ids,
        "notes": raw.notes + notes,
    }
    return Detections(**vars(raw) | changed, skeleton=skeleton, source=source)


def _choose_skeleton(
    raw: RawDetections, source: str, where: str, skeleton_id: str | None
) -> tuple[Skeleton, tuple[str, ...]]:
    """The skeleton of the keypoints, and a note where another skeleton is as likely."""
    n = raw.keypoints.shape[1]
    if skeleton_id is not None:
        skeleton = get_skeleton(skeleton_id)
        if skeleton.n_joints != n:
            raise SpecError(
                f"{where}: {n} keypoints, but --skeleton {skeleton_id} has {skeleton.n_joints}"
            )
        return skeleton, ()
    candidates = [s for s in SKELETONS if s.n_joints == n]
    if raw.left is not None:
        for skeleton in candidates:
            if raw.left == tuple(i for i, side in enumerate(skeleton.sides) if side == "l"):
                return skeleton, ()
    elif n in _DEFAULT_SKELETONS:
        skeleton = _DEFAULT_SKELETONS[n]
        # Detectors write the keypoints that are known by their number of joints; an array may
        # hold the joints of a data set too.
        is_array = source == "array"
        if skeleton in KEYPOINTS and not (skeleton is COCO_17 and is_array):
            return skeleton, ()
        if is_array:
            return skeleton, (f"{n} keypoints are read as {skeleton.id}: --skeleton names another",)
    names = " or ".join(s.id for s in candidates)
    hint = f"say --skeleton {names}" if names else "no known skeleton has as many joints"
    raise DataError(f"{where}: {n} keypoints of an unknown skeleton: {hint}")


def _clean(keypoints: np.ndarray) -> tuple[np.ndarray, float]:
    """Keypoints with NaN, NaN and 0 where not visible, and the divisor of their confidences."""
    with np.errstate(over="ignore", invalid="ignore"):
        keypoints = keypoints.astype(np.float64)
    points, confidence = keypoints[..., :2], keypoints[..., 2]
    visible = (np.abs(keypoints) < _MAX_COORDINATE).all(axis=-1) & (confidence > 0)
    visible &= (points != 0).any(axis=-1)
    scale = 1.0
    if visible.any():
        scale = max(scale, float(np.percentile(confidence[visible], _SCALE_PERCENTILE)))
    confidence[:] = np.minimum(confidence / scale, 1.0)
    visible &= confidence > 0  # the division may have made a tiny confidence 0
    keypoints[~visible] = np.nan, np.nan, 0.0
    return keypoints, scale
