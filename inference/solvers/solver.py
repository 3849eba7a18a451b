"""The interface of the solvers that fit sequences: one method each, exchangeable in a search.

The solver of independent frames has the interface `Solver` itself. Those that couple the frames of
a sequence extend `SequenceSolver`, which gives them one sequence after another.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

import numpy as np

from inference.model.frame_batch import FrameBatch, rows_of
from inference.solvers.problem import Problem, Solution, best_of, nearest_rows


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
    is_finite = np.isfinite(costs(x))
    if is_finite.all():
        return x, frames
    x = nearest_rows(x, is_finite)
    return x, frames._replace(weights=frames.weights * np.isfinite(costs(x))[:, None])
