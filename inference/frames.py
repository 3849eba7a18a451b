"""Fitting frames that nothing couples but their sequence's scale.

Two things make this more than one call of Levenberg–Marquardt.

A generator of rectified linear units is piecewise linear: minima lie on its kinks, where no step
is good and a damped method stops early. So the kinks are rounded at first and sharpened in stages,
each starting from the minimum of the one before; the last is the generator as it was trained. How
round they are at first decides which minimum is reached, so two routes are taken, and every frame
keeps the lower end.

The scale s is shared. With F(s) the sum over a sequence's frames of the least cost at scale s, F
is minimised by Newton's method: at the frames' minima F' = Σ ∂f/∂s, and
F'' = Σ (f_ss − f_xsᵀ·f_xx⁻¹·f_xs), the curvature that is left when every frame gives way. The
frames follow to first order and are refined; each keeps its own damping and its own end.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from inference.compiled import any_batch
from inference.lm import LevenbergMarquardt, Solution
from inference.objective import Frames, Objective

_SHARPENING = (0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
ROUTES = ((0.1, 0.1, 0.1, 0.1, *_SHARPENING), (0.2, 0.1, *_SHARPENING))
"""Roundings of the kinks in every stage, in units of a hidden layer's inputs."""

STAGE_ITERATIONS, STAGE_TOL = 16, 1e-4
ROUNDS, ROUND_ITERATIONS = 8, 8
LARGEST_STEP, PRECISION = 0.1, 1e-4  # of the scale, relative
RIDGE = 1e-5
BATCH = 1024


class ScaledFit(NamedTuple):
    """Minima of frames, and the scales of their sequences [n_sequences]."""

    solution: Solution
    scales: np.ndarray


