"""Ways out of wrong valleys: frames start again from the poses of their neighbours in time.

The cost of a frame has many minima, and a start leads to one of them. Neighbouring frames show
nearly the same pose, so they ought to have nearly the same cost. Where a frame's cost is far above
that of a neighbour, the frame is in a worse minimum, and the neighbour's pose is a start in the
better one. Every frame that finds a better minimum is a new start for the neighbour on its other
side, so a good minimum spreads along a sequence, as far as the motion allows.
"""

from typing import NamedTuple

import numpy as np

from inference.solvers.levenberg_marquardt import LevenbergMarquardt, Progress
from inference.solvers.sharpening import ROUND, SHARP, Stage
from inference.solvers.solver import Problem, frame_tensors

RESTART = Stage(ROUND, SHARP, 12)
"""The steps from a neighbour's pose."""

WORST_RATIO = 1.2
"""Ratio of a frame's cost to its neighbour's above which the frame starts again."""

# Both were chosen on training sequences of motion capture, with the paper's GAN and objective. The
# sum of all costs falls to 21 %, for 16 steps a frame more on average. With 6 steps that begin at a
# width of 0.03 it falls a little less; with a ratio of 2 fewer frames start again, and a twentieth
# of the better minima is missed.

LEAST_GAIN = 0.01
"""Share of its cost by which a frame's new minimum has to be better."""

MAX_SWEEPS = 10
"""Limit on the frames over which a good minimum spreads."""


class Restarts(NamedTuple):
    """What starts from neighbours lead to.

    Attributes:
        progress: the better of the old and the new progress of every frame.
        n_steps: [n_frames] numbers of steps that the starts took.
    """

    progress: Progress
    n_steps: np.ndarray


def start_from_neighbours(
    frames: LevenbergMarquardt, progress: Progress, theta: np.ndarray, problem: Problem
) -> Restarts:
    """Let frames whose cost is far above a neighbour's start again from the neighbour's pose.

    A frame without image points has no minimum of its own: it neither gives nor takes a start.
    Whether a frame starts again depends on its sequence alone, not on the others of the problem.

    Args:
        frames: the solver of single frames.
        progress: how far the frames are, with sharp kinks.
        theta: [n_sequences, n_theta] sequence variables, which stay as they are.
        problem: the sequences.
    """
    cost = frames.cost(progress.x, frame_tensors(theta, problem), SHARP)
    has_points = (problem.frames.weights > 0).any(axis=1)
    sides = [_neighbours(problem.sequence, step) for step in (-1, 1)]
    # A frame starts from the same pose of a neighbour once only: poses have version numbers.
    version = np.zeros(len(cost), int)
    tried = np.full((2, len(cost)), -1)
    n_steps = np.zeros(len(cost), np.int32)
    for _ in range(MAX_SWEEPS):
        n_before = n_steps.sum()
        for neighbour, version_tried in zip(sides, tried, strict=True):
            is_due = is_far_above(cost, cost[neighbour], problem.sequence)
            is_due &= has_points & has_points[neighbour] & (version[neighbour] > version_tried)
            rows = np.flatnonzero(is_due)
            if not len(rows):
                continue
            version_tried[rows] = version[neighbour[rows]]
            data = frame_tensors(theta, problem.at(rows))
            new = frames.advance(frames.begin(progress.x[neighbour[rows]]), data, RESTART)
            new_cost = frames.cost(new.x, data, SHARP)
            n_steps[rows] += RESTART.n_steps
            is_better = ~(cost[rows] - new_cost <= LEAST_GAIN * np.abs(cost[rows]))
            is_better &= np.isfinite(new_cost)
            progress = progress.with_rows(rows[is_better], new.at(is_better))
            cost[rows[is_better]] = new_cost[is_better]
            version[rows[is_better]] += 1
        if n_steps.sum() == n_before:
            break
    return Restarts(progress, n_steps)


def is_far_above(cost: np.ndarray, other: np.ndarray, sequence: np.ndarray) -> np.ndarray:
    """[n_frames] whether costs are more than `WORST_RATIO` times as high as others.

    With the critic's term a cost may be negative, and a ratio of such costs means nothing. So costs
    count from the lowest one of their sequence if that is negative, else from zero.

    Args:
        cost: [n_frames] costs; one that is not finite is far above any finite one.
        other: [n_frames] costs of other frames of the same sequences.
        sequence: [n_frames] the number of each frame's sequence.
    """
    zero = np.zeros(sequence.max(initial=0) + 1)
    np.minimum.at(zero, sequence, np.where(np.isfinite(cost), cost, 0.0))
    zero = zero[sequence]
    return np.isfinite(other) & ~(cost - zero <= WORST_RATIO * (other - zero))


def _neighbours(sequence: np.ndarray, step: int) -> np.ndarray:
    """[n_frames] the frame a step after each in its sequence; the frame itself at the ends."""
    frames = np.arange(len(sequence))
    neighbour = np.clip(frames + step, 0, len(frames) - 1)
    return np.where(sequence[neighbour] == sequence, neighbour, frames)
