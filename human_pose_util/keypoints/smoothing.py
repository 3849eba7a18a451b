"""Smooth paths of keypoints in the image, from detections with noise, gaps and outliers.

The point of a path in a frame is the value, at that frame, of a parabola in time that is fitted to
the detections around the frame. Nearer detections count more, and detections far off the parabola
count hardly at all: robust local regression (Cleveland, "Robust locally weighted regression and
smoothing scatterplots", JASA 1979). How wide the window in time is, the detections of each keypoint
decide: the width is chosen with which the parabolas best predict detections that are left out of
the fit (leave-one-out cross-validation), so that a fast wrist is smoothed less than a slow hip.
"""

from typing import NamedTuple

import numpy as np

from human_pose_util.keypoints.detections import hidden
from human_pose_util.time_windows import REACH, RIDGE

SPREADS = (0.03, 0.05, 0.08, 0.12)
"""Standard deviations of the Gaussian windows in time to choose from [s]."""

OUTLIER, SIGMAS = 0.01, 3.0
"""A detection counts as an outlier if its distance from the parabola is larger than this share of
the person's size, and larger than this number of standard deviations of the distances."""

QUANTILE = 0.9
"""A width of the window is judged by the prediction error that this share of the detections does
not exceed, unless that is the error of an outlier."""

ROUNDS = 3
"""How often the parabolas are fitted, with weights from the residuals of the round before."""

MIN_WEIGHT = 0.3
"""A gap is bridged where the detections in the window have at least this total weight; a sure
detection in the frame itself has the weight 1."""

NARROWEST = 0.7
"""Least standard deviation of a window [frames]: in a narrower one a detection has no neighbours
that could predict it."""

ALONE = 0.01
"""Standard deviation of a sure detection, as a share of the person's size, where windows hold one
frame alone: no neighbours tell then how precise detections are."""

FAST = 0.02
"""Standard deviation of a detection of a fast keypoint, as a share of the person's size, between 9
and 14 frames per second. The narrowest window reaches over a quarter of a second there. A keypoint
that its neighbours predict with a larger error is fast, and stays where it is detected. Without
this rule, detections of people who run, tumble and dance count for nothing at 10 and 12 frames per
second, and errors of 22 films are 77 instead of 42 mm."""

LARGEST_LEVERAGE = 0.99
"""Bound of the leverage h of a detection. Where h is larger, the detection has hardly a neighbour,
and the bound makes the window look better than it is. With 0.95, windows of less than a frame were
chosen at 24 and 25 frames per second, and paths had errors of 7.2 instead of 4.4 px (5 px of noise,
20 % missed). With 0.9999 it is 4.1 px, but a stream lags behind someone who turns cartwheels."""

BLOCK = 2048
"""Frames that are fitted at a time, to bound the memory."""


class Paths(NamedTuple):
    """Smooth paths of keypoints.

    Attributes:
        keypoints: [n_frames, n_keypoints, 3] x, y [px], and the total weight of the detections
            behind a point; NaN, NaN and 0 in a gap that is too long to bridge.
        std: [n_frames, n_keypoints] standard deviation of x and of y [px]; infinite in a gap.
    """

    keypoints: np.ndarray
    std: np.ndarray


