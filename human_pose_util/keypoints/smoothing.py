"""Smooth paths of keypoints in the image, from detections with noise, gaps and outliers.

Every point is the value at its frame of a parabola fitted to the detections around it (local
regression, Cleveland 1979), nearer ones counting more, those far off the parabola hardly.
"""

import numpy as np

SPREAD = 0.067
"""Standard deviation of the weights in time [s]: limbs move along parabolas for about so long."""

REACH = 4.0
OUTLIER = 0.02
"""Share of the person's size beyond which a detection off the parabola counts little."""

RIDGE = np.diag([1e-9, 1e-2, 1e-2])  # a few detections make a line or a point
ROUNDS = 3
LEAST, MOST = 0.3, 3.0
BLOCK = 2048


def smooth(keypoints: np.ndarray, fps: float, size: float) -> np.ndarray:
    """Smooth keypoints.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y, confidence; NaN: not seen.
        fps: frames per second.
        size: the person's in the image [px], as by `swaps.person_size`.

    Returns:
        The same shape. A gap that is short enough is bridged; a confidence is the precision of
        the point in units of that of one sure detection, at most `MOST`.
    """
    spread = max(SPREAD * fps, 1e-3)
    reach = int(np.ceil(REACH * spread))
    padded = np.pad(keypoints, [(reach, reach), (0, 0), (0, 0)], constant_values=np.nan)
    blocks = [
        _smooth(padded[i : i + BLOCK + 2 * reach], reach, spread, OUTLIER * size)
        for i in range(0, len(keypoints), BLOCK)
    ]
    return np.concatenate(blocks) if blocks else keypoints


def _smooth(padded: np.ndarray, reach: int, spread: float, outlier: float) -> np.ndarray:
    """Of frames with `reach` more at either end."""
    time = np.arange(-reach, reach + 1) / spread
    near, powers = np.exp(-0.5 * time**2), time[:, None] ** np.arange(3)
    n = len(padded) - 2 * reach
    windows = np.stack([padded[i : i + n] for i in range(2 * reach + 1)])
    seen = np.isfinite(windows).all(axis=-1)
    xy = np.where(seen[..., None], windows[..., :2], 0.0)
    sure = near[:, None, None] * np.where(seen, windows[..., 2], 0.0)
    products = (powers[:, :, None] * powers[:, None, :]).reshape(len(time), 9)
    weights = sure
    for _ in range(ROUNDS):
        normal = np.tensordot(weights, products, (0, 0)).reshape(*weights.shape[1:], 3, 3) + RIDGE
        sides = np.einsum("la,lnj,lnjc->njac", powers, weights, xy, optimize=True)
        fitted = np.linalg.solve(normal, sides)
        squares = np.sum((xy - np.tensordot(powers, fitted, (1, 2))) ** 2, axis=-1)
        weights = sure / (1 + squares / outlier**2) ** 2
    precision = np.minimum(1 / np.linalg.inv(normal)[..., 0, 0], MOST)
    smoothed = np.concatenate([fitted[..., 0, :], precision[..., None]], axis=-1)
    told = weights.sum(axis=0) >= LEAST
    return np.where(told[..., None], smoothed, [np.nan, np.nan, 0.0])
