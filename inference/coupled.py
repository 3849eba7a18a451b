"""Levenberg–Marquardt on a whole sequence whose frames are coupled to their neighbours.

The curvature is block-tridiagonal over frames, bordered by the scale that all frames share. A
banded Cholesky solve gives the step; the border is eliminated by a second right-hand side.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from scipy.linalg import LinAlgError, solveh_banded

from inference.compiled import any_batch
from inference.motion import joint_weights, motion_cost
from inference.objective import Frames, Objective
from inference.status import Status

FIRST_DAMPING, MAX_DAMPING = 1e-3, 1e10
FLOOR = 1e-6


class CoupledFit(NamedTuple):
    """Minimum over a sequence.

    Attributes:
        x: [n_frames, n_x].
        scale: the sequence's.
        cost: [n_frames]; a motion term counts for the later of its two frames.
        iterations: evaluations.
        status: how it ended.
    """

    x: np.ndarray
    scale: float
    cost: np.ndarray
    iterations: int
    status: Status


class _Expansion(NamedTuple):
    """The cost around a point, float64.

    Attributes:
        cost: [n_frames].
        gradient: [n_frames, n_x].
        diagonal: [n_frames, n_x, n_x] blocks of the curvature.
        below: [n_frames − 1, n_x, n_x] blocks (later frame, earlier frame).
        by_s: slope by the scale.
        by_xs: [n_frames, n_x].
        by_ss: curvature by the scale.
    """

    cost: np.ndarray
    gradient: np.ndarray
    diagonal: np.ndarray
    below: np.ndarray
    by_s: float
    by_xs: np.ndarray
    by_ss: float


class CoupledSolver:
    """A solver for one objective, compiled once."""

    def __init__(self, objective: Objective):
        self._objective = objective
        self._linearize = any_batch(self._linearized)

    def minimize(
        self,
        x: np.ndarray,
        scale: float,
        frames: Frames,
        dt: float,
        tol: float,
        max_iterations: int,
    ) -> CoupledFit:
        """Minimise over all frames of a sequence and its scale.

        Args:
            x: [n_frames, n_x] where to start.
            scale: where to start.
            frames: the observations, in order of time.
            dt: seconds between frames.
            tol: stop when a step lowers the cost by no more than this share.
            max_iterations: evaluations at most.
        """
        x, damping, growth = np.asarray(x, np.float64), FIRST_DAMPING, 2.0
        here = self._expand(x, scale, frames, dt)
        for iteration in range(2, max_iterations + 1):
            cost = here.cost.sum()
            if not np.isfinite(cost):
                return CoupledFit(x, scale, here.cost, iteration, Status.NOT_FINITE)
            step = _step(here, damping)
            if step is not None:
                there = self._expand(x + step[0], scale + step[1], frames, dt)
            if step is None or not there.cost.sum() <= cost:
                damping, growth = damping * growth, 2 * growth
                if damping > MAX_DAMPING:
                    return CoupledFit(x, scale, here.cost, iteration, Status.CONVERGED)
                continue
            x, scale, here = x + step[0], scale + step[1], there
            damping, growth = max(damping / 3, 1e-12), 2.0
            if cost - here.cost.sum() <= tol * cost:
                return CoupledFit(x, scale, here.cost, iteration, Status.CONVERGED)
        return CoupledFit(x, scale, here.cost, max_iterations, Status.ITERATION_LIMIT)

    def _linearized(self, x, scale, smoothing, frames: Frames):
        poses = self._objective.linearize(x, scale, smoothing)
        quadratic = self._objective.quadratic_of(poses, x, smoothing, frames)
        return (poses.p3w, poses.by_x(), poses.by_scale), quadratic

    def _expand(self, x: np.ndarray, scale: float, frames: Frames, dt: float) -> _Expansion:
        x32 = tf.constant(x, tf.float32)
        scales, exact = tf.fill([len(x)], np.float32(scale)), tf.zeros(len(x))
        poses, quadratic = self._linearize(x32, scales, exact, frames)
        p3w, by_x, by_scale = (part.numpy().astype(np.float64) for part in poses)
        cost, gradient, diagonal, by_s, by_xs, by_ss = (
            part.numpy().astype(np.float64) for part in quadratic
        )
        weights = self._objective.weights
        cost[1:] += motion_cost(p3w, dt, weights).numpy()

        velocity = np.diff(p3w, axis=0) / dt
        a = joint_weights(velocity, weights)[:, None, :]
        tangents = by_x.reshape(*by_x.shape[:2], 3 * p3w.shape[1]) / dt
        shape = (len(a), 3 * p3w.shape[1], 1)
        stiff = np.repeat(a, 3, axis=1).reshape(shape).swapaxes(1, 2)
        force = (a * velocity.swapaxes(1, 2)).reshape(shape)
        stretch = (np.diff(by_scale, axis=0) / dt).reshape(shape)
        early, late = tangents[:-1], tangents[1:]
        late_t, early_t = np.swapaxes(late, 1, 2), np.swapaxes(early, 1, 2)
        pull = np.swapaxes(stiff, 1, 2) * stretch
        gradient[1:] += (late @ force)[..., 0]
        gradient[:-1] -= (early @ force)[..., 0]
        diagonal[1:] += (late * stiff) @ late_t
        diagonal[:-1] += (early * stiff) @ early_t
        by_xs[1:] += (late @ pull)[..., 0]
        by_xs[:-1] -= (early @ pull)[..., 0]
        return _Expansion(
            cost,
            gradient,
            diagonal,
            -(late * stiff) @ early_t,
            by_s.sum() + np.sum(stretch * force),
            by_xs,
            by_ss.sum() + np.sum(stretch * pull),
        )


def _step(e: _Expansion, damping: float) -> tuple[np.ndarray, float] | None:
    """The damped step of x [n_frames, n_x] and of the scale; None where the solve fails."""
    n_frames, n_x = e.gradient.shape
    diagonal = np.diagonal(e.diagonal, axis1=1, axis2=2)
    added = damping * np.maximum(diagonal, FLOOR * diagonal.max())
    damped = e.diagonal + added[..., None] * np.eye(n_x)
    sides = np.stack([e.gradient.ravel(), e.by_xs.ravel()], axis=1)
    try:
        solved = solveh_banded(_banded(damped, e.below), sides, lower=True)
    except LinAlgError:
        return None
    by_gradient, by_scale = solved.T
    reduced_slope = e.by_s - e.by_xs.ravel() @ by_gradient
    reduced_curvature = e.by_ss * (1 + damping) - e.by_xs.ravel() @ by_scale
    scale = -reduced_slope / reduced_curvature if reduced_curvature > 0 else 0.0
    return -(by_gradient + scale * by_scale).reshape(n_frames, n_x), scale


def _banded(diagonal: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Block-tridiagonal blocks in LAPACK's lower banded form [2·n_x, n_frames·n_x]."""
    n_frames, n, _ = diagonal.shape
    columns = np.zeros((n_frames, 3 * n, n))
    columns[:, :n], columns[:-1, n : 2 * n] = diagonal, below
    offset, column = np.meshgrid(np.arange(2 * n), np.arange(n), indexing="ij")
    return columns[:, offset + column, column].transpose(1, 0, 2).reshape(2 * n, -1)
