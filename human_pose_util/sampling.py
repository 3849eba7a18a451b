"""Samples of frames."""

import numpy as np


def evenly_spaced(n: int, k: int) -> np.ndarray:
    """The numbers of k of n frames: the first, the last, and what is evenly spaced between them.

    Args:
        n: number of frames, at least 1.
        k: number of frames to choose; all are chosen where they are fewer.
    """
    return np.linspace(0, n - 1, min(n, k)).round().astype(int)
