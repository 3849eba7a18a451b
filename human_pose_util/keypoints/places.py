"""Where keypoints were before a frame."""

import numpy as np


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