def smooth(keypoints: np.ndarray, fps: float, size: float) -> Paths:
    """Smooth the keypoints of a person.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y [px], confidence; NaN for a keypoint that is not
            visible.
        fps: frames per second.
        size: size of the person in the image [px], as `person_size` measures it.
    """
    wide = widths(fps)
    fits = [_fit(keypoints, width, OUTLIER * size) for width in wide]
    # Of each width, [n_keypoints] variances of detections about what the others predict.
    variances = [_variance_of_most(fit.squared_error) for fit in fits]
    if not wide or wide[0] > SPREADS[1] * fps:
        fits.append(_fit(keypoints, SPREADS[0] * fps, OUTLIER * size))
        std = (FAST if wide else ALONE) * size
        variances.append(np.full(keypoints.shape[1], std**2))
    variance = np.stack(variances)
    best = np.argmin(variance, axis=0)

    def of_best(arrays: list[np.ndarray]) -> np.ndarray:
        return np.stack([arrays[i][:, j] for j, i in enumerate(best)], axis=1)

    point = of_best([fit.point for fit in fits])
    weight = of_best([fit.weight for fit in fits])
    std = np.sqrt(variance.min(axis=0) * of_best([fit.relative_variance for fit in fits]))
    is_gap = weight < MIN_WEIGHT
    paths = np.concatenate([point, weight[..., None]], axis=2)
    return Paths(hidden(paths, is_gap), np.where(is_gap, np.inf, std))


def widths(fps: float) -> list[float]:
    """Standard deviations of the windows to choose from [frames].

    Where fewer than two are wide enough, which is below 9 frames per second, there is none: people
    move too far from frame to frame.

    Args:
        fps: frames per second.
    """
    wide = [spread * fps for spread in SPREADS if spread * fps >= NARROWEST]
    return wide if len(wide) > 1 else []


class _Fit(NamedTuple):
    """Parabolas with windows of one width, one for each frame.

    Attributes:
        point: [n_frames, n_keypoints, 2] values of the parabolas at their frames [px].
        weight: [n_frames, n_keypoints] total weight of the detections.
        relative_variance: [n_frames, n_keypoints] variance of a point, relative to the variance
            of a detection with weight 1.
        squared_error: [n_frames, n_keypoints] squared distances [px²] of detections from the
            points that the other detections predict; NaN where there is no detection.
    """

    point: np.ndarray
    weight: np.ndarray
    relative_variance: np.ndarray
    squared_error: np.ndarray


