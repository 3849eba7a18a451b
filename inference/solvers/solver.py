"""The interface of the solvers that fit sequences: one method each, exchangeable in a search.

The frames of all sequences stand one after another in the same arrays, and each frame has the
number of its sequence. Most of the work is the same for every frame, whatever its sequence, so a
solver computes it for all rows in one compiled call. What a sequence shares follows from the
numbers: `theta[problem.sequence]` gives every frame the variables of its sequence, and
`np.bincount(problem.sequence, values)` sums over the frames of each sequence.

The solver of independent frames has the interface `Solver` itself. Those that couple the frames of
a sequence extend `SequenceSolver`, which gives them one sequence after another.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from inference.model.observations import FrameBatch, Observations


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


def problem_of(sequences: Sequence[Observations]) -> Problem:
    """The problem of fitting sequences, with what is known of each."""
    # All batches have the same fields: what is unknown of a sequence is an array without joints.
    batches = [observed.frame_batch() for observed in sequences]
    frames = type(batches[0])(*(np.concatenate(part) for part in zip(*batches, strict=True)))
    lengths = [len(observed) for observed in sequences]
    dt = np.array([observed.dt for observed in sequences])
    return Problem(frames, np.repeat(np.arange(len(sequences)), lengths), dt)


class Solution(NamedTuple):
    """Minima of sequences.

    Attributes:
        x: [n_frames, n_x] variables of the frames.
        theta: [n_sequences, n_theta] variables that the frames of each sequence share.
        cost: [n_frames] costs with sharp kinks; a motion term counts for the later of its frames.
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


class Solver(Protocol):
    """A solver of sequences for one objective, made once and used for many problems."""

    def minimize(
        self,
        starts: np.ndarray,
        theta: np.ndarray,
        problem: Problem,
        tol: float,
        max_iterations: int,
    ) -> Solution:
        """Minimise the objective over the frames of sequences and what each sequence shares.

        Args:
            starts: [n_starts, n_frames, n_x] points from which to start. The best counts: for each
                frame where frames are independent, else for each sequence.
            theta: [n_sequences, n_theta] sequence variables from which to start.
            problem: the sequences.
            tol: relative decrease of the cost in one step at which a problem has converged.
            max_iterations: limit on the steps after the stages in which kinks are sharpened.
        """


