"""Ways through a latent space in which N(0, I) is at home.

Linear interpolation of independent normal vectors passes too near the origin; on the arc between
them every point is a sample of the same distribution.
"""

import numpy as np


def blend(a: np.ndarray, b: np.ndarray, fraction: float | np.ndarray) -> np.ndarray:
    """Points on the arc from `a` (fraction 0) to `b` (fraction 1); all three broadcast."""
    angle = 0.5 * np.pi * fraction
    return np.cos(angle) * a + np.sin(angle) * b


def latent_walk(corners: np.ndarray, steps: int) -> np.ndarray:
    """A closed path through latent vectors.

    Args:
        corners: (n, n_z) independent samples of N(0, I).
        steps: points from one corner to the next.

    Returns:
        (n·steps, n_z) points, each corner among them.
    """
    fraction = np.arange(steps)[:, None] / steps
    path = blend(corners[:, None], np.roll(corners, -1, axis=0)[:, None], fraction)
    return path.reshape(-1, corners.shape[1])
