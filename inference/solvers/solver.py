"""What the solvers of a whole sequence have in common: their interface, and how they start."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from human_pose_util.gaps import around
from inference.model.frame_batch import FrameBatch
from inference.model.observations import Observations
from inference.solvers.problem import Solution


class SequenceSolver(Protocol):
    """A solver of coupled frames for one objective, made once and used for many sequences."""

    def minimize(
        self,
        x: np.ndarray,
        theta: np.ndarray,
        observed: Observations,
        tol: float,
        max_iterations: int,
    ) -> Solution:
        """Minimise over all frames of a sequence and what they share.

        Args:
            x: [n_frames, n_x] variables of the frames from which to start.
            theta: [n_theta] sequence variables from which to start.
            observed: the observations of the sequence.
            tol: relative decrease of the cost in one step at which the sequence has converged.
            max_iterations: limit on the steps after the stages in which kinks are sharpened.

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
    if is_finite.any():
        before, after, share = around(is_finite)
        # Of two that are equally near, the later one counts.
        x = x[np.where(share < 0.5, before, after)]
    return x, frames._replace(weights=frames.weights * np.isfinite(costs(x))[:, None])
