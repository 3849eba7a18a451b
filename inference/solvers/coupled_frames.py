"""Levenberg–Marquardt on a whole sequence whose frames are coupled to their neighbours.

The curvature is block-tridiagonal over frames, bordered by what all frames share. A banded Cholesky
solve gives the step; the border is eliminated by further right-hand sides. The kinks of the
networks, where they have any, are rounded at first and sharpened on the way, as in
`inference.solvers.independent_frames`.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from scipy.linalg import LinAlgError, solveh_banded

from inference.objective.frame_objective import Objective
from inference.objective.motion import joint_weights
from inference.objective.residuals import Frames
from inference.solvers.batches import FEW, SIZES, in_batches
from inference.solvers.levenberg_marquardt import LOWER, MAX_DAMPING, MIN_DAMPING, RAISE, SHARES
from inference.solvers.status import Status

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


class _Place(NamedTuple):
    """What a point costs.

    Attributes:
        costs: [n_frames] float64.
        cost: their sum, infinite for none.
        p3w: [n_frames, n_joints, 3] the poses, float64: the squares of velocities may be large.
    """

    costs: np.ndarray
    cost: float
    p3w: np.ndarray


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
        self._easing = SHARPENING if objective.has_kinks else (0.0,)
        shared = objective.model.shared
        self._free, self._largest = list(shared.free), shared.largest_step[list(shared.free)]
        place, linearize = (
            tf.function(function, jit_compile=True, autograph=False)
            for function in (self._placed, self._linearized)
        )
        sizes = (*SIZES, FEW)  # a stream fits a handful of frames at a time
        self._place, self._linearize = in_batches(place, sizes), in_batches(linearize, sizes)

    def minimize(
        self,
        x: np.ndarray,
        theta: np.ndarray,
        frames: Frames,
        dt: float,
        tol: float,
        max_iterations: int,
    ) -> SequenceFit:
        """Minimise over all frames of a sequence and what it shares.

        Args:
            x: [n_frames, n_x] where to start.
            theta: [4] where to start.
            frames: the observations, arrays in order of time.
            dt: seconds between frames.
            tol: stop when a step lowers the cost by no more than this share.
            max_iterations: steps at most, after the kinks are sharp.
        """
        x, theta, damping, growth = np.asarray(x, np.float64), theta, FIRST_DAMPING, RAISE
        status, iteration, last, here = Status.ITERATION_LIMIT, 0, None, None
        for iteration in range(len(self._easing) + max_iterations):
            sharp = iteration >= len(self._easing)
            easing = self._easing[min(iteration, len(self._easing) - 1)]
            if here is None or easing != last:
                here, last = self._at([(x, theta)], easing, frames, dt)[0], easing
            if not np.isfinite(here.cost):
                break
            expansion = self._expand(x, theta, here.p3w, easing, frames, dt)
            step = _step(expansion, damping, self._largest)
            trials = [self._moved(x, theta, step, share) for share in SHARES] if step else []
            there = self._at(trials[:1], easing, frames, dt)
            if there and there[0].cost > here.cost:
                there += self._at(trials[1:], easing, frames, dt)
            best = min(range(len(there)), key=lambda i: there[i].cost, default=None)
            if best is None or there[best].cost > here.cost:
                damping, growth = damping * growth, 2 * growth
                if sharp and damping > MAX_DAMPING:
                    status = Status.CONVERGED
                    break
                damping = min(damping, MAX_DAMPING)
                continue
            gain, here, (x, theta) = here.cost - there[best].cost, there[best], trials[best]
            factor = RAISE if best == len(SHARES) - 1 else 1 / LOWER
            damping, growth = max(damping * factor, MIN_DAMPING), RAISE
            if sharp and gain <= tol * (here.cost + gain):
                status = Status.CONVERGED
                break
        if easing or here is None:
            here = self._at([(x, theta)], 0.0, frames, dt)[0]
        final = here.costs
        status = status if np.isfinite(final).all() else Status.NOT_FINITE
        return SequenceFit(x, theta, final, iteration + 1, status)

    def _moved(self, x, theta, step, share: float) -> tuple[np.ndarray, np.ndarray]:
        theta = theta.copy()
        theta[self._free] += share * step[1]
        return x + share * step[0], theta

    def _at(self, points: list, easing: float, frames: Frames, dt: float) -> list[_Place]:
        """Costs and poses of several points (x, θ) in one call."""
        if not points:
            return []
        rows = [
            np.concatenate(part) for part in zip(*(_rows(*p, easing) for p in points), strict=True)
        ]
        repeated = Frames(*(np.concatenate([part] * len(points)) for part in frames))
        cost, p3w = (np.split(part, len(points)) for part in self._place(*rows, repeated))
        return [self._priced(*part, dt) for part in zip(cost, p3w, strict=True)]

    def _priced(self, cost: np.ndarray, p3w: np.ndarray, dt: float) -> _Place:
        p3w = p3w.astype(np.float64)
        velocity = np.diff(p3w, axis=0) / dt
        a = joint_weights(velocity, self._objective.weights)
        moving = 0.5 * np.sum(a * np.sum(velocity**2, axis=2), axis=1)
        costs = cost + np.pad(moving, (1, 0))
        total = costs.sum()
        return _Place(costs, np.inf if np.isnan(total) else total, p3w)

    def _placed(self, x, theta, widths, frames: Frames):
        cost = self._objective.cost(x, theta, widths, frames)
        return cost, self._objective.model.decode(x, theta, widths)

    def _linearized(self, x, theta, widths, by_p3w, stiffness, frames: Frames):
        """Tangents, gradient and curvature of single frames, with their share of the motion's.

        Args:
            x: [batch, n_x].
            theta: [batch, 4].
            widths: [batch].
            by_p3w: [batch, 3, n_joints] gradient of the motion's cost by the placed poses.
            stiffness: [batch, n_joints] its curvature.
            frames: the observations.
        """
        model = self._objective.model
        poses = model.linearize(x, theta, widths)
        quadratic = self._objective.quadratic(poses, x, theta, widths, frames, by_p3w)
        size = [-1, model.n, 3 * model.n_joints]
        tangents = tf.reshape(model.tangents(poses), size)
        force = tf.reshape(by_p3w, [-1, size[2], 1])
        curvature = tf.matmul(
            tangents * tf.tile(stiffness, [1, 3])[:, None], tangents, transpose_b=True
        )
        gradient = quadratic.gradient + (tangents @ force)[..., 0]
        return tangents, gradient, quadratic.curvature + curvature

    def _expand(self, x, theta, p3w, easing: float, frames: Frames, dt: float) -> _Expansion:
        velocity = np.diff(p3w, axis=0) / dt
        a = joint_weights(velocity, self._objective.weights) / dt**2
        force = np.swapaxes(a[..., None] * dt * velocity, 1, 2)
        ends = [(1, 1), (0, 0), (0, 0)]
        by_p3w = -np.diff(np.pad(force, ends), axis=0)
        padded = np.pad(a, ends[:2])
        tangents, gradient, curvature = self._linearize(
            *_rows(x, theta, easing),
            by_p3w.astype(np.float32),
            (padded[1:] + padded[:-1]).astype(np.float32),
            frames,
        )
        stiff = np.tile(a, 3)[:, None].astype(np.float32)  # the coordinate before the joint
        below = (-(tangents[1:] * stiff) @ tangents[:-1].swapaxes(1, 2)).astype(np.float64)
        gradient, curvature = gradient.astype(np.float64), curvature.astype(np.float64)

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


def _rows(x: np.ndarray, theta: np.ndarray, easing: float) -> tuple[np.ndarray, ...]:
    """The point as arrays over frames, float32."""
    n = len(x)
    return np.float32(x), np.tile(np.float32(theta), (n, 1)), np.full(n, easing, np.float32)


def _step(
    e: _Expansion, damping: float, largest: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """The damped step of x [n_frames, n_x] and of what is shared; None where it fails.

    Args:
        e: the cost.
        damping: of the step.
        largest: [k] by which what is shared may move.
    """
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
    shared = np.clip(shared, -largest, largest)
    return -(solved[:, 0] + solved[:, 1:] @ shared).reshape(n_frames, n_x), shared


def _banded(diagonal: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Block-tridiagonal blocks in LAPACK's lower banded form [2·n_x, n_frames·n_x]."""
    n_frames, n, _ = diagonal.shape
    columns = np.zeros((n_frames, 3 * n, n))
    columns[:, :n], columns[:-1, n : 2 * n] = diagonal, below
    banded = np.empty((2 * n, n_frames, n))
    for j in range(n):
        banded[:, :, j] = columns[:, j : j + 2 * n, j].T
    return banded.reshape(2 * n, -1)
