"""The solver of frames that nothing couples but what their sequence shares.

Every frame is a small problem for the batched Levenberg–Marquardt method. Its kinks are sharpened
in stages (`inference.solvers.sharpening`), between which the sequence variables take Newton steps
(`inference.solvers.sequence_newton`). Frames in a worse minimum than their neighbours start again
(`inference.solvers.neighbour_starts`). At the end the sequence variables and the frames move in
turn until the sequence variables are at rest, and then every frame converges by itself.
"""

import numpy as np

from inference.objective.frame_objective import FrameObjective
from inference.solvers.execution import Execution
from inference.solvers.levenberg_marquardt import LevenbergMarquardt
from inference.solvers.neighbour_starts import start_from_neighbours
from inference.solvers.problem import Problem, Solution, frame_data
from inference.solvers.progress import Minima, Progress
from inference.solvers.sequence_newton import SequenceNewton
from inference.solvers.sharpening import (
    EXACT,
    REFINEMENT,
    RESTARTS,
    SHARP,
    TRIAL,
    stages_for,
)

COUPLED_MARGIN = 0.02
"""Share of a neighbour's cost by which a frame's has to be above it, for a start from the
neighbour's pose, where a motion term couples the frames afterwards and is another way out of wrong
valleys. It saves half of these starts. With 0.2 nearly all are saved, and films of motion capture
are as right; but a real film with gaps has errors of 79 instead of 74 mm."""

MAX_ROUNDS = 15
"""Limit on the moves of the sequence variables after the stages."""

SMALL_GAIN = 1e-3
"""Relative gain of a move of a sequence's sequence variables below which it is small."""

N_SMALL_GAINS = 3
"""Number of small gains in a row after which the sequence variables are at rest. In a narrow valley
a single one may be small: a wide-angle camera near a person had 20 times the cost of the minimum
when the first small gain was taken for rest."""


