"""Hypotheses: several poses that explain a frame, the reported one and others that differ."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from human_pose_util.evaluate.status import Status
from inference.search.alternatives import Candidates
from inference.search.inference_result import InferenceResult
from inference.search.smooth_path import smoothest_path
from inference.settings import SearchSettings

LEAST_DISTANCE = 0.01
"""Mean distance of joints, in subject heights, from which two poses count as different."""

SAME_COST, SAME_SHARE = 1e-10, 1e-5
"""Difference of costs, and difference as a share of the cost, up to which poses explain an image
equally well. With image points in thousands of pixels, the first is that of a point which errs by
0.014 px; the second is what single precision resolves of a sum."""


def with_hypotheses(
    result: InferenceResult,
    others: Candidates,
    settings: SearchSettings,
    dt: float,
    decode: Callable[[np.ndarray], np.ndarray],
) -> InferenceResult:
    """A result with hypotheses, or on the smoothest path through them, as settings ask.

    The pose that was found is the first hypothesis, and the others follow, cheapest first. One that
    is cheaper than the first shows that the search missed a minimum. The reported pose is one of
    the hypotheses: where the path leads through a pose that is not among the cheapest ones, it
    takes the place of the dearest of them.

    Args:
        result: the poses that were found.
        others: other poses.
        settings: of the search.
        dt: time between frames [s].
        decode: variables [n, n_x] → poses [n, n_joints, 3].
    """
    x = np.concatenate([result.x[None], others.x])
    p3w = decode(x.reshape(-1, x.shape[2])).reshape(*x.shape[:2], -1, 3)
    is_equal = np.isclose(others.cost, result.cost, rtol=SAME_SHARE, atol=SAME_COST)
    other_cost = np.where(is_equal, np.maximum(others.cost, result.cost), others.cost)
    cost = np.concatenate([result.cost[None], other_cost])
    status = np.concatenate([result.status[None], others.status])
    n_kept = settings.keep_hypotheses
    n_distinct = max(n_kept, len(x)) if settings.path_weight else n_kept
    rank = cost.copy()
    # The reported pose always comes first, unless it is not finite.
    rank[0] = np.where(np.isfinite(p3w[0]).all(axis=(1, 2)), -np.inf, cost[0])
    kept = distinct(p3w, rank, n_distinct, LEAST_DISTANCE * result.scale)
    frames = np.arange(x.shape[1])
    if settings.path_weight:
        rows = kept, frames
        path = smoothest_path(p3w[rows], cost[rows], dt, settings.path_weight)
        reported = kept[path, frames]
        result = _on_path(result, Candidates(x, cost, status), p3w, reported)
        # A reported pose that is not among those to keep takes the place of the dearest of them.
        kept[n_kept - 1] = np.where(path >= n_kept, reported, kept[n_kept - 1])
    if n_kept == 1:
        return result
    rows = kept[:n_kept], frames
    return replace(result, hypotheses_p3w=p3w[rows], hypotheses_cost=cost[rows])


def _on_path(
    result: InferenceResult, candidates: Candidates, p3w: np.ndarray, path: np.ndarray
) -> InferenceResult:
    """A result whose poses are those of candidates, whose number in each frame is `path`."""
    best = path, np.arange(len(path))
    # A frame whose fit failed may have another pose, which did not.
    cost = candidates.cost[best].astype(np.float32)
    is_saved = (result.status == Status.NOT_FINITE) & np.isfinite(cost)
    status = np.where(is_saved, candidates.status[best], result.status)
    return replace(result, p3w=p3w[best], x=candidates.x[best], cost=cost, status=status)


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
