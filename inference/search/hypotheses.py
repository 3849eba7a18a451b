"""Keeping several explanations of a frame: the best, and others that are really different."""

import numpy as np

APART = 0.03
"""Mean distance of joints, in subject heights, from which two poses count as different."""


def distinct(p3w: np.ndarray, cost: np.ndarray, k: int, apart: float) -> np.ndarray:
    """The k cheapest poses of every frame that differ from each other.

    Args:
        p3w: [m, n_frames, n_joints, 3] candidates.
        cost: [m, n_frames].
        k: how many to keep.
        apart: mean joint distance from which two poses differ.

    Returns:
        [k, n_frames] which candidates, cheapest first. Where there are fewer than k different
        ones, the last of them stands for the rest.
    """
    order = np.argsort(cost, axis=0, kind="stable")
    n_frames = cost.shape[1]
    chosen = np.repeat(order[:1], k, axis=0)
    count = np.ones(n_frames, int)
    frames = np.arange(n_frames)
    for rank in range(1, len(order)):
        candidate = order[rank]
        kept = p3w[chosen, frames]
        distances = np.linalg.norm(kept - p3w[candidate, frames], axis=-1).mean(axis=-1)
        new = (distances.min(axis=0) > apart) & (count < k) & np.isfinite(cost[candidate, frames])
        chosen[count[new], frames[new]] = candidate[new]
        count += new
    rows = np.minimum(np.arange(k)[:, None], count - 1)
    return chosen[rows, frames]
