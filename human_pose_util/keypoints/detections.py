"""Detected people of a film, and what makes a file's numbers fit to be used."""

from dataclasses import dataclass

import numpy as np

from human_pose_util.errors import DataError, SpecError
from human_pose_util.keypoints.frames import MAX_FRAMES
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import (
    COCO_17,
    EVA_15,
    KEYPOINTS,
    MPI28,
    S14,
    S16,
    S24,
    SKELETONS,
    Skeleton,
)

_BY_NUMBER = {s.n_joints: s for s in (*KEYPOINTS, S14, EVA_15, S16, S24, MPI28)}
_LARGEST = 1e5  # px: no image is that large
_USUAL_MOST = 95  # percentile of confidences: a few may be above the end of their scale


@dataclass(frozen=True)
class Detections:
    """People that a detector saw in a film.

    Attributes:
        frame: [n] frame of each detected person, from 0, ascending.
        keypoints: [n, n_keypoints, 3] x, y [px] and confidence in [0, 1]; NaN, NaN and 0 where a
            keypoint is not seen. Of everyone at least one is seen.
        n_frames: length of the film.
        skeleton: of the keypoints.
        ids: [n] numbers of tracked people, −1 for none; None if the file has none.
        size: width and height of the image [px], if the file says it.
        source: the format.
        notes: what the user should know of how the file was read.
    """

    frame: np.ndarray
    keypoints: np.ndarray
    n_frames: int
    skeleton: Skeleton
    ids: np.ndarray | None = None
    size: tuple[int, int] | None = None
    source: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Raw:
    """What a file says, unchecked.

    Attributes:
        frame: [n] frame of each person, in any order.
        keypoints: [n, n_keypoints, 3] x, y and confidence, any numbers.
        n_frames, size, notes: as in `Detections`.
        ids: [n] numbers of people, −1 for none; None for none at all.
        left: the left joints, ascending, if the file says them.
    """

    frame: np.ndarray
    keypoints: np.ndarray
    n_frames: int
    ids: np.ndarray | None = None
    size: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    left: tuple[int, ...] | None = None


def with_confidence(points: np.ndarray) -> np.ndarray:
    """Keypoints [..., 3], of which [..., 2] are sure and [..., 3] have confidences already."""
    if points.shape[-1] == 3:
        return points
    return np.concatenate([points, np.ones_like(points[..., :1])], axis=-1)


def checked(raw: Raw, source: str, where: str, skeleton_id: str | None = None) -> Detections:
    """Detections, of what a file says.

    A keypoint is not seen if a number of it is NaN, infinite, or 100 000 or more, if its
    confidence is not above 0, or if it lies exactly at (0, 0). Confidences of a larger scale than
    [0, 1] are divided by their 95th percentile, and those still above 1 are 1.

    Args:
        raw: the file's content.
        source: its format.
        where: names the file in an error.
        skeleton_id: of the keypoints; by default the usual one with their number.

    Raises:
        DataError: nobody is seen, the film is too long, the keypoints are not in pixels, or
            their number is that of no skeleton.
        SpecError: `skeleton_id` is unknown, or has another number of joints.
    """
    if raw.n_frames > MAX_FRAMES:
        raise DataError(f"{where}: {raw.n_frames} frames, at most {MAX_FRAMES} are possible")
    if not len(raw.keypoints):
        raise DataError(f"{where}: no person in any frame")
    skeleton, notes = _skeleton(raw, source, where, skeleton_id)
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
    return Detections(
        frame=raw.frame[order],
        keypoints=keypoints[order],
        n_frames=raw.n_frames,
        skeleton=skeleton,
        ids=None if ids is None or ids.max() < 0 else ids,
        size=raw.size,
        source=source,
        notes=raw.notes + notes,
    )


def _skeleton(
    raw: Raw, source: str, where: str, skeleton_id: str | None
) -> tuple[Skeleton, tuple[str, ...]]:
    """The skeleton, and a note where another one is as likely."""
    n = raw.keypoints.shape[1]
    if skeleton_id is not None:
        skeleton = get_skeleton(skeleton_id)
        if skeleton.n_joints != n:
            raise SpecError(
                f"{where}: {n} keypoints, but --skeleton {skeleton_id} has {skeleton.n_joints}"
            )
        return skeleton, ()
    fitting = [s for s in SKELETONS if s.n_joints == n]
    if raw.left is not None:
        named = [s for s in fitting if _left(s) == raw.left]
        if named:
            return named[0], ()
    elif n in _BY_NUMBER and (source == "array" or _BY_NUMBER[n] in KEYPOINTS):
        return _usual(n, source)
    hint = f"say --skeleton {' or '.join(s.id for s in fitting)}" if fitting else "none has as many"
    raise DataError(f"{where}: {n} keypoints of an unknown skeleton: {hint}")


def _left(skeleton: Skeleton) -> tuple[int, ...]:
    return tuple(i for i, side in enumerate(skeleton.sides) if side == "l")


def _usual(n: int, source: str) -> tuple[Skeleton, tuple[str, ...]]:
    skeleton = _BY_NUMBER[n]
    if skeleton in KEYPOINTS and (skeleton is not COCO_17 or source != "array"):
        return skeleton, ()
    return skeleton, (f"{n} keypoints are read as {skeleton.id}: --skeleton names another",)


def _clean(keypoints: np.ndarray) -> tuple[np.ndarray, float]:
    """Keypoints with NaN, NaN and 0 where not seen, and by what confidences were divided."""
    with np.errstate(over="ignore", invalid="ignore"):
        keypoints = keypoints.astype(np.float64)
    points, confidence = keypoints[..., :2], keypoints[..., 2]
    seen = (np.abs(keypoints) < _LARGEST).all(axis=-1) & (confidence > 0)
    seen &= (points != 0).any(axis=-1)
    scale = max(1.0, float(np.percentile(confidence[seen], _USUAL_MOST))) if seen.any() else 1.0
    confidence[:] = np.minimum(confidence / scale, 1.0)
    seen &= confidence > 0  # a tiny one may have become 0
    keypoints[~seen] = np.nan, np.nan, 0.0
    return keypoints, scale
