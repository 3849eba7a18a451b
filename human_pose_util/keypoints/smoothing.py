"""Smooth paths of keypoints in the image, from detections with noise, gaps and outliers.

Every point is the value at its frame of a parabola fitted to the detections around it (local
regression, Cleveland 1979), nearer ones counting more, those far off the parabola hardly. How far
"around" is, each keypoint's detections say themselves: where the parabola predicts best what it was
not shown (leave-one-out cross-validation).
"""

from typing import NamedTuple

import numpy as np

SPREADS = (0.03, 0.05, 0.08, 0.12)
"""Standard deviations of the weights in time to choose from [s]."""

REACH = 3.0
OUTLIER, SIGMAS = 0.01, 3.0
"""Share of the person's size, and number of standard deviations, beyond both of which a detection
off the parabola counts little."""

MOST_MISSED = 0.9
"""A keypoint's detections are judged by the error that so many of them do not exceed."""

RIDGE = np.diag([1e-9, 1e-2, 1e-2])  # a few detections make a line or a point
ROUNDS = 3
LEAST = 0.3
"""Weight of the detections around a point below which it is not told."""

BLOCK = 2048


class Paths(NamedTuple):
    """Smooth keypoints.

    Attributes:
        keypoints: [n_frames, n_keypoints, 3] x, y, and the weights of the detections that tell
            them; NaN and 0 in a gap that is too long.
        std: [n_frames, n_keypoints] how far they may be off in x and in y [px].
    """

    keypoints: np.ndarray
    std: np.ndarray


def smooth(keypoints: np.ndarray, fps: float, size: float) -> Paths:
    """Smooth keypoints.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y, confidence; NaN: not seen.
        fps: frames per second.
        size: the person's in the image [px], as by `swaps.person_size`.
    """
    fits = [_fit(keypoints, spread * fps, OUTLIER * size) for spread in SPREADS]
    best = np.argmin([fit.missed for fit in fits], axis=0)

    def chosen(name: str) -> np.ndarray:
        parts = [getattr(fit, name) for fit in fits]
        return np.stack([parts[i][:, j] for j, i in enumerate(best)], axis=1)

    noise = np.array([fits[i].missed[j] for j, i in enumerate(best)])
    told = chosen("weight") >= LEAST
    points = np.concatenate([chosen("point"), chosen("weight")[..., None]], axis=2)
    std = np.sqrt(noise * chosen("variance"))
    return Paths(
        np.where(told[..., None], points, [np.nan, np.nan, 0.0]), np.where(told, std, np.inf)
    )


class _Fit(NamedTuple):
    """Parabolas of one spread.

    Attributes:
        point: [n_frames, n_keypoints, 2].
        weight: [n_frames, n_keypoints] of the detections.
        variance: [n_frames, n_keypoints] of a point, in those of a detection.
        missed: [n_keypoints] variance of detections about what the others predict.
    """

    point: np.ndarray
    weight: np.ndarray
    variance: np.ndarray
    missed: np.ndarray


def _fit(keypoints: np.ndarray, spread: float, least: float) -> _Fit:
    reach = max(int(np.ceil(REACH * spread)), 1)
    padded = np.pad(keypoints, [(reach, reach), (0, 0), (0, 0)], constant_values=np.nan)
    starts = range(0, len(keypoints), BLOCK)
    blocks = [_block(padded[i : i + BLOCK + 2 * reach], reach, spread, least) for i in starts]
    point, weight, variance, squares = (np.concatenate(part) for part in zip(*blocks, strict=True))
    return _Fit(point, weight, variance, _variance(squares, MOST_MISSED))


def _block(padded: np.ndarray, reach: int, spread: float, least: float) -> tuple:
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
        inverse = np.linalg.inv(normal)[..., 0, 0]
        own = np.minimum(inverse * weights[reach], 0.95)  # share of a detection in its own point
        missed = np.where(seen[reach], squares[reach] / (1 - own) ** 2, np.nan)
        outlier = np.maximum(least**2, SIGMAS**2 * _variance(missed, 0.5))
        used, weights = weights, sure / (1 + squares / outlier) ** 2
    return fitted[..., 0, :], used.sum(axis=0), inverse, missed


def _variance(squares: np.ndarray, share: float) -> np.ndarray:
    """Variance in x and in y of errors whose squared lengths [n_frames, n] are given, NaN: none.

    From the length that a share of them does not exceed, as of a normal distribution.
    """
    ordered = np.sort(squares, axis=0)  # NaN last
    count = np.isfinite(ordered).sum(axis=0)
    row = np.clip((share * count).astype(int), 0, np.maximum(count - 1, 0))
    quantile = np.nan_to_num(np.take_along_axis(ordered, row[None], axis=0)[0])
    return quantile / (-2 * np.log(1 - share))
