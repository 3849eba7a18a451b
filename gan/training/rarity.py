"""Poses drawn by rarity: recordings hold hours of walking and seconds of falling.

Poses of one kind are those nearest to the same of `N_KINDS` poses that are far from each other:
beginning with any pose, the next is always the one that is farthest from all before (Gonzalez 1985,
"Clustering to minimize the maximum intercluster distance"). Such kinds cover the poses evenly,
however often each is recorded.
"""

import sys

import numpy as np

from gan.seeds import Pair
from human_pose_util.progress import waiting

N_KINDS = 256
_ROUNDING = 1e-9  # of squared lengths; smaller differences of squared distances are none

LEAST_DRAWN = 100_000
"""Least number of poses that are drawn, so that few frequent ones are lost."""


def rows_by_rarity(
    poses: np.ndarray, strength: float, weight: np.ndarray, seed: Pair
) -> np.ndarray:
    """Draw poses at random, those of rare kinds more often than their number would have it.

    A kind with c of the poses is drawn with a probability proportional to c^(1 − strength), where
    all poses have the same weight.

    Args:
        poses: [n, n_joints, 3].
        strength: from 0, all poses as they are, to 1, all kinds alike.
        weight: [n] factors of the probabilities of the poses.
        seed: seed of what is drawn.

    Returns:
        [m] numbers of the poses that are drawn; each once without strength and with equal weights.
    """
    if strength:
        with waiting("comparing poses", sys.stderr):
            kind = kinds(poses)
        weight = weight * np.bincount(kind)[kind] ** -float(strength)
    elif (weight == weight[0]).all():
        return np.arange(len(poses))
    n_drawn = max(len(poses), LEAST_DRAWN)
    return np.random.default_rng(seed).choice(len(poses), n_drawn, p=weight / weight.sum())


def kinds(poses: np.ndarray) -> np.ndarray:
    """[n] the kind of each of the poses [n, n_joints, 3]."""
    flat = poses.reshape(len(poses), -1).astype(float)
    squares = np.square(flat).sum(axis=1)
    kind, distance = np.zeros(len(flat), int), np.full(len(flat), np.inf)
    centre = 0
    for k in range(min(N_KINDS, len(flat))):
        # ‖x − c‖² = ‖x‖² − 2·x·c + ‖c‖²: one product, ten times as fast as the differences.
        to_centre = squares - 2 * (flat @ flat[centre]) + squares[centre]
        is_nearer = to_centre < distance - _ROUNDING * squares
        kind[is_nearer] = k
        distance[is_nearer] = to_centre[is_nearer]
        centre = int(np.argmax(distance))
    return kind