class SequenceSolver(ABC):
    """A solver that fits one sequence after another, each as one problem."""

    def minimize(
        self,
        starts: np.ndarray,
        theta: np.ndarray,
        problem: Problem,
        tol: float,
        max_iterations: int,
    ) -> Solution:
        """Minimise over all frames of each sequence and what the sequence shares.

        Args:
            starts: [n_starts, n_frames, n_x] points from which to start; each sequence is fitted
                from each of them, and the solution of the least cost is returned.
            theta: [n_sequences, n_theta] sequence variables from which to start.
            problem: the sequences.
            tol: relative decrease of a sequence's cost in one step at which it has converged.
            max_iterations: limit on the steps after the stages in which kinks are sharpened.
        """
        # One solution of all sequences for each start. The best start is chosen by sequence, as the
        # frames of a sequence share θ and cannot be taken from different starts.
        solutions = []
        for x in starts:
            parts = []
            for i in range(problem.n_sequences):
                rows = problem.sequence == i
                frames, dt = rows_of(problem.frames, rows), float(problem.dt[i])
                parts.append(
                    self._minimize_sequence(x[rows], theta[i], frames, dt, tol, max_iterations)
                )
            # Frames of a sequence stand together, so its parts in order are the arrays of all.
            fields = [np.concatenate(field) for field in zip(*parts, strict=True)]
            solutions.append(Solution(*fields))
        return best_of(solutions, problem)

    @abstractmethod
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

        Args:
            x: [n_frames, n_x] variables of the frames.
            theta: [n_theta] sequence variables.
            frames: the observations, arrays [n_frames, ...].
            dt: time between the frames [s].
            tol: see `minimize`.
            max_iterations: see `minimize`.

        Returns:
            The solution, with [1, n_theta] sequence variables.
        """


def rows_of(frames: FrameBatch, rows) -> FrameBatch:
    """The observations of some frames.

    Args:
        frames: arrays [n_frames, ...].
        rows: index array, mask or slice.
    """
    return FrameBatch(*(part[rows] for part in frames))


def repeat_frames(frames: FrameBatch, n: int) -> FrameBatch:
    """The observations of all frames, n times one after another.

    Args:
        frames: arrays [n_frames, ...].
        n: how often.
    """
    return FrameBatch(*(np.concatenate([part] * n) for part in frames))


def best_of(solutions: list[Solution], problem: Problem) -> Solution:
    """For each sequence, the solution of the least total cost.

    Args:
        solutions: solutions of the same problem, at least one.
        problem: the sequences.
    """
    # A cost that is NaN must not win: it counts as infinite.
    totals = [
        np.bincount(problem.sequence, np.nan_to_num(s.cost, nan=np.inf), problem.n_sequences)
        for s in solutions
    ]
    best = np.argmin(totals, axis=0)
    # For every frame: the number of its sequence's best solution, and the frame's own number.
    rows = best[problem.sequence], np.arange(len(problem.sequence))
    x, cost, iterations, status = (
        np.stack([getattr(s, name) for s in solutions])[rows]
        for name in ("x", "cost", "iterations", "status")
    )
    # θ has one row for each sequence, not for each frame, so it is chosen by `best` itself.
    theta = np.stack([s.theta for s in solutions])[best, np.arange(problem.n_sequences)]
    return Solution(x, theta, cost, iterations, status)


def frame_tensors(theta: np.ndarray, problem: Problem) -> tuple[np.ndarray, FrameBatch]:
    """What distinguishes the frames of a problem for a compiled function of single frames.

    Args:
        theta: [n_sequences, n_theta] sequence variables.
        problem: the sequences.

    Returns:
        θ of every frame [n_frames, n_theta] float32, and the observations.
    """
    # Sequence variables are float64 between the steps; compiled functions compute with float32.
    return theta[problem.sequence].astype(np.float32), problem.frames


def with_finite_costs(
    x: np.ndarray, frames: FrameBatch, costs: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, FrameBatch]:
    """A start, and observations, with which no frame of a sequence costs infinity.

    The sum of the costs has no slope where one frame costs infinity, as before a camera that looks
    away. Such a frame starts at the nearest one, and is not observed where it costs infinity there,
    too.

    Args:
        x: [n_frames, n_x] variables of the frames.
        frames: the observations, arrays [n_frames, ...].
        costs: variables of the frames → their costs [n_frames] with these observations.
    """
    x = nearest_rows(x, np.isfinite(costs(x)))
    return x, frames._replace(weights=frames.weights * np.isfinite(costs(x))[:, None])


def nearest_rows(x: np.ndarray, is_valid: np.ndarray) -> np.ndarray:
    """Variables of frames, where each frame that is not valid has those of the nearest valid one.

    Args:
        x: [n_frames, n_x] variables.
        is_valid: [n_frames] which frames are valid; where none is, `x` stays as it is.

    Returns:
        [n_frames, n_x] variables.
    """
    rows = np.flatnonzero(is_valid)
    if not len(rows):
        return x
    # The valid rows increase, so a binary search finds the first one at or after every frame. The
    # one before it is the other candidate. Of two that are equally near, the later one counts.
    frames = np.arange(len(x))
    after = np.clip(np.searchsorted(rows, frames), 0, len(rows) - 1)
    before = np.maximum(after - 1, 0)
    is_before_nearer = np.abs(rows[before] - frames) < np.abs(rows[after] - frames)
    return x[rows[np.where(is_before_nearer, before, after)]]