class IndependentFrames:
    """A solver of independent frames for one objective.

    Args:
        objective: the objective of single frames.
        execution: how the objective is computed.
    """

    def __init__(self, objective: FrameObjective, execution: Execution):
        self._objective, n_x = objective, objective.model.n_x
        frame_cost, frame_expand = map(execution.part, (objective.cost, objective.expand))

        def expand(x, theta, frames, kink_width):
            cost, gradient, curvature = frame_expand(x, theta, frames, kink_width)
            return cost, gradient[:, :n_x], curvature[:, :n_x, :n_x]

        self._frames = LevenbergMarquardt(frame_cost, expand, execution)
        self._shared = SequenceNewton(objective.model, frame_expand, self._frames.cost, execution)
        self._stages = stages_for(objective.has_kinks)
        self._restart = RESTARTS[objective.has_kinks]

    def minimize(
        self,
        starts: np.ndarray,
        theta: np.ndarray,
        problem: Problem,
        tol: float,
        max_iterations: int,
    ) -> Solution:
        """Minimise over frames and what their sequences share.

        Args:
            starts: [n_starts, n_frames, n_x] points from which to start; each frame goes on from
                the one that is best after a trial stage.
            theta: [n_sequences, n_theta] sequence variables from which to start.
            problem: the sequences.
            tol: relative decrease of a frame's cost in one step at which the frame has converged.
            max_iterations: limit on the steps of a frame after the stages.
        """
        n_steps = 0 if len(starts) == 1 else len(starts) * TRIAL.n_steps
        progress = self._frames.begin(self._best_start(starts, theta, problem))
        for stage in self._stages:
            progress = self._frames.advance(progress, frame_data(theta, problem), stage)
            move = self._shared.step(progress.x, theta, problem, stage.last)
            progress, theta = progress._replace(x=move.x), move.theta
            n_steps += stage.n_steps
        n_restart = np.zeros(len(progress.x), np.int32)
        if self._objective.settings.neighbour_starts:
            # Before the sequence variables settle: frames in wrong valleys would pull them off.
            margin = COUPLED_MARGIN if self._objective.settings.couples_frames else 0.0
            progress, n_restart = start_from_neighbours(
                self._frames, progress, theta, problem, self._restart, margin
            )
        progress, theta, n_rounds = self._settle(progress, theta, problem)
        n_settle = n_rounds[problem.sequence] * REFINEMENT.n_steps
        data = frame_data(theta, problem)
        minima = self._frames.minimize(progress, data, tol, max_iterations)
        iterations = (n_steps + n_restart + n_settle + minima.iterations).astype(np.int32)
        return Solution(minima.x, theta, minima.cost, iterations, minima.status)

    def minimize_from_each(
        self, starts: np.ndarray, theta: np.ndarray, problem: Problem, tol: float
    ) -> Minima:
        """The minima to which every start leads while the sequence variables stay as they are.

        Args:
            starts: [n_starts, n_frames, n_x] points from which to start.
            theta: [n_sequences, n_theta] sequence variables.
            problem: the sequences.
            tol: relative decrease of a frame's cost in one step at which it has converged.

        Returns:
            Minima of n_starts · n_frames problems, those of the first start first.
        """
        data = frame_data(theta, problem.repeated(len(starts)))
        progress = self._after_stages(starts.reshape(-1, starts.shape[-1]), data)
        return self._frames.minimize(progress, data, tol, TRIAL.n_steps)

    def approach(self, x: np.ndarray, theta: np.ndarray, problem: Problem) -> np.ndarray:
        """[n_frames, n_x] where frames are after all stages, while the sequence variables stay.

        Args:
            x: [n_frames, n_x] points from which to start.
            theta: [n_sequences, n_theta] sequence variables.
            problem: the sequences.
        """
        return self._after_stages(x, frame_data(theta, problem)).x

    def cost(self, x: np.ndarray, theta: np.ndarray, problem: Problem) -> np.ndarray:
        """[n_frames] costs, as minima have them, of x [n_frames, n_x] and sequence variables θ."""
        return self._frames.cost(x, frame_data(theta, problem), EXACT)

    def _after_stages(self, x: np.ndarray, data) -> Progress:
        """The progress of frames that start at x [n_frames, n_x], after all stages."""
        progress = self._frames.begin(x)
        for stage in self._stages:
            progress = self._frames.advance(progress, data, stage)
        return progress

    def _settle(
        self, progress: Progress, theta: np.ndarray, problem: Problem
    ) -> tuple[Progress, np.ndarray, np.ndarray]:
        """Move what sequences share, and their frames, until the sequence variables are at rest.

        Only the frames of sequences that still move are computed.

        Returns:
            The progress of the frames, θ, and [n_sequences] the number of rounds of each.
        """
        # Frames have jumped to other minima, so the steps before this do not go on as a series: the
        # first step here is extrapolated from none (`SequenceNewton.step`).
        last_step, n_small = None, np.zeros(len(theta), int)
        is_moving = np.full(len(theta), self._objective.model.sequence_variables.n_free > 0)
        n_rounds = np.zeros(len(theta), int)
        for _ in range(MAX_ROUNDS):
            rows = np.flatnonzero(is_moving[problem.sequence])
            if not len(rows):
                break
            n_rounds += is_moving
            part = problem.at(rows)
            data = frame_data(theta, part)
            frames = self._frames.advance(progress.at(rows), data, REFINEMENT)
            move = self._shared.step(frames.x, theta, part, SHARP, last_step)
            theta, last_step = move.theta, move.step
            progress = progress.with_rows(rows, frames._replace(x=move.x))
            n_small = np.where(move.gain > SMALL_GAIN, 0, n_small + 1)
            is_moving = n_small < N_SMALL_GAINS
        return progress, theta, n_rounds

    def _best_start(self, starts: np.ndarray, theta: np.ndarray, problem: Problem) -> np.ndarray:
        """[n_frames, n_x] where each frame is after a trial stage from the best of its starts."""
        n_starts, n_frames, n_x = starts.shape
        if n_starts == 1:
            return starts[0]
        data = frame_data(theta, problem.repeated(n_starts))
        progress = self._frames.begin(starts.reshape(-1, n_x))
        x = self._frames.advance(progress, data, TRIAL).x
        cost = self._frames.cost(x, data, TRIAL.last)
        best = np.argmin(cost.reshape(n_starts, n_frames), axis=0)
        return x.reshape(starts.shape)[best, np.arange(n_frames)]