class FrameSolver:
    """A solver of frames and their sequences' scales for one objective, compiled once."""

    def __init__(self, objective: Objective):
        self._objective = objective
        self._frames = LevenbergMarquardt(self._expand, BATCH)
        self._respond = any_batch(self._response)

    def minimize(
        self,
        starts: np.ndarray,
        scales: np.ndarray,
        segments: np.ndarray,
        frames: Sequence[np.ndarray],
        tol: float,
        max_iterations: int,
    ) -> ScaledFit:
        """Minimise over frames and scales.

        Args:
            starts: [n_starts, n_frames, n_x] where to start.
            scales: [n_sequences] where to start.
            segments: [n_frames] which sequence each frame belongs to.
            frames: observations, arrays [n_frames, ...] in the order of `Frames`.
            tol: as for `LevenbergMarquardt.minimize`.
            max_iterations: for a frame, at the end.
        """
        fit = None
        for route in ROUTES:
            there = self._follow(route, starts, scales, segments, frames, tol, fit is None)
            scales = there.scales
            fit = there if fit is None else ScaledFit(_lower(fit.solution, there.solution), scales)
        solution, spent = fit.solution, fit.solution.iterations
        for _ in range(ROUNDS):
            data = _data(scales[segments], 0.0, frames)
            steps, follow = self._newton(solution.x, data, segments, scales)
            scales = scales + steps
            data = _data(scales[segments], 0.0, frames)
            solution = self._frames.minimize(solution.x + follow, data, tol, ROUND_ITERATIONS)
            spent = spent + solution.iterations
            if np.all(np.abs(steps) <= PRECISION * scales):
                break
        solution = self._frames.minimize(solution.x, data, tol, max_iterations)
        spent = spent + solution.iterations
        return ScaledFit(solution._replace(iterations=spent), scales)

    def alternatives(
        self,
        starts: np.ndarray,
        scales: np.ndarray,
        segments: np.ndarray,
        frames: Sequence[np.ndarray],
        tol: float,
    ) -> list[Solution]:
        """Where every start leads along every route, at given scales; shapes as in `minimize`."""
        return [
            self._follow(route, start[None], scales, segments, frames, tol, False).solution
            for route in ROUTES
            for start in starts
        ]

    def _follow(self, route, starts, scales, segments, frames, tol, free_scales) -> ScaledFit:
        """From the best of the starts along one route to the generator as it is."""
        x, spent = self._best_start(starts, _data(scales[segments], route[0], frames))
        for smoothing in route:
            data = _data(scales[segments], smoothing, frames)
            solution = self._frames.minimize(x, data, max(tol, STAGE_TOL), STAGE_ITERATIONS)
            x, spent = solution.x, spent + solution.iterations
            if free_scales:
                steps, follow = self._newton(x, data, segments, scales)
                x, scales = x + follow, scales + steps
        data = _data(scales[segments], 0.0, frames)
        solution = self._frames.minimize(x, data, tol, STAGE_ITERATIONS)
        return ScaledFit(solution._replace(iterations=spent + solution.iterations), scales)

    def _best_start(self, starts: np.ndarray, data) -> tuple[np.ndarray, np.ndarray]:
        """Try every start for a while; [n_frames, n_x] and evaluations [n_frames] of the best."""
        n_starts, n_frames, n_x = starts.shape
        if n_starts == 1:
            return starts[0], np.zeros(n_frames, np.int32)
        data = [np.tile(part, (n_starts,) + (1,) * (part.ndim - 1)) for part in data]
        tried = self._frames.minimize(starts.reshape(-1, n_x), data, STAGE_TOL, STAGE_ITERATIONS)
        best = np.argmin(tried.cost.reshape(n_starts, n_frames), axis=0)
        spent = tried.iterations.reshape(n_starts, n_frames).sum(axis=0)
        return tried.x.reshape(starts.shape)[best, np.arange(n_frames)], spent

    def _expand(self, x, scale, smoothing, *frames):
        quadratic = self._objective.quadratic(x, scale, smoothing, Frames(*frames))
        return quadratic.cost, quadratic.by_x, quadratic.by_xx

    def _newton(self, x, data, segments, scales) -> tuple[np.ndarray, np.ndarray]:
        """Steps of the scales [n_sequences], and how the frames follow [n_frames, n_x]."""
        slope, curvature, follow = (
            np.concatenate(parts) for parts in zip(*self._responses(x, data), strict=True)
        )
        n = len(scales)
        valid = np.isfinite(slope) & np.isfinite(curvature) & np.isfinite(follow).all(axis=1)
        slope = np.bincount(segments, np.where(valid, slope, 0.0), n)
        curvature = np.bincount(segments, np.where(valid, curvature, 0.0), n)
        steps = np.divide(-slope, curvature, out=np.zeros(n), where=curvature > 0)
        steps = np.clip(steps, -LARGEST_STEP * scales, LARGEST_STEP * scales)
        return steps, np.where(valid[:, None], follow * steps[segments, None], 0.0)

    def _responses(self, x, data):
        for first in range(0, len(x), BATCH):
            part = slice(first, first + BATCH)
            yield [r.numpy() for r in self._respond(x[part], *(a[part] for a in data))]

    def _response(self, x, scale, smoothing, *frames):
        """Reduced slope and curvature by the scale [batch], and dx/ds [batch, n_x]."""
        q = self._objective.quadratic(x, scale, smoothing, Frames(*frames))
        diagonal = tf.linalg.diag_part(q.by_xx)
        ridge = RIDGE * tf.reduce_max(diagonal, axis=1, keepdims=True) + 1e-12
        factor = tf.linalg.cholesky(tf.linalg.set_diag(q.by_xx, diagonal + ridge))
        solved = tf.linalg.cholesky_solve(factor, tf.stack([q.by_xs, q.by_x], axis=2))
        slope = q.by_s - tf.reduce_sum(q.by_xs * solved[..., 1], axis=1)
        curvature = q.by_ss - tf.reduce_sum(q.by_xs * solved[..., 0], axis=1)
        return slope, curvature, -solved[..., 0]


def _data(scale: np.ndarray, smoothing: float, frames: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What tells frames apart, in the order of `FrameSolver._expand`."""
    return [scale.astype(np.float32), np.full(len(scale), smoothing, np.float32), *frames]


def _lower(a: Solution, b: Solution) -> Solution:
    """Of two solutions, the one with the lower cost for each frame; evaluations of both count."""
    better = b.cost < a.cost
    return Solution(
        np.where(better[:, None], b.x, a.x),
        np.where(better, b.cost, a.cost),
        a.iterations + b.iterations,
        np.where(better, b.status, a.status),
    )
