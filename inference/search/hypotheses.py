"""Hypotheses: several poses that explain a frame, the best and others that differ from it."""

import numpy as np

LEAST_DISTANCE = 0.03
"""Mean distance of joints, in subject heights, from which two poses count as different."""


def distinct(p3w: np.ndarray, cost: np.ndarray, k: int, least_distance: float) -> np.ndarray:
    """The k cheapest poses of every frame that differ from each other.

    Args:
        p3w: [m, n_frames, n_joints, 3] candidates.
        cost: [m, n_frames] costs of the candidates.
        k: number of poses to keep.
        least_distance: mean joint distance from which two poses differ, in the unit of `p3w`.

    Returns:
        [k, n_frames] indices of candidates, the cheapest first. Where fewer than k candidates
        differ, the last of them stands for the rest.
    """
    order = np.argsort(cost, axis=0, kind="stable")
    n_frames = cost.shape[1]
    kept = np.repeat(order[:1], k, axis=0)
    count = np.ones(n_frames, int)
    frames = np.arange(n_frames)
    for rank in range(1, len(order)):
        candidate = order[rank]
        differences = p3w[kept, frames] - p3w[candidate, frames]
        distances = np.linalg.norm(differences, axis=-1).mean(axis=-1)
        is_new = (distances.min(axis=0) > least_distance) & (count < k)
        is_new &= np.isfinite(cost[candidate, frames])
        kept[count[is_new], frames[is_new]] = candidate[is_new]
        count += is_new
    rows = np.minimum(np.arange(k)[:, None], count - 1)
    return kept[rows, frames]
