"""What a solver is given, and what it returns: the sequences of a problem, and its solution.

The frames of all sequences stand one after another in the same arrays, and each frame has the
number of its sequence. Most of the work is the same for every frame, whatever its sequence, so a
solver computes it for all rows in one compiled call. What a sequence shares follows from the
numbers: `theta[problem.sequence]` gives every frame the variables of its sequence, and
`np.bincount(problem.sequence, values)` sums over the frames of each sequence.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from inference.model.frame_batch import FrameBatch, repeat_frames, rows_of
from inference.model.observations import Observations


class Problem(NamedTuple):
    """Sequences to fit, with all their frames one after another.

    Attributes:
        frames: the observations, arrays [n_frames, ...].
        sequence: [n_frames] the number of each frame's sequence; a sequence's frames stand together
            and in order of time.
        dt: [n_sequences] time between the frames of each sequence [s].
    """

    frames: FrameBatch
    sequence: np.ndarray
    dt: np.ndarray

    @property
    def n_sequences(self) -> int:
        """The number of sequences."""
        return len(self.dt)

    def at(self, rows: np.ndarray) -> "Problem":
        """The problem of some frames, chosen by an index array or a mask.

        Sequences keep their numbers.
        """
        return Problem(rows_of(self.frames, rows), self.sequence[rows], self.dt)

    def repeated(self, n: int) -> "Problem":
        """The problem with all its frames n times one after another, in the same sequences.

        It is for solvers of independent frames: after it, neighbouring rows are no longer
        neighbours in time.
        """
        return Problem(repeat_frames(self.frames, n), np.tile(self.sequence, n), self.dt)


def problem_of(sequences: Sequence[Observations]) -> Problem:
    """The problem of fitting sequences, with what is known of each."""
    # All batches have the same fields: what is unknown of a sequence is an array without joints.
    batches = [observed.frame_batch() for observed in sequences]
    frames = FrameBatch(*(np.concatenate(part) for part in zip(*batches, strict=True)))
    lengths = [len(observed) for observed in sequences]
    dt = np.array([observed.dt for observed in sequences])
    return Problem(frames, np.repeat(np.arange(len(sequences)), lengths), dt)


class Solution(NamedTuple):
    """Minima of sequences.

    Attributes:
        x: [n_frames, n_x] variables of the frames.
        theta: [n_sequences, n_theta] variables that the frames of each sequence share.
        cost: [n_frames] costs of the networks as they were trained; a motion term counts for the
            later of its frames.
        iterations: [n_frames] numbers of steps.
        status: [n_frames] `Status` numbers.
    """

    x: np.ndarray
    theta: np.ndarray
    cost: np.ndarray
    iterations: np.ndarray
    status: np.ndarray

    def of_sequence(self, i: int, problem: "Problem") -> "Solution":
        """The solution of one sequence.

        Args:
            i: the number of the sequence.
            problem: what was solved.
        """
        rows = problem.sequence == i
        theta = self.theta[i : i + 1]  # keeps the axis of sequences, which has one entry then
        return Solution(
            self.x[rows], theta, self.cost[rows], self.iterations[rows], self.status[rows]
        )


def best_of(solutions: list[Solution]) -> Solution:
    """The solution of the least total cost; the first of equal ones.

    Args:
        solutions: solutions of the same sequence, at least one.
    """

    def total(solution: Solution) -> float:
        # A cost that is NaN must not win: it counts as infinite.
        with np.errstate(over="ignore"):
            return float(np.nan_to_num(solution.cost, nan=np.inf).sum(dtype=float))

    return min(solutions, key=total)


def frame_data(theta: np.ndarray, problem: Problem) -> tuple[np.ndarray, FrameBatch]:
    """What distinguishes the frames of a problem for a compiled function of single frames.

    Args:
        theta: [n_sequences, n_theta] sequence variables.
        problem: the sequences.

    Returns:
        θ of every frame [n_frames, n_theta] float32, and the observations.
    """
    # Sequence variables are float64 between the steps; compiled functions compute with float32.
    return theta[problem.sequence].astype(np.float32), problem.frames
