"""The choice of one hypothesis a frame so that a sequence moves smoothly: a shortest path.

One image may be explained by poses that differ by a turn or a bent limb, and the cheapest of them
may change from frame to frame. Over time that shows as a jump.
"""

import numpy as np


def smoothest_path(p3w: np.ndarray, cost: np.ndarray, dt: float, weight: float) -> np.ndarray:
    """The hypotheses of least total cost, among all paths through them.

    The cost of a path is the sum of its hypotheses' costs and of weight · ½ Σ ‖v‖² for the joint
    velocities v between neighbouring frames (as the objective's smoothness). Dynamic programming
    finds the least exactly (Viterbi 1967): the best path to a hypothesis goes through the best path
    to one of those of the frame before. A frame in which no cost is finite tells nothing: its
    hypotheses cost nothing, and motion alone chooses among them.

    Args:
        p3w: [k, n_frames, n_joints, 3] hypotheses.
        cost: [k, n_frames] costs of the hypotheses.
        dt: time between frames [s].
        weight: weight of motion against cost, for the unit of `p3w`.

    Returns:
        [n_frames] the index of each frame's hypothesis.
    """
    k, n_frames = cost.shape
    # Totals of long sequences need double precision to tell hypotheses apart.
    cost = np.where(np.isfinite(cost), cost, np.inf).astype(np.float64)
    cost[:, np.isinf(cost).all(axis=0)] = 0.0
    total, predecessor = cost[:, 0], np.zeros((n_frames, k), int)
    for i in range(1, n_frames):
        velocity = (p3w[None, :, i] - p3w[:, None, i - 1]) / dt  # [from, to, n_joints, 3]
        ways = total[:, None] + 0.5 * weight * np.sum(velocity**2, axis=(2, 3))
        predecessor[i] = np.argmin(ways, axis=0)
        total = ways[predecessor[i], np.arange(k)] + cost[:, i]
    path = np.zeros(n_frames, int)
    path[-1] = np.argmin(total)
    for i in range(n_frames - 1, 0, -1):
        path[i - 1] = predecessor[i, path[i]]
    return path
