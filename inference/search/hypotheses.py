"""Hypotheses: several poses that explain a frame, the best and others that differ from it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from inference.search.alternatives import Candidates
from inference.search.inference_result import InferenceResult
from inference.search.smooth_path import smoothest_path
from inference.settings import SearchSettings

LEAST_DISTANCE = 0.01
"""Mean distance of joints, in subject heights, from which two poses count as different."""


def with_hypotheses(
    result: InferenceResult,
    others: Candidates,
    settings: SearchSettings,
    dt: float,
    poses: Callable[[np.ndarray], np.ndarray],
) -> InferenceResult:
    """A result with hypotheses, or on the smoothest path through them, as settings ask.

    The reported pose is one of the hypotheses: where the path leads through a pose that is not
    among the cheapest ones, it takes the place of the dearest of them.

    Args:
        result: the poses that were found.
        others: other poses.
        settings: of the search.
        dt: time between frames [s].
        poses: variables [n, n_x] → poses [n, n_joints, 3].
    """
    x = np.concatenate([result.x[None], others.x])
    p3w = poses(x.reshape(-1, x.shape[2])).reshape(*x.shape[:2], -1, 3)
    # A pose that is cheaper by a rounding error is the same pose.
    least = np.where(np.isfinite(result.cost), result.cost, -np.inf)
    cost = np.concatenate([result.cost[None], np.maximum(others.cost, least)])
    n_kept = settings.keep_hypotheses
    if settings.path_weight:
        n_kept = max(n_kept, len(x))
    kept = distinct(p3w, cost, n_kept, LEAST_DISTANCE * result.scale)
    frames = np.arange(x.shape[1])
    path = np.zeros(len(frames), int)
    if settings.path_weight:
        rows = kept, frames
        path = smoothest_path(p3w[rows], cost[rows], dt, settings.path_weight)
        best = kept[path, frames], frames
        best_cost = cost[best].astype(np.float32)
        result = replace(result, p3w=p3w[best], x=x[best], cost=best_cost)
    if settings.keep_hypotheses == 1:
        return result
    last = settings.keep_hypotheses - 1
    kept[last] = np.where(path > last, kept[path, frames], kept[last])
    rows = kept[: last + 1], frames
    return replace(result, hypotheses_p3w=p3w[rows], hypotheses_cost=cost[rows])


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
