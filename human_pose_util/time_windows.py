"""Smooth values in time: averages and parabolas over Gaussian windows."""

import numpy as np
from scipy.ndimage import correlate1d, gaussian_filter1d

REACH = 3.0
"""Half width of a window in time, in standard deviations; what is further away does not count."""

RIDGE = (1e-9, 1e-2, 1e-2)
"""Added to the diagonal of the normal equations of a parabola: with few moments it becomes a line
or a constant."""


def time_average(totals: np.ndarray, weights: np.ndarray, width: float) -> np.ndarray:
    """Averages over a Gaussian window in time.

    Args:
        totals: [n, ...] weighted sums of what is averaged, in order of time.
        weights: [n, ...] sums of the weights; axes of length 1 stand for all of an axis of totals.
        width: standard deviation of the window, in rows.

    Returns:
        [n, ...] averages; 0 where nothing in the window has a weight.
    """
    if not len(totals):
        return totals

    def blurred(values: np.ndarray) -> np.ndarray:
        return gaussian_filter1d(values, width, axis=0, mode="constant")

    return blurred(totals) / np.maximum(blurred(weights), 1e-9)


def local_parabolas(values: np.ndarray, weights: np.ndarray, width: float) -> np.ndarray:
    """Smooth values, those of parabolas in time that are fitted to the measurements around.

    Nearer measurements count more: weights fall like a Gaussian. A plain average would flatten what
    sways, and bend the ends (local regression; Cleveland, "Robust locally weighted regression and
    smoothing scatterplots", JASA 1979).

    Args:
        values: [n, k] measurements, k of each moment, in order of time.
        weights: [n, k] their weights.
        width: standard deviation of the Gaussian, in moments.

    Returns:
        [n] the values; those of moments without any weight are interpolated.
    """
    reach = int(np.ceil(REACH * width))
    tau = np.arange(-reach, reach + 1) / width
    total, pull = weights.sum(axis=1), (weights * values).sum(axis=1)

    def moment(sums: np.ndarray, power: int) -> np.ndarray:
        """The sums over the windows, each term with the weight of the Gaussian and a power of τ."""
        return correlate1d(sums, np.exp(-0.5 * tau**2) * tau**power, mode="constant")

    # With φ(τ) = (1, τ, τ²), the parabola aᵀφ that fits best has (Σ w·φφᵀ + RIDGE)·a = Σ w·φ·value.
    rows = [np.stack([moment(total, i + j) for j in range(3)], axis=1) for i in range(3)]
    matrix = np.stack(rows, axis=1) + np.diag(RIDGE)
    sides = np.stack([moment(pull, i) for i in range(3)], axis=1)
    smooth = np.linalg.solve(matrix, sides[..., None])[:, 0, 0]
    known = np.flatnonzero(total > 0)
    return np.interp(np.arange(len(smooth)), known, smooth[known]) if len(known) else smooth
