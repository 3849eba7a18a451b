"""The solver of sequences whose frames are coupled to their neighbours by a motion term.

All frames of a sequence are one Levenberg–Marquardt problem. A motion term couples a frame to the
next alone, so a step takes time in proportion to the number of frames
(`inference.solvers.bordered_band`). The networks are linearised for all frames in batches.

The damping rule is that of independent frames (`inference.solvers.damping`), and so is the schedule
by which kinks are sharpened (`inference.solvers.sharpening`), where the objective has any.
"""

import itertools
from typing import NamedTuple

import numpy as np

from human_pose_util.evaluate.status import Status, statuses_of
from inference.model.frame_batch import FrameBatch
from inference.model.observations import Observations
from inference.objective.frame_objective import FrameObjective
from inference.objective.motion import MotionTerms
from inference.solvers.bordered_band import sequence_step
from inference.solvers.damping import (
    FIRST_DAMPING,
    FIRST_GROWTH,
    MAX_DAMPING,
    MIN_DAMPING,
    STEP_SHARES,
    next_damping,
)
from inference.solvers.execution import Execution
from inference.solvers.problem import Solution
from inference.solvers.sequence_objective import Evaluation, Point, SequenceObjective
from inference.solvers.sharpening import EXACT, SHARPENING
from inference.solvers.solver import with_finite_costs


class _State(NamedTuple):
    """How far a sequence is.

    Attributes:
        point: the variables.
        width: the width of the kinks at which the point is evaluated.
        evaluation: the cost of the point.
        damping: damping λ of the next step.
        growth: growth ν of the damping when that step fails.
    """

    point: Point
    width: float
    evaluation: Evaluation
    damping: float
    growth: float

    def after_step(self, accepted: bool, gain_ratio: float, share: float) -> "_State":
        """The state with the damping of the next step; arguments as for `next_damping`."""
        damping, growth = map(
            float, next_damping(np, self.damping, self.growth, accepted, gain_ratio, share)
        )
        return self._replace(damping=min(max(damping, MIN_DAMPING), MAX_DAMPING), growth=growth)


class CoupledFrames:
    """A solver of sequences of coupled frames for one objective.

    Args:
        objective: the objective of single frames.
        motion: the terms that couple a frame to the next.
        execution: how the objective is computed.
    """

    def __init__(self, objective: FrameObjective, motion: MotionTerms, execution: Execution):
        self._objective = SequenceObjective(objective, motion, execution)
        stages = SHARPENING if objective.has_kinks else ()
        self._widths = [width for stage in stages for width in stage.widths]
        # Where the schedule ends; a network without kinks ignores the width.
        self._last_width = self._widths[-1] if self._widths else EXACT
        variables = objective.model.sequence_variables
        self._free, self._largest = variables.free, variables.largest_free_step

    def minimize(
        self,
        x: np.ndarray,
        theta: np.ndarray,
        observed: Observations,
        tol: float,
        max_iterations: int,
    ) -> Solution:
        """Minimise over a sequence; see `inference.solvers.solver.SequenceSolver`.

        A frame that costs infinity would hold up all others; see `with_finite_costs`.
        """
        frames, dt = observed.frame_batch(), observed.dt
        point = Point(np.asarray(x, np.float64), np.asarray(theta, np.float64))
        state = self._first_state(point, frames, dt)
        # The usual case, in which the first evaluation is used and nothing is computed twice.
        if np.isfinite(state.evaluation.costs).all():
            return self._descend(state, frames, dt, tol, max_iterations)

        def costs_of(x: np.ndarray) -> np.ndarray:
            return self._first_state(point._replace(x=x), frames, dt).evaluation.costs

        x, seen = with_finite_costs(point.x, frames, costs_of)
        state = self._first_state(point._replace(x=x), seen, dt)
        solution = self._descend(state, seen, dt, tol, max_iterations)
        end = Point(solution.x, solution.theta[0])
        costs = self._objective.evaluate([end], frames, dt, EXACT)[0].costs
        return solution._replace(cost=costs, status=statuses_of(costs, solution.status))

    def _first_state(self, point: Point, frames: FrameBatch, dt: float) -> _State:
        """The state before the first step."""
        width = self._widths[0] if self._widths else self._last_width
        evaluation = self._objective.evaluate([point], frames, dt, width)[0]
        return _State(point, width, evaluation, FIRST_DAMPING, FIRST_GROWTH)

    def _descend(
        self, state: _State, frames: FrameBatch, dt: float, tol: float, max_iterations: int
    ) -> Solution:
        """The solution to which the steps from a state lead."""
        widths = itertools.chain(self._widths, itertools.repeat(self._last_width, max_iterations))
        status, n_steps = Status.ITERATION_LIMIT, 0
        # The limit is on the steps after the schedule, while the width stays as it ended.
        for n_steps, width in enumerate(widths, start=1):
            state = self._at_width(state, frames, dt, width)
            cost = state.evaluation.cost
            if not np.isfinite(cost):
                break
            state, accepted = self._step(state, frames, dt)
            # A gain at one width tells nothing of the next: the schedule is always completed.
            is_sharp = n_steps > len(self._widths)
            gain = cost - state.evaluation.cost
            has_ended = gain <= tol * abs(cost) if accepted else state.damping >= MAX_DAMPING
            if is_sharp and has_ended:
                status = Status.CONVERGED
                break
        state = self._at_width(state, frames, dt, EXACT)
        costs, (x, theta) = state.evaluation.costs, state.point
        iterations = np.full(len(x), n_steps, np.int32)
        return Solution(x, theta[None], costs, iterations, statuses_of(costs, status))

    def _at_width(self, state: _State, frames: FrameBatch, dt: float, width: float) -> _State:
        """The state with its point evaluated at a width of the kinks."""
        if width == state.width:
            return state
        evaluation = self._objective.evaluate([state.point], frames, dt, width)[0]
        return state._replace(width=width, evaluation=evaluation)

    def _step(self, state: _State, frames: FrameBatch, dt: float) -> tuple[_State, bool]:
        """The state after one step, and whether a share of the step lowered the cost.

        The shorter shares are evaluated only where the whole step raises the cost.
        """
        point, width, here = state.point, state.width, state.evaluation
        quadratic = self._objective.expand(point, here.p3w, frames, dt, width)
        step = sequence_step(quadratic, state.damping, self._largest)
        if step is None:  # damp more
            return state.after_step(accepted=False, gain_ratio=0.0, share=1.0), False
        # A new linearisation takes ten times as long as the cost of a point, so shorter shares are
        # tried before the damping changes. Where the whole step lowers the cost it is taken, as it
        # nearly always is, and the others need not be evaluated.
        trials = [point.after(step, share, self._free) for share in STEP_SHARES]
        evaluations = self._objective.evaluate(trials[:1], frames, dt, width)
        # The quadratic model predicts the gain of the whole step, whatever share is taken.
        ratio = (here.cost - evaluations[0].cost) / max(step.decrease, 1e-30)
        if evaluations[0].cost > here.cost:
            evaluations += self._objective.evaluate(trials[1:], frames, dt, width)
        best = min(range(len(evaluations)), key=lambda i: evaluations[i].cost)
        accepted = evaluations[best].cost <= here.cost
        state = state.after_step(accepted, ratio, STEP_SHARES[best])
        if accepted:
            state = state._replace(point=trials[best], evaluation=evaluations[best])
        return state, accepted
