"""Paths through a latent space whose samples are drawn from N(0, I).

On the straight line between two independent samples, points come too near to the origin: the
variance of their midpoint is half of a sample's. On the arc cos(φ)·a + sin(φ)·b every point has
the distribution N(0, I) again (White, "Sampling Generative Networks", 2016).
"""

import numpy as np


def blend(a: np.ndarray, b: np.ndarray, fraction: float | np.ndarray) -> np.ndarray:
    """Points on the arc from one latent vector to another.

    Args:
        a: [..., n_z] latent vectors at fraction 0.
        b: [..., n_z] latent vectors at fraction 1.
        fraction: fraction of the way; an array has a last axis of length 1. All three broadcast.

    Returns:
        [..., n_z] latent vectors.
    """
    angle = 0.5 * np.pi * fraction
    return np.cos(angle) * a + np.sin(angle) * b


def latent_walk(corners: np.ndarray, steps: int) -> np.ndarray:
    """A closed path through latent vectors.

    Args:
        corners: [n, n_z] independent samples of N(0, I).
        steps: number of steps from one corner to the next.

    Returns:
        [n·steps, n_z] latent vectors, the corners among them.
    """
    fraction = np.arange(steps)[:, None] / steps
    path = blend(corners[:, None], np.roll(corners, -1, axis=0)[:, None], fraction)
    return path.reshape(-1, corners.shape[1])
