"""Measurements that may be wrong: what lies far off counts for hardly anything."""

import numpy as np


def robust_weights(errors, scale: float) -> np.ndarray:
    """Weights of measurements by their errors, 1/(1 + (e/s)²)²: a quarter at the scale.

    They are those of the robust loss of Geman and McClure (1987), e²/(1 + e²/s²), whose slope they
    divide by that of e². An estimate with these weights, made again and again with the errors of
    the one before, minimises that loss (iteratively reweighted least squares).

    Args:
        errors: [...] errors.
        scale: error that counts a quarter, in the unit of the errors.

    Returns:
        [...] weights from 0 to 1.
    """
    return 1 / (1 + (np.asarray(errors) / scale) ** 2) ** 2


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The median of measurements that have weights.

    Args:
        values: [...] measurements.
        weights: [...] their weights; one of them at least is not 0.
    """
    order = np.argsort(values, axis=None)
    total = np.cumsum(weights.ravel()[order])
    return float(values.ravel()[order][np.searchsorted(total, total[-1] / 2)])
