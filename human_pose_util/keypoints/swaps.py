"""Undoing swaps of left and right, which detectors make for some frames at a time.

Arms and legs are treated apart: where the keypoints of a pair of limbs lie nearer to their places
in the frames around it after left and right are exchanged, they are exchanged.
"""

import numpy as np

from human_pose_util.skeleton import Skeleton

REACH = 0.25
"""Seconds before and after a frame: the median over them tells where limbs belong, provided that
swaps last less long."""

MAX_RATIO, MIN_GAIN = 0.8, 0.01
"""An exchange has to reduce distances to at most this share of what they are, and by at least
this share of the person's size on average."""

_LEG = ("hip", "knee", "ankle", "big_toe", "small_toe", "heel", "ball", "toes", "foot", "toe")
_ARM = ("shoulder", "elbow", "wrist", "hand", "thumb", "little")


def person_size(keypoints: np.ndarray) -> float:
    """How large a person is in the image: about the height of a standing person [px].

    Args:
        keypoints: [n_frames, n_keypoints, 2 or more] x, y [px]; NaN for a keypoint that is not
            visible.

    Returns:
        The 90th percentile over frames of the longer side of the bounding box; 1 where no frame
        shows keypoints at two different places.
    """
    p2 = keypoints[..., :2]
    visible = np.isfinite(p2).all(axis=-1, keepdims=True)
    low = np.where(visible, p2, np.inf).min(axis=1)
    high = np.where(visible, p2, -np.inf).max(axis=1)
    sides = (high - low)[visible.any(axis=(1, 2))].max(axis=1, initial=0.0)
    size = float(np.percentile(sides, 90)) if len(sides) else 0.0
    return size if size > 0 else 1.0


def unswap(keypoints: np.ndarray, skeleton: Skeleton, fps: float) -> np.ndarray:
    """Keypoints with left and right as in the majority of the frames around each frame.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y [px], confidence; NaN for a keypoint that is not
            visible.
        skeleton: skeleton of the keypoints.
        fps: frames per second.

    Returns:
        [n_frames, n_keypoints, 3] the keypoints after the exchanges.
    """
    expected = _moving_median(keypoints[..., :2], max(round(REACH * fps), 1))
    return unswap_towards(keypoints, expected, skeleton, MIN_GAIN * person_size(keypoints))


def unswap_towards(
    keypoints: np.ndarray, expected: np.ndarray, skeleton: Skeleton, min_gain: float
) -> np.ndarray:
    """Keypoints with arms and legs exchanged where that brings them nearer to expected places.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y [px], confidence; NaN for a keypoint that is not
            visible.
        expected: [n_frames, n_keypoints, 2] expected places [px]; NaN where they are unknown.
        skeleton: skeleton of the keypoints.
        min_gain: by how much an exchange has to reduce the mean distance [px].

    Returns:
        [n_frames, n_keypoints, 3] the keypoints after the exchanges.
    """
    keypoints, mirror = keypoints.copy(), skeleton.mirror
    for columns in legs_and_arms(skeleton):
        if not columns:
            continue
        points = keypoints[:, columns, :2]
        direct = np.linalg.norm(points - expected[:, columns], axis=2)
        swapped = np.linalg.norm(points - expected[:, mirror[columns]], axis=2)
        # Both sums are over the joints of which both distances are known.
        known = np.isfinite(direct) & np.isfinite(swapped)
        direct, swapped = (np.where(known, d, 0.0).sum(axis=1) for d in (direct, swapped))
        exchange = swapped + min_gain * known.sum(axis=1) < MAX_RATIO * direct
        keypoints[np.ix_(exchange, columns)] = keypoints[np.ix_(exchange, mirror[columns])]
    return keypoints


def legs_and_arms(skeleton: Skeleton) -> tuple[list[int], list[int]]:
    """Indices of the joints of both legs, and of both arms."""
    parts = [(j, name[2:]) for j, name in enumerate(skeleton.joints) if skeleton.sides[j]]
    legs, arms = ([j for j, part in parts if part in limb] for limb in (_LEG, _ARM))
    return legs, arms


def _moving_median(p2: np.ndarray, reach: int) -> np.ndarray:
    """Medians [n_frames, n_keypoints, 2] of x and y in the frames up to `reach` frames away."""
    padded = np.pad(p2, [(reach, reach), (0, 0), (0, 0)], constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    # The lower one of two middle values: a place of the left or of the right joint, never between.
    ordered = np.sort(windows, axis=-1)  # NaN last
    middle = np.maximum(np.isfinite(ordered).sum(axis=-1) - 1, 0) // 2
    return np.take_along_axis(ordered, middle[..., None], axis=-1)[..., 0]
