"""Checks that turn the numbers of a file into detections: visibility, confidence and units."""

from typing import Any

import numpy as np

from human_pose_util.arguments import check
from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import (
    Detections,
    RawDetections,
    Size,
    hidden,
    is_placeholder,
    is_visible,
    sure_confidence,
)
from human_pose_util.keypoints.image_names import MAX_FRAMES
from human_pose_util.keypoints.image_size import NO_PIXELS, are_shares, likely_size
from human_pose_util.keypoints.person_numbers import person_numbers
from human_pose_util.keypoints.rotation import TURNS, rotate_image
from human_pose_util.keypoints.skeleton_choice import choose_skeleton

_MAX_COORDINATE = 1e5  # px: no image is that large
_LEAST_SHARE = -0.25  # of the image's width and height: points may lie outside


def check_detections(
    raw: RawDetections,
    source: str,
    where: str,
    skeleton_id: str | None,
    size: Size | None,
    rotation: int,
) -> Detections:
    """Detections from the content of a file.

    A keypoint counts as not visible if one of its numbers is NaN, infinite, or 100 000 or more, if
    its confidence is not above 0, or if it lies exactly at (0, 0) or (−1, −1), where programs put
    keypoints that they do not find. Confidences on a larger scale than [0, 1] are divided by their
    95th percentile, and cut off at 1.

    Args:
        raw: the content of the file.
        source: the format of the file.
        where: the name of the file, for error messages.
        skeleton_id: skeleton of the keypoints; None where it follows from the file
            (`choose_skeleton`).
        size: (width, height) of the image [px]; None for that of the file.
        rotation: degrees by which to turn the image clockwise: 0, 90, 180 or 270.

    Returns:
        The detections in the turned image, with its size if that is known.

    Raises:
        DataError: no person is visible, the film is too long, the keypoints are neither in pixels
            nor shares of an image of known size, or their skeleton is not certain.
        SpecError: `skeleton_id` is unknown, or not the skeleton of the file, or a rotation that is
            not possible.
    """
    check("rotation", rotation, lambda turn: turn in TURNS, f"one of {', '.join(map(str, TURNS))}")
    if raw.n_frames > MAX_FRAMES:
        raise DataError(f"{where}: {raw.n_frames} frames, at most {MAX_FRAMES} are possible")
    if not len(raw.keypoints):
        raise DataError(f"{where}: no person in any frame")
    keypoints, scale = _clean(raw.keypoints)
    notes = [f"confidences are divided by {scale:.3g}"] if scale > 1 else []
    if not (keypoints[..., 2] > 0).any():
        has_places = not is_placeholder(raw.keypoints).all() and (raw.keypoints[..., 2] == 0).all()
        reason = ": all confidences are 0" if has_places else ""
        raise DataError(f"{where}: no person in any frame{reason}")
    stated = size or raw.size
    keypoints, size, image_notes = _in_image(keypoints, stated, rotation, where)
    choice = choose_skeleton(raw, keypoints[..., :2], source, where, skeleton_id)
    keypoints = choice.select(keypoints)
    visible = (keypoints[..., 2] > 0).any(axis=1)
    if not visible.any():
        raise DataError(f"{where}: no keypoint of {choice.skeleton.id} in any frame")
    order = np.flatnonzero(visible)
    order = order[np.argsort(raw.frame[order], kind="stable")]
    frame, keypoints = raw.frame[order], keypoints[order]
    ids, id_notes = person_numbers(frame, keypoints, None if raw.ids is None else raw.ids[order])
    changed: dict[str, Any] = {
        "frame": frame,
        "keypoints": keypoints,
        "ids": ids,
        "size": size,
        "notes": (*raw.notes, *notes, *image_notes, *choice.notes, *id_notes),
        "skeleton": choice.skeleton,
        "source": source,
        "warnings": choice.warnings,
        "has_guessed_size": stated is None and size is not None,
    }
    return Detections(**vars(raw) | changed)


def _in_image(
    keypoints: np.ndarray, size: Size | None, rotation: int, where: str
) -> tuple[np.ndarray, Size | None, list[str]]:
    """Keypoints [px] in the turned image, its size if that is known, and what to say of both.

    The keypoints and the size that are given are those of the image before it is turned.

    Raises:
        DataError: the keypoints are neither in pixels nor shares of an image of known size.
    """
    notes = []
    if are_shares(keypoints):
        keypoints[..., :2] *= _size_for_shares(keypoints[..., :2], size, where)
        notes.append("the keypoints are shares of the image's width and height")
    if rotation:
        size = size or likely_size(keypoints)
        keypoints, size = rotate_image(keypoints, rotation, size)
        notes.append(f"the image is turned by {rotation} degrees, and is {size[0]}x{size[1]} then")
    return keypoints, size, notes


def _size_for_shares(points: np.ndarray, size: Size | None, where: str) -> Size:
    """The size of the image, which keypoints that are shares of it need."""
    if size is None:
        raise DataError(f"{where}: {NO_PIXELS}give its size (`size` WxH)")
    if np.nanpercentile(points, 5) < _LEAST_SHARE:
        raise DataError(
            f"{where}: the keypoints lie around 0: expected pixels, or shares of the image's width "
            "and height, which are positive"
        )
    return size


def _clean(keypoints: np.ndarray) -> tuple[np.ndarray, float]:
    """Keypoints with NaN, NaN and 0 where not visible, and the divisor of their confidences."""
    with np.errstate(over="ignore", invalid="ignore"):
        keypoints = keypoints.astype(np.float64)
    confidence = keypoints[..., 2]
    visible = is_visible(keypoints) & (np.abs(keypoints) < _MAX_COORDINATE).all(axis=-1)
    scale = max(1.0, sure_confidence(confidence[visible]))
    confidence[:] = np.minimum(confidence / scale, 1.0)
    visible &= confidence > 0  # the division may have made a tiny confidence 0
    return hidden(keypoints, ~visible), scale
