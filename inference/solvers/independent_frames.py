"""Fitting frames that nothing couples but what their sequence shares.

Two things make this more than one call of a solver.

A generator of rectified linear units is piecewise linear: minima lie on its kinks, where no step is
good and a damped method stops early. So the kinks are rounded at first, until the pose has found
its way, and then sharpened step by step, while their curvature tells the solver where they are.
What is left at the end is so sharp that the pose is the generator's as it was trained, to less than
a millimetre. Where nothing has kinks, a few steps take the place of all that.

What the frames of a sequence share, such as the scale, moves between the stages
(`inference.solvers.sequence_newton`), and at the end until it has come to rest.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from inference.objective.frame_objective import Objective
from inference.objective.residuals import Frames
from inference.solvers.lbfgs import LimitedMemoryBFGS
from inference.solvers.levenberg_marquardt import LevenbergMarquardt
from inference.solvers.sequence_newton import SharedNewton
from inference.solvers.solver import Solution, Stage

ROUND, SHARP = 0.12, 1e-3
"""Roundings of the kinks at first and at the end, in units of a hidden layer's inputs."""

TRIAL = Stage(ROUND, ROUND, 6)
STAGES = (*[TRIAL] * 3, Stage(ROUND, 0.03, 8), Stage(0.03, SHARP, 8))
SMOOTH_STAGES = (TRIAL, Stage(SHARP, SHARP, 4))
REFINE = Stage(SHARP, SHARP, 2)
ROUNDS, LITTLE = 12, 1e-3  # the last steps of what is shared, and the relative gain that ends them


class Fit(NamedTuple):
    """Minima of frames, and what their sequences share [n_sequences, 4]."""

    solution: Solution
    theta: np.ndarray


class FrameSolver:
    """A solver of frames and what they share for one objective, compiled once.

    Args:
        objective: of single frames.
        method: "lm" or "lbfgs".
    """

    def __init__(self, objective: Objective, method: str = "lm"):
        self._objective, n_x = objective, objective.model.n_x

        def cost(x, easing, theta, *frames):
            return objective.cost(x, theta, easing, Frames(*frames))

        def expand(x, easing, theta, *frames):
            cost, gradient, curvature = objective.expand(x, theta, easing, Frames(*frames))
            return cost, gradient[:, :n_x], curvature[:, :n_x, :n_x]

        self._pace = {"lm": 1, "lbfgs": 8}[method]  # cheaper steps, but more of them
        self._solver = (
            LevenbergMarquardt(cost, expand) if method == "lm" else LimitedMemoryBFGS(cost)
        )
        self._stages = STAGES if objective.has_kinks else SMOOTH_STAGES
        self._shared = SharedNewton(objective, self._solver.cost)

    def minimize(
        self,
        starts: np.ndarray,
        theta: np.ndarray,
        segments: np.ndarray,
        frames: Sequence[np.ndarray],
        tol: float,
        max_iterations: int,
    ) -> Fit:
        """Minimise over frames and what they share.

        Args:
            starts: [n_starts, n_frames, n_x] where to start.
            theta: [n_sequences, 4] where to start.
            segments: [n_frames] which sequence each frame belongs to.
            frames: observations, arrays [n_frames, ...] in the order of `Frames`.
            tol: as for `Solver.minimize`.
            max_iterations: for a frame, after the stages.
        """
        spent = 0 if len(starts) == 1 else len(starts) * TRIAL.steps
        state = self._solver.begin(self._best_start(starts, theta[segments], frames))
        for stage in self._stages:
            state = self._advance(state, theta[segments], frames, stage)
            x, theta, step, _ = self._shared.step(state.x, theta, segments, frames, stage.last)
            state = state._replace(x=x)
            spent += stage.steps
        moving = np.full(len(theta), bool(self._objective.model.shared.free))
        for _ in range(ROUNDS):
            rows = np.flatnonzero(moving[segments])
            if not len(rows):
                break
            some = type(state)(*(part[rows] for part in state))
            theirs, seen = segments[rows], [part[rows] for part in frames]
            some = self._advance(some, theta[theirs], seen, REFINE)
            x, theta, step, gain = self._shared.step(some.x, theta, theirs, seen, SHARP, step)
            for part, new in zip(state, some._replace(x=x), strict=True):
                part[rows] = new
            moving &= gain > LITTLE
            spent += REFINE.steps
        data = _data(theta[segments], frames)
        solution = self._solver.minimize(state, data, tol, max_iterations, SHARP)
        spent = self._pace * spent + solution.iterations
        return Fit(solution._replace(iterations=spent.astype(np.int32)), theta)

    def alternatives(
        self,
        starts: np.ndarray,
        theta: np.ndarray,
        frames: Sequence[np.ndarray],
        tol: float,
    ) -> Solution:
        """Where every start leads, at a given θ.

        Args:
            starts: [n_starts, n_frames, n_x].
            theta: [n_frames, 4].
            frames: as in `minimize`.
            tol: as in `minimize`.

        Returns:
            Arrays over n_starts · n_frames problems.
        """
        theta, frames = _tiled(len(starts), [theta, *frames])
        state = self._solver.begin(starts.reshape(-1, starts.shape[-1]))
        for stage in self._stages:
            state = self._advance(state, theta, frames, stage)
        data = _data(theta, frames)
        return self._solver.minimize(state, data, tol, self._pace * STAGES[0].steps, SHARP)

    def _advance(self, state, theta: np.ndarray, frames, stage: Stage):
        stage = stage._replace(steps=self._pace * stage.steps)
        return self._solver.advance(state, _data(theta, frames), stage)

    def _best_start(self, starts: np.ndarray, theta: np.ndarray, frames) -> np.ndarray:
        """Try every start for a few steps; [n_frames, n_x] the best of each frame so far."""
        n_starts, n_frames, n_x = starts.shape
        if n_starts == 1:
            return starts[0]
        theta, frames = _tiled(n_starts, [theta, *frames])
        state = self._advance(self._solver.begin(starts.reshape(-1, n_x)), theta, frames, TRIAL)
        cost = self._solver.cost(state.x, _data(theta, frames), TRIAL.last)
        best = np.argmin(cost.reshape(n_starts, n_frames), axis=0)
        return state.x.reshape(starts.shape)[best, np.arange(n_frames)]


def _data(theta: np.ndarray, frames: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """What tells frames apart, θ [n_frames, 4] and the observations, as the solver takes it."""
    return (theta.astype(np.float32), *frames)


def _tiled(n: int, arrays: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The first array, and the others, n times over."""
    first, *others = (np.tile(a, (n,) + (1,) * (a.ndim - 1)) for a in arrays)
    return first, others
