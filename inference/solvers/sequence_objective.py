"""The cost of a sequence whose frames a motion term couples, and its quadratic model.

The costs and derivatives of single frames are computed in batches of frames, and the motion terms
(`inference.objective.motion`) are added to them in double precision.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from inference.model.frame_batch import FrameBatch, repeat_frames
from inference.objective.frame_objective import FrameObjective
from inference.objective.motion import MotionTerms
from inference.solvers.bordered_band import SequenceQuadratic, SequenceStep
from inference.solvers.execution import SEQUENCE_SIZES, Execution


class Point(NamedTuple):
    """Variables of a sequence.

    Attributes:
        x: [n_frames, n_x] variables of the frames, float64.
        theta: [n_theta] sequence variables.
    """

    x: np.ndarray
    theta: np.ndarray

    def after(self, step: SequenceStep, share: float, free: np.ndarray) -> "Point":
        """The point after a share of a step.

        Args:
            step: the step.
            share: the share.
            free: [k] indices into θ of the sequence variables that the step moves.
        """
        theta = self.theta.copy()
        theta[free] += share * step.theta
        return Point(self.x + share * step.x, theta)


class Evaluation(NamedTuple):
    """The cost of a point.

    Attributes:
        costs: [n_frames] float64; a motion term counts for the later of its two frames.
        cost: their sum; infinite where it is not a number.
        p3w: [n_frames, n_joints, 3] placed poses, float64: the squares of velocities may be large.
    """

    costs: np.ndarray
    cost: float
    p3w: np.ndarray


class SequenceObjective:
    """The objective of sequences of coupled frames.

    Args:
        objective: the objective of single frames.
        motion: the terms that couple a frame to the next.
        execution: how the objective is computed.
    """

    def __init__(self, objective: FrameObjective, motion: MotionTerms, execution: Execution):
        self._objective, self._motion = objective, motion
        self._evaluate_frames, self._linearize = (
            # A stream fits a handful of frames at a time.
            execution.in_batches(execution.kernel(function), SEQUENCE_SIZES)
            for function in (self._cost_and_poses, self._linearize_frames)
        )

    def evaluate(
        self, points: Sequence[Point], frames: FrameBatch, dt: float, width: float
    ) -> list[Evaluation]:
        """Evaluate several points of one sequence in one call.

        Args:
            points: the points, at least one.
            frames: the observations, arrays [n_frames, ...].
            dt: time between the frames [s].
            width: the width of the kinks.
        """
        n, rows = len(points), [_rows(point) for point in points]
        x, theta = (np.concatenate(part) for part in zip(*rows, strict=True))
        widths = np.full(len(x), width, np.float32)
        outputs = self._evaluate_frames(x, theta, repeat_frames(frames, n), widths)
        costs, p3w = (np.split(part, n) for part in outputs)
        parts = zip(costs, p3w, strict=True)
        return [self._with_motion(*part, frames, dt) for part in parts]

    def _with_motion(
        self, costs: np.ndarray, p3w: np.ndarray, frames: FrameBatch, dt: float
    ) -> Evaluation:
        """The evaluation of a point, given the costs of its single frames and its poses."""
        p3w = p3w.astype(np.float64)
        with np.errstate(all="ignore"):  # a trial may lead to poses that are infinitely far away
            motion = self._motion.expand(np.diff(p3w, axis=0) / dt, frames)
            costs = costs + np.pad(motion.cost, (1, 0))
            total = costs.sum()
        return Evaluation(costs, np.inf if np.isnan(total) else total, p3w)

    def _cost_and_poses(self, x, theta, frames: FrameBatch, widths):
        """Costs [batch] of single frames, and their poses [batch, n_joints, 3], as tensors."""
        cost, p3w = self._objective.cost_and_poses(x, theta, frames, widths)
        return cost, tf.linalg.matrix_transpose(p3w)

    def _linearize_frames(self, x, theta, frames: FrameBatch, widths, by_p3w, stiffness):
        """Tangents, gradients and curvatures of frames, with the motion terms' share in each.

        Args:
            x: [batch, n_x].
            theta: [batch, n_theta].
            frames: the observations.
            widths: [batch].
            by_p3w: [batch, 3, n_joints] gradient of the motion terms by the placed poses.
            stiffness: [batch, n_joints] their curvature by each coordinate of a joint.

        Returns:
            [batch, n, 3·n_joints], [batch, n] and [batch, n, n].
        """
        model = self._objective.model
        poses = model.linearize(x, theta, widths)
        quadratic = self._objective.expand_poses(poses, x, theta, frames, widths, by_p3w)
        size = [-1, model.n, 3 * model.n_joints]
        tangents = tf.reshape(model.tangents(poses), size)
        force = tf.reshape(by_p3w, [-1, size[2], 1])
        curvature = tf.matmul(
            tangents * tf.tile(stiffness, [1, 3])[:, None], tangents, transpose_b=True
        )
        gradient = quadratic.gradient + (tangents @ force)[..., 0]
        return tangents, gradient, quadratic.curvature + curvature

    def expand(
        self, point: Point, p3w: np.ndarray, frames: FrameBatch, dt: float, width: float
    ) -> SequenceQuadratic:
        """The quadratic model of a sequence's cost.

        The cost of a time step is a function of v = (p_i − p_{i−1})/dt, with a slope g and the
        curvature a by v (`inference.objective.motion`). Its gradient is −g/dt for the earlier frame
        and g/dt for the later one, its curvature a/dt² within each frame, and −a/dt² between the
        two.

        Args:
            point: the point around which the model stands.
            p3w: [n_frames, n_joints, 3] its placed poses, as `Evaluation` has them.
            frames: the observations, arrays [n_frames, ...].
            dt: time between the frames [s].
            width: the width of the kinks.
        """
        motion = self._motion.expand(np.diff(p3w, axis=0) / dt, frames)
        a, force = motion.stiffness / dt**2, np.swapaxes(motion.slope, 1, 2) / dt
        ends = [(1, 1), (0, 0), (0, 0)]
        by_p3w = -np.diff(np.pad(force, ends), axis=0)
        padded = np.pad(a, ends[:2])
        tangents, gradient, curvature = self._linearize(
            *_rows(point),
            frames,
            np.full(len(p3w), width, np.float32),
            by_p3w.astype(np.float32),
            (padded[1:] + padded[:-1]).astype(np.float32),
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


def _rows(point: Point) -> tuple[np.ndarray, np.ndarray]:
    """X [n_frames, n_x] and θ [n_frames, n_theta] of a point, float32."""
    return point.x.astype(np.float32), np.tile(np.float32(point.theta), (len(point.x), 1))
