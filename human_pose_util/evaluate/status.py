"""How the fit of a frame ends."""

from enum import IntEnum

import numpy as np


class Status(IntEnum):
    """Outcome of a frame; results store the number in the array `status`."""

    CONVERGED = 0
    ITERATION_LIMIT = 1
    NO_OBSERVATIONS = 2
    NOT_FINITE = 3
    NO_DESCENT = 4

    @property
    def text(self) -> str:
        """The outcome in words."""
        return _TEXTS[self]


_TEXTS = {
    Status.CONVERGED: "converged",
    Status.ITERATION_LIMIT: "stopped at the iteration limit",
    Status.NO_OBSERVATIONS: "nothing was seen",
    Status.NOT_FINITE: "cost not finite",
    Status.NO_DESCENT: "stopped where no step lowered the cost",
}


def statuses_of(cost: np.ndarray, status: Status | np.ndarray) -> np.ndarray:
    """The outcomes of frames, of which those whose cost is not finite have none.

    Args:
        cost: [n_frames] costs.
        status: the outcome of the search, one for all frames or [n_frames].

    Returns:
        [n_frames] `Status` numbers: `NOT_FINITE` where the cost is not finite, else `status`.
    """
    return np.where(np.isfinite(cost), status, Status.NOT_FINITE).astype(np.int8)