def _fit(keypoints: np.ndarray, spread: float, outlier: float) -> _Fit:
    """Parabolas for all frames; `spread` in frames, `outlier` in px."""
    reach = max(int(np.ceil(REACH * spread)), 1)
    padded = np.pad(keypoints, [(reach, reach), (0, 0), (0, 0)], constant_values=np.nan)
    starts = range(0, len(keypoints), BLOCK)
    blocks = [_fit_block(padded[i : i + BLOCK + 2 * reach], reach, spread, outlier) for i in starts]
    return _Fit(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def _fit_block(padded: np.ndarray, reach: int, spread: float, outlier: float) -> _Fit:
    """Parabolas for a block of n frames, from keypoints [n + 2·reach, n_keypoints, 3].

    With τ the time from the frame in units of `spread`, and φ(τ) = (1, τ, τ²), the coefficients a
    of a parabola minimise Σ w·(x − aᵀφ)² + aᵀ·RIDGE·a, so (Σ w·φφᵀ + RIDGE)·a = Σ w·φ·x. The
    weights are w = exp(−τ²/2) · confidence · 1/(1 + d²/σ²)², the last factor that of Geman and
    McClure's robust loss for a detection at the distance d from the parabola of the round before.

    A stream smooths in every frame, so time counts here. All parabolas are computed together, by
    products of matrices whose rows are the detections of a window and whose columns are the
    n·n_keypoints parabolas.
    """
    tau = np.arange(-reach, reach + 1) / spread
    powers = tau ** np.arange(5)[:, None]
    phi, n = powers[:3], len(padded) - 2 * reach
    is_visible = np.isfinite(padded).all(axis=-1)
    clean = np.where(is_visible[..., None], padded, 0.0)
    x, y, confidence = (_windows(clean[..., i], n) for i in range(3))
    prior = np.exp(-0.5 * tau**2)[:, None] * confidence
    shape, is_visible = (n, padded.shape[1]), is_visible[reach : reach + n]
    next_weights = prior
    for _ in range(ROUNDS):
        weights = next_weights
        # Σ w·φφᵀ has five different entries, the sums of w·τ⁰ to w·τ⁴.
        inverse = _inverse(powers @ weights)
        coefficients = [np.einsum("abm,bm->am", inverse, phi @ (weights * v)) for v in (x, y)]
        squares = sum((v - phi.T @ a) ** 2 for v, a in zip((x, y), coefficients, strict=True))
        # The point at τ = 0 is a₀, whose variance is (normal⁻¹)₀₀ times that of a detection with
        # weight 1. With a detection's own weight in its frame this is its leverage h, the share of
        # the detection in its own point; the residual from a fit without it is the residual
        # divided by 1 − h (Allen's PRESS), so that nothing has to be fitted again.
        leverage = np.minimum(inverse[0, 0] * weights[reach], LARGEST_LEVERAGE)
        left_out = (squares[reach] / (1 - leverage) ** 2).reshape(shape)
        squared_error = np.where(is_visible, left_out, np.nan)
        scale = np.maximum(outlier**2, SIGMAS**2 * _variance(squared_error, 0.5))
        next_weights = prior / (1 + squares / np.tile(scale, n)) ** 2
    point = np.stack([a[0].reshape(shape) for a in coefficients], axis=-1)
    total, relative_variance = weights.sum(axis=0), inverse[0, 0]
    return _Fit(point, total.reshape(shape), relative_variance.reshape(shape), squared_error)


def _windows(values: np.ndarray, n: int) -> np.ndarray:
    """The windows [window, n·n_keypoints] about n frames, of values [n + window − 1, n_keypoints].

    Row i has the values of the i-th frame of every window.
    """
    return np.stack([values[i : i + n].ravel() for i in range(len(values) - n + 1)])


def _inverse(sums: np.ndarray) -> np.ndarray:
    """The inverses [3, 3, m] of the matrices of normal equations.

    They are symmetric, so that six cofactors tell them; that takes a third of the time of
    `np.linalg.inv`.

    Args:
        sums: [5, m] the sums of w·τ⁰ to w·τ⁴ over a window.
    """
    s0, s1, s2, s3, s4 = sums
    m00, m11, m22 = s0 + RIDGE[0], s2 + RIDGE[1], s4 + RIDGE[2]
    c00, c01, c02 = m11 * m22 - s3**2, s2 * s3 - s1 * m22, s1 * s3 - s2 * m11
    c11, c12, c22 = m00 * m22 - s2**2, s1 * s2 - m00 * s3, m00 * m11 - s1**2
    determinant = m00 * c00 + s1 * c01 + s2 * c02
    return np.stack([[c00, c01, c02], [c01, c11, c12], [c02, c12, c22]]) / determinant


def _variance_of_most(squares: np.ndarray) -> np.ndarray:
    """Variances [n_keypoints] of detections that are no outliers, as `_variance` returns them.

    Where more than 1 − `QUANTILE` of the detections are false, the quantile is the error of a false
    one. The median, which half of them would have to spoil, bounds it.
    """
    return np.minimum(_variance(squares, QUANTILE), SIGMAS**2 * _variance(squares, 0.5))


def _variance(squares: np.ndarray, share: float) -> np.ndarray:
    """Variances [n_keypoints] of x and of y, from squared distances [n_frames, n_keypoints].

    The quantile of the squared distances at `share` is compared with that of a normal distribution:
    the squared length of a normal error in two dimensions exceeds −2·σ²·ln(1 − p) with the
    probability 1 − p (Rayleigh's distribution). NaN entries do not count; without others it is 0.
    """
    ordered = np.sort(squares, axis=0)  # NaN last
    count = np.isfinite(ordered).sum(axis=0)
    row = np.clip((share * count).astype(int), 0, np.maximum(count - 1, 0))
    quantile = np.nan_to_num(ordered[row, np.arange(len(row))])
    return quantile / (-2 * np.log(1 - share))
