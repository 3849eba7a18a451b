"""Left and right taken for each other by a detector, found by how keypoints move.

Arms and legs are looked at apart: in a frame where the limbs would lie nearer to where they are
around that time if left and right were exchanged, they are.
"""

import numpy as np

from human_pose_util.skeleton import Skeleton

AROUND = 0.25
"""Seconds before and after a frame that say where limbs are: a swap lasts for fewer frames."""

NEARER, SMALL = 0.8, 0.01
"""A swap has to bring limbs nearer by this factor, and by this share of the person's size."""

_LEG = ("hip", "knee", "ankle", "big_toe", "small_toe", "heel", "ball", "toes", "foot", "toe")
_ARM = ("shoulder", "elbow", "wrist", "hand", "thumb", "little")


def person_size(keypoints: np.ndarray) -> float:
    """How large a person is in the image: about the height of one who stands [px].

    Args:
        keypoints: [n_frames, n_keypoints, 2 or more] x, y; NaN: not seen.

    Returns:
        The 90th percentile over frames of the bounding boxes' longer sides; 1 where nothing is
        seen in more than one place.
    """
    p2 = keypoints[..., :2]
    seen = np.isfinite(p2).all(axis=-1, keepdims=True)
    low = np.where(seen, p2, np.inf).min(axis=1)
    high = np.where(seen, p2, -np.inf).max(axis=1)
    sides = (high - low)[seen.any(axis=(1, 2))].max(axis=1, initial=0.0)
    size = float(np.percentile(sides, 90)) if len(sides) else 0.0
    return size if size > 0 else 1.0


def unswap(keypoints: np.ndarray, skeleton: Skeleton, fps: float) -> np.ndarray:
    """Keypoints with left and right as they are around each frame.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y, confidence; NaN: not seen.
        skeleton: theirs.
        fps: frames per second.

    Returns:
        The same shape.
    """
    usual = _moving_median(keypoints[..., :2], max(round(AROUND * fps), 1))
    return nearer_sides(keypoints, usual, skeleton, SMALL * person_size(keypoints))


def nearer_sides(
    keypoints: np.ndarray, usual: np.ndarray, skeleton: Skeleton, least: float
) -> np.ndarray:
    """Keypoints with arms and legs exchanged where that brings them to where they usually are.

    Args:
        keypoints: [n_frames, n_keypoints, 3].
        usual: [n_frames, n_keypoints, 2] where they are around that time.
        skeleton: theirs.
        least: by how much a joint has to come nearer on average [px].
    """
    keypoints, mirror = keypoints.copy(), skeleton.mirror
    for columns in legs_and_arms(skeleton):
        if not columns:
            continue
        found, there = keypoints[:, columns, :2], usual[:, mirror[columns]]
        as_is = np.linalg.norm(found - usual[:, columns], axis=2)
        swapped = np.linalg.norm(found - there, axis=2)
        told = np.isfinite(as_is) & np.isfinite(swapped)
        total = [np.where(told, distance, 0.0).sum(axis=1) for distance in (as_is, swapped)]
        wrong = total[1] + least * told.sum(axis=1) < NEARER * total[0]
        keypoints[np.ix_(wrong, columns)] = keypoints[np.ix_(wrong, mirror[columns])]
    return keypoints


def legs_and_arms(skeleton: Skeleton) -> tuple[list[int], list[int]]:
    """Indices of the joints of both legs, and of both arms."""
    sided = [(j, name[2:]) for j, name in enumerate(skeleton.joints) if skeleton.sides[j]]
    legs, arms = ([j for j, part in sided if part in limb] for limb in (_LEG, _ARM))
    return legs, arms


def _moving_median(p2: np.ndarray, reach: int) -> np.ndarray:
    """Medians [n_frames, n_keypoints, 2] of what is seen up to `reach` frames away."""
    padded = np.pad(p2, [(reach, reach), (0, 0), (0, 0)], constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    ordered = np.sort(windows, axis=-1)  # NaN last
    middle = np.maximum(np.isfinite(ordered).sum(axis=-1) - 1, 0) // 2
    return np.take_along_axis(ordered, middle[..., None], axis=-1)[..., 0]
