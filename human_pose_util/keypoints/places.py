"""Where keypoints were before, and how far they move."""

import numpy as np

JUMP = 0.12
"""At a cut, at least half of a person's keypoints move by more than this share of the person's
size. So they do where the number of a person goes to another one."""

FASTEST = 2.0
"""Sizes of the person per second by which someone suddenly moves at most: seldomer than 17 times a
second, a step to the side is a jump, too."""

FEWEST = 4
"""Number of keypoints that have to be seen on both sides of a movement."""


def places_before(p2: np.ndarray, longest_gap: int) -> np.ndarray:
    """Where each keypoint was visible last, [n_frames, n_keypoints, 2] px.

    Args:
        p2: [n_frames, n_keypoints, 2] x, y [px]; NaN for a keypoint that is not visible.
        longest_gap: number of frames after which the last place tells nothing any more.

    Returns:
        The places; NaN where a keypoint was not visible in so many frames before.
    """
    frames = np.arange(len(p2))[:, None]
    visible = np.where(np.isfinite(p2).all(axis=2), frames, -1)
    last = np.full_like(visible, -1)
    last[1:] = np.maximum.accumulate(visible, axis=0)[:-1]
    is_recent = (last >= 0) & (frames - last <= longest_gap)
    return np.where(is_recent[..., None], p2[last, np.arange(p2.shape[1])], np.nan)


def distances(places: np.ndarray, before: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """How far keypoints are from where they were, the median [n] over the keypoints of a frame.

    An exchange of left and right is no movement: the shorter one counts of the distances as
    detected and exchanged.

    Args:
        places: [n, n_keypoints, 2] places in n frames; NaN for a keypoint that is not visible.
        before: [n, n_keypoints, 2] places before these frames, likewise.
        mirror: [n_keypoints] the permutation that swaps left and right.

    Returns:
        Distances in the unit of the places; NaN where fewer than `FEWEST` keypoints tell one.
    """
    medians = np.full((2, len(places)), np.nan)
    as_detected = np.arange(len(mirror))
    for median, columns in zip(medians, (as_detected, mirror), strict=True):
        distance = np.linalg.norm(places[:, columns] - before, axis=2)
        is_seen = np.isfinite(distance).sum(axis=1) >= FEWEST
        median[is_seen] = np.nanmedian(distance[is_seen], axis=1)
    return np.fmin(*medians)
