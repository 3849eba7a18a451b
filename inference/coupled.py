"""Levenberg–Marquardt on a whole sequence whose frames are coupled to their neighbours.

The curvature is block-tridiagonal over frames, bordered by what all frames share. A banded Cholesky
solve gives the step; the border is eliminated by further right-hand sides. The kinks of the
networks are rounded at first and sharpened on the way, as in `inference.frames`.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from scipy.linalg import LinAlgError, solveh_banded

from inference.compiled import any_batch
from inference.lm import LOWER, MAX_DAMPING, MIN_DAMPING, RAISE, SHARES
from inference.motion import joint_weights, motion_cost, sequence_cost
from inference.objective import Objective
from inference.status import Status
from inference.terms import Frames

FIRST_DAMPING = 1e-3
FLOOR = 1e-6
SHARPENING = np.geomspace(0.14, 1e-3, 40)


class SequenceFit(NamedTuple):
    """Minimum over a sequence.

    Attributes:
        x: [n_frames, n_x].
        theta: [4] what the frames share.
        cost: [n_frames]; a motion term counts for the later of its two frames.
        iterations: steps, or [n_frames] those of every frame.
        status: how it ended, or [n_frames] how every frame ended.
    """

    x: np.ndarray
    theta: np.ndarray
    cost: np.ndarray
    iterations: int | np.ndarray
    status: Status | np.ndarray


class _Expansion(NamedTuple):
    """The cost around a point, float64, with k shared variables.

    Attributes:
        gradient: [n_frames, n_x].
        diagonal: [n_frames, n_x, n_x] blocks of the curvature.
        below: [n_frames − 1, n_x, n_x] blocks (later frame, earlier frame).
        by_s: [k] slope by what is shared.
        by_xs: [n_frames, n_x, k].
        by_ss: [k, k].
    """

    gradient: np.ndarray
    diagonal: np.ndarray
    below: np.ndarray
    by_s: np.ndarray
    by_xs: np.ndarray
    by_ss: np.ndarray


class CoupledSolver:
    """A solver for one objective, compiled once."""

    def __init__(self, objective: Objective):
        self._objective = objective
        self._free = list(objective.model.shared.free)
        self._linearize = any_batch(self._linearized)
        self._cost = any_batch(lambda *point: sequence_cost(objective, *point))

    def minimize(
        self,
        x: np.ndarray,
        theta: np.ndarray,
        frames: Frames,
        dt: float,
        tol: float,
        max_iterations: int,
    ) -> SequenceFit:
        """Minimise over all frames of a sequence and what they share.

        Args:
            x: [n_frames, n_x] where to start.
            theta: [4] where to start.
            frames: the observations, in order of time.
            dt: seconds between frames.
            tol: stop when a step lowers the cost by no more than this share.
            max_iterations: steps at most, after the kinks are sharp.
        """
        x, theta, damping, growth = np.asarray(x, np.float64), theta, FIRST_DAMPING, RAISE
        status, iteration = Status.ITERATION_LIMIT, 0
        for iteration in range(len(SHARPENING) + max_iterations):
            sharp = iteration >= len(SHARPENING)
            easing = SHARPENING[min(iteration, len(SHARPENING) - 1)]
            cost = self._costs(x, theta, easing, frames, dt).sum()
            if not np.isfinite(cost):
                break
            step = _step(self._expand(x, theta, easing, frames, dt), damping)
            trials = [self._moved(x, theta, step, share) for share in SHARES] if step else []
            costs = [self._costs(*trial, easing, frames, dt).sum() for trial in trials]
            costs = np.nan_to_num(costs, nan=np.inf)
            if not len(costs) or costs.min() > cost:
                damping, growth = damping * growth, 2 * growth
                if sharp and damping > MAX_DAMPING:
                    status = Status.CONVERGED
                    break
                damping = min(damping, MAX_DAMPING)
                continue
            x, theta = trials[np.argmin(costs)]
            factor = RAISE if costs.argmin() == len(SHARES) - 1 else 1 / LOWER
            damping, growth = max(damping * factor, MIN_DAMPING), RAISE
            if sharp and cost - costs.min() <= tol * cost:
                status = Status.CONVERGED
                break
        final = self._costs(x, theta, 0.0, frames, dt)
        status = status if np.isfinite(final).all() else Status.NOT_FINITE
        return SequenceFit(x, theta, final, iteration + 1, status)

    def _moved(self, x, theta, step, share: float) -> tuple[np.ndarray, np.ndarray]:
        theta = theta.copy()
        theta[self._free] += share * step[1]
        return x + share * step[0], theta

    def _costs(self, x, theta, easing: float, frames: Frames, dt: float) -> np.ndarray:
        point = np.float32(x), np.float32(theta), np.float32(easing)
        return self._cost(*point, frames, np.float32(dt)).numpy().astype(np.float64)

    def _linearized(self, x, theta, smoothing, frames: Frames, dt):
        model, rows = self._objective.model, tf.shape(x)[0]
        thetas, widths = tf.tile(theta[None], [rows, 1]), tf.fill([rows], smoothing)
        poses = model.linearize(x, thetas, widths)
        with tf.GradientTape() as tape:
            tape.watch(poses.p3w)
            p3w = tf.linalg.matrix_transpose(poses.p3w)
            moving = tf.reduce_sum(motion_cost(p3w, dt, self._objective.weights))
        by_p3w = tape.gradient(moving, poses.p3w)
        quadratic = self._objective.quadratic(poses, x, thetas, widths, frames, by_p3w)
        return poses.p3w, model.tangents(poses), quadratic.gradient, quadratic.curvature

    def _expand(self, x, theta, easing: float, frames: Frames, dt: float) -> _Expansion:
        point = np.float32(x), np.float32(theta), np.float32(easing)
        p3w, tangents, gradient, curvature = (
            part.numpy().astype(np.float64)
            for part in self._linearize(*point, frames, np.float32(dt))
        )
        n, n_joints = tangents.shape[1], p3w.shape[2]
        velocity = np.diff(p3w, axis=0) / dt
        a = joint_weights(velocity.swapaxes(1, 2), self._objective.weights)
        stiff = np.tile(a, 3).reshape(-1, 1, 3 * n_joints)  # the coordinate before the joint
        force = stiff * velocity.reshape(-1, 1, 3 * n_joints)
        tangents = tangents.reshape(-1, n, 3 * n_joints) / dt
        early, late = tangents[:-1], tangents[1:]
        early_t, late_t = early.swapaxes(1, 2), late.swapaxes(1, 2)
        gradient[1:] += (force @ late_t)[:, 0]
        gradient[:-1] -= (force @ early_t)[:, 0]
        curvature[1:] += (late * stiff) @ late_t
        curvature[:-1] += (early * stiff) @ early_t
        below = -(late * stiff) @ early_t

        n_x = self._objective.model.n_x
        by_xs = curvature[:, :n_x, n_x:]
        by_xs[1:] += below[:, :n_x, n_x:]
        by_xs[:-1] += below[:, n_x:, :n_x].swapaxes(1, 2)
        by_ss = curvature[:, n_x:, n_x:].sum(axis=0)
        crossed = below[:, n_x:, n_x:].sum(axis=0)
        return _Expansion(
            gradient[:, :n_x],
            curvature[:, :n_x, :n_x],
            below[:, :n_x, :n_x],
            gradient[:, n_x:].sum(axis=0),
            by_xs,
            by_ss + crossed + crossed.T,
        )


def _step(e: _Expansion, damping: float) -> tuple[np.ndarray, np.ndarray] | None:
    """The damped step of x [n_frames, n_x] and of what is shared [k]; None where it fails."""
    n_frames, n_x = e.gradient.shape
    diagonal = np.diagonal(e.diagonal, axis1=1, axis2=2)
    added = damping * np.maximum(diagonal, FLOOR * diagonal.max()) + 1e-12
    damped = e.diagonal + added[..., None] * np.eye(n_x)
    border = e.by_xs.reshape(n_frames * n_x, -1)
    sides = np.concatenate([e.gradient.reshape(-1, 1), border], axis=1)
    try:
        solved = solveh_banded(_banded(damped, e.below), sides, lower=True)
        reduced = e.by_ss + damping * np.diag(np.diag(e.by_ss)) - border.T @ solved[:, 1:]
        shared = -np.linalg.solve(reduced, e.by_s - border.T @ solved[:, 0])
    except LinAlgError:
        return None
    if (np.diag(reduced) <= 0).any():
        shared = np.zeros_like(shared)
    return -(solved[:, 0] + solved[:, 1:] @ shared).reshape(n_frames, n_x), shared


def _banded(diagonal: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Block-tridiagonal blocks in LAPACK's lower banded form [2·n_x, n_frames·n_x]."""
    n_frames, n, _ = diagonal.shape
    columns = np.zeros((n_frames, 3 * n, n))
    columns[:, :n], columns[:-1, n : 2 * n] = diagonal, below
    offset, column = np.meshgrid(np.arange(2 * n), np.arange(n), indexing="ij")
    return columns[:, offset + column, column].transpose(1, 0, 2).reshape(2 * n, -1)
