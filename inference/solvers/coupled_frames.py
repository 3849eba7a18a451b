"""The solver of sequences whose frames are coupled to their neighbours by a motion term.

All frames of a sequence are one Levenberg–Marquardt problem. A motion term couples a frame to the
next alone, so a step takes time in proportion to the number of frames
(`inference.solvers.bordered_band`). The networks are linearised for all frames in batches.

The damping rule is that of independent frames (`inference.solvers.damping`), and so is the schedule
by which kinks are sharpened (`inference.solvers.sharpening`), where the objective has any.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from inference.model.observations import FrameBatch
from inference.objective.frame_objective import FrameObjective
from inference.objective.motion import expand_motion
from inference.solvers.bordered_band import SequenceQuadratic, SequenceStep, damped_step
from inference.solvers.damping import (
    FIRST_DAMPING,
    FIRST_GROWTH,
    MAX_DAMPING,
    MIN_DAMPING,
    SHARES,
    next_damping,
)
from inference.solvers.execution import FEW, SIZES, Execution
from inference.solvers.sharpening import SHARPENING
from inference.solvers.solver import SequenceSolver, Solution, repeat_frames, with_finite_costs
from inference.solvers.status import Status, statuses_of


class _Point(NamedTuple):
    """Variables of a sequence.

    Attributes:
        x: [n_frames, n_x] variables of the frames, float64.
        theta: [n_theta] sequence variables.
    """

    x: np.ndarray
    theta: np.ndarray


class _Evaluation(NamedTuple):
    """The cost of a point.

    Attributes:
        costs: [n_frames] float64; a motion term counts for the later of its two frames.
        cost: their sum; infinite where it is not a number.
        p3w: [n_frames, n_joints, 3] placed poses, float64: the squares of velocities may be large.
    """

    costs: np.ndarray
    cost: float
    p3w: np.ndarray


class _State(NamedTuple):
    """How far a sequence is.

    Attributes:
        point: the variables.
        width: the width of the kinks at which the point is evaluated.
        evaluation: the cost of the point.
        damping: damping λ of the next step.
        growth: growth ν of the damping when that step fails.
    """

    point: _Point
    width: float
    evaluation: _Evaluation
    damping: float
    growth: float


class CoupledFrames(SequenceSolver):
    """A solver of sequences of coupled frames for one objective.

    Args:
        objective: the objective of single frames; its settings have the weights of motion.
        execution: how the objective is computed.
    """

    def __init__(self, objective: FrameObjective, execution: Execution):
        self._objective = objective
        stages = SHARPENING if objective.has_kinks else ()
        self._widths = [width for stage in stages for width in stage.widths]
        # Where the schedule ends; a network without kinks ignores the width.
        self._last_width = self._widths[-1] if self._widths else 0.0
        shared = objective.model.sequence_variables
        self._free, self._largest = list(shared.free), shared.largest_step[list(shared.free)]
        self._evaluate_frames, self._linearize = (
            # A stream fits a handful of frames at a time.
            execution.in_batches(execution.kernel(function), (*SIZES, FEW))
            for function in (self._cost_and_poses, self._linearize_frames)
        )

    def _minimize_sequence(
        self,
        x: np.ndarray,
        theta: np.ndarray,
        frames: FrameBatch,
        dt: float,
        tol: float,
        max_iterations: int,
    ) -> Solution:
        """The solution of one sequence from one start.

        A frame that costs infinity would hold up all others; see `with_finite_costs`.
        """
        point = _Point(np.asarray(x, np.float64), np.asarray(theta, np.float64))
        state = self._first_state(point, frames, dt)
        if np.isfinite(state.evaluation.costs).all():
            return self._descend(state, frames, dt, tol, max_iterations)

        def costs_of(x: np.ndarray) -> np.ndarray:
            return self._first_state(point._replace(x=x), frames, dt).evaluation.costs

        x, seen = with_finite_costs(point.x, frames, costs_of)
        state = self._first_state(point._replace(x=x), seen, dt)
        solution = self._descend(state, seen, dt, tol, max_iterations)
        end = _Point(solution.x, solution.theta[0])
        costs = self._evaluate([end], 0.0, frames, dt)[0].costs
        status = np.where(np.isfinite(costs), solution.status, Status.NOT_FINITE)
        return solution._replace(cost=costs, status=status.astype(np.int8))

    def _first_state(self, point: _Point, frames: FrameBatch, dt: float) -> _State:
        """The state before the first step."""
        width = self._widths[0] if self._widths else self._last_width
        evaluation = self._evaluate([point], width, frames, dt)[0]
        return _State(point, width, evaluation, FIRST_DAMPING, FIRST_GROWTH)

    def _descend(
        self, state: _State, frames: FrameBatch, dt: float, tol: float, max_iterations: int
    ) -> Solution:
        """The solution to which the steps from a state lead."""
        widths = itertools.chain(self._widths, itertools.repeat(self._last_width, max_iterations))
        status, n_steps = Status.ITERATION_LIMIT, 0
        for n_steps, width in enumerate(widths, start=1):
            state = self._at_width(state, width, frames, dt)
            cost = state.evaluation.cost
            if not np.isfinite(cost):
                break
            state, accepted = self._step(state, frames, dt)
            is_sharp = n_steps > len(self._widths)
            gain = cost - state.evaluation.cost
            has_ended = gain <= tol * abs(cost) if accepted else state.damping >= MAX_DAMPING
            if is_sharp and has_ended:
                status = Status.CONVERGED
                break
        state = self._at_width(state, 0.0, frames, dt)
        costs, (x, theta) = state.evaluation.costs, state.point
        iterations = np.full(len(x), n_steps, np.int32)
        return Solution(x, theta[None], costs, iterations, statuses_of(costs, status))

    def _at_width(self, state: _State, width: float, frames: FrameBatch, dt: float) -> _State:
        """The state with its point evaluated at a width of the kinks."""
        if width == state.width:
            return state
        evaluation = self._evaluate([state.point], width, frames, dt)[0]
        return state._replace(width=width, evaluation=evaluation)

    def _step(self, state: _State, frames: FrameBatch, dt: float) -> tuple[_State, bool]:
        """The state after one step, and whether a share of the step lowered the cost.

        The shorter shares are evaluated only where the whole step raises the cost.
        """
        point, width, here, damping, growth = state
        quadratic = self._expand(point, here.p3w, width, frames, dt)
        step = damped_step(quadratic, damping, self._largest)
        if step is None:  # the damped matrix is not positive definite: damp more
            return state._replace(
                damping=min(damping * growth, MAX_DAMPING), growth=2 * growth
            ), False
        trials = [self._after(point, step, share) for share in SHARES]
        evaluations = self._evaluate(trials[:1], width, frames, dt)
        ratio = (here.cost - evaluations[0].cost) / max(step.decrease, 1e-30)
        if evaluations[0].cost > here.cost:
            evaluations += self._evaluate(trials[1:], width, frames, dt)
        best = min(range(len(evaluations)), key=lambda i: evaluations[i].cost)
        accepted = evaluations[best].cost <= here.cost
        damping, growth = map(
            float, next_damping(np, damping, growth, accepted, ratio, SHARES[best])
        )
        damping = min(max(damping, MIN_DAMPING), MAX_DAMPING)
        if not accepted:
            return state._replace(damping=damping, growth=growth), False
        return _State(trials[best], width, evaluations[best], damping, growth), True

    def _after(self, point: _Point, step: SequenceStep, share: float) -> _Point:
        """The point after a share of a step."""
        theta = point.theta.copy()
        theta[self._free] += share * step.theta
        return _Point(point.x + share * step.x, theta)

    def _evaluate(
        self, points: Sequence[_Point], width: float, frames: FrameBatch, dt: float
    ) -> list[_Evaluation]:
        """The costs of several points of one sequence, in one call."""
        if not points:
            return []
        rows = [_rows(point, width) for point in points]
        x, theta, widths = (np.concatenate(part) for part in zip(*rows, strict=True))
        outputs = self._evaluate_frames(x, theta, widths, repeat_frames(frames, len(points)))
        costs, p3w = (np.split(part, len(points)) for part in outputs)
        parts = zip(costs, p3w, strict=True)
        return [self._with_motion(*part, frames, dt) for part in parts]

    def _with_motion(
        self, costs: np.ndarray, p3w: np.ndarray, frames: FrameBatch, dt: float
    ) -> _Evaluation:
        """The evaluation of a point, given the costs of its single frames and its poses."""
        p3w = p3w.astype(np.float64)
        motion = expand_motion(np.diff(p3w, axis=0) / dt, frames, self._objective.settings)
        costs = costs + np.pad(motion.cost, (1, 0))
        total = costs.sum()
        return _Evaluation(costs, np.inf if np.isnan(total) else total, p3w)

    def _cost_and_poses(self, x, theta, widths, frames: FrameBatch):
        """Costs [batch] of single frames, and their poses [batch, n_joints, 3], as tensors."""
        cost, p3w = self._objective.cost_and_poses(x, theta, widths, frames)
        return cost, tf.linalg.matrix_transpose(p3w)

    def _linearize_frames(self, x, theta, widths, by_p3w, stiffness, frames: FrameBatch):
        """Tangents, gradients and curvatures of frames, with the motion terms' share in each.

        Args:
            x: [batch, n_x].
            theta: [batch, n_theta].
            widths: [batch].
            by_p3w: [batch, 3, n_joints] gradient of the motion terms by the placed poses.
            stiffness: [batch, n_joints] their curvature by each coordinate of a joint.
            frames: the observations.

        Returns:
            [batch, n, 3·n_joints], [batch, n] and [batch, n, n].
        """
        model = self._objective.model
        poses = model.linearize(x, theta, widths)
        quadratic = self._objective.expand_poses(poses, x, theta, widths, frames, by_p3w)
        size = [-1, model.n, 3 * model.n_joints]
        tangents = tf.reshape(model.tangents(poses), size)
        force = tf.reshape(by_p3w, [-1, size[2], 1])
        curvature = tf.matmul(
            tangents * tf.tile(stiffness, [1, 3])[:, None], tangents, transpose_b=True
        )
        gradient = quadratic.gradient + (tangents @ force)[..., 0]
        return tangents, gradient, quadratic.curvature + curvature

    def _expand(
        self, point: _Point, p3w: np.ndarray, width: float, frames: FrameBatch, dt: float
    ) -> SequenceQuadratic:
        """The quadratic model of a sequence's cost.

        The cost of a time step is a function of v = (p_i − p_{i−1})/dt, with a slope g and the
        curvature a by v (`inference.objective.motion`). Its gradient is −g/dt for the earlier frame
        and g/dt for the later one, its curvature a/dt² within each frame, and −a/dt² between the
        two.
        """
        motion = expand_motion(np.diff(p3w, axis=0) / dt, frames, self._objective.settings)
        a, force = motion.stiffness / dt**2, np.swapaxes(motion.slope, 1, 2) / dt
        ends = [(1, 1), (0, 0), (0, 0)]
        by_p3w = -np.diff(np.pad(force, ends), axis=0)
        padded = np.pad(a, ends[:2])
        tangents, gradient, curvature = self._linearize(
            *_rows(point, width),
            by_p3w.astype(np.float32),
            (padded[1:] + padded[:-1]).astype(np.float32),
            frames,
        )
        # Tangents have the coordinate before the joint, so the weights of joints repeat 3 times.
        weights = np.tile(a, 3)[:, None].astype(np.float32)
        below = (-(tangents[1:] * weights) @ tangents[:-1].swapaxes(1, 2)).astype(np.float64)
        gradient, curvature = gradient.astype(np.float64), curvature.astype(np.float64)

        # The scale moves both frames of a time step, so it has a share in the blocks between them.
        n_x = self._objective.model.n_x
        border = curvature[:, :n_x, n_x:]
        border[1:] += below[:, :n_x, n_x:]
        border[:-1] += below[:, n_x:, :n_x].swapaxes(1, 2)
        between = below[:, n_x:, n_x:].sum(axis=0)
        return SequenceQuadratic(
            gradient[:, :n_x],
            curvature[:, :n_x, :n_x],
            below[:, :n_x, :n_x],
            gradient[:, n_x:].sum(axis=0),
            border,
            curvature[:, n_x:, n_x:].sum(axis=0) + between + between.T,
        )


def _rows(point: _Point, width: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X [n_frames, n_x], θ [n_frames, n_theta] and kink widths [n_frames] of a point, float32."""
    n = len(point.x)
    theta = np.tile(np.float32(point.theta), (n, 1))
    return point.x.astype(np.float32), theta, np.full(n, width, np.float32)
