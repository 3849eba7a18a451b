"""Choosing one hypothesis a frame so that a sequence moves smoothly: a shortest path.

One image may be explained by poses that differ by a turn or a bent limb, and the cheapest of them
may change from frame to frame. Over time that shows as a jump.
"""

import numpy as np


def smoothest_path(p3w: np.ndarray, cost: np.ndarray, dt: float, weight: float) -> np.ndarray:
    """The hypotheses of least total cost, among all paths through them.

    A path costs what its hypotheses cost, and `weight` · ½ Σ ‖v‖² for the joint velocities v
    between neighbouring frames (as the objective's smoothness). Found exactly by dynamic
    programming (Viterbi 1967).

    Args:
        p3w: [k, n_frames, n_joints, 3] hypotheses.
        cost: [k, n_frames].
        dt: seconds between frames.
        weight: of motion against cost.

    Returns:
        [n_frames] which hypothesis of every frame.
    """
    k, n_frames = cost.shape
    cost = np.where(np.isfinite(cost), cost, 1e30)
    total, came_from = cost[:, 0], np.zeros((n_frames, k), int)
    for i in range(1, n_frames):
        steps = (p3w[None, :, i] - p3w[:, None, i - 1]) / dt  # [from, to, joints, 3]
        ways = total[:, None] + 0.5 * weight * np.sum(steps**2, axis=(2, 3))
        came_from[i] = np.argmin(ways, axis=0)
        total = ways[came_from[i], np.arange(k)] + cost[:, i]
    path = np.zeros(n_frames, int)
    path[-1:] = np.argmin(total)
    for i in range(n_frames - 1, 0, -1):
        path[i - 1] = came_from[i, path[i]]
    return path
