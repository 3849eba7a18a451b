"""How far problems are while they are solved in batches, and where they end."""

from typing import NamedTuple

import numpy as np


class Progress(NamedTuple):
    """How far problems are between two calls.

    Attributes:
        x: [n_problems, n_x] variables.
        damping: [n_problems] damping λ of the next step.
        growth: [n_problems] growth ν of the damping when that step fails.
    """

    x: np.ndarray
    damping: np.ndarray
    growth: np.ndarray

    def at(self, rows) -> "Progress":
        """The progress of some problems, chosen by an index array or a mask."""
        return Progress(*(part[rows] for part in self))

    def with_rows(self, rows, other: "Progress") -> "Progress":
        """The progress with that of some problems replaced.

        Args:
            rows: index array of the problems.
            other: their progress.
        """
        parts = [part.copy() for part in self]
        for part, new in zip(parts, other, strict=True):
            part[rows] = new
        return Progress(*parts)


class Minima(NamedTuple):
    """Minima of problems.

    Attributes:
        x: [n_problems, n_x] variables.
        cost: [n_problems] costs of the networks as they were trained.
        iterations: [n_problems] numbers of steps.
        status: [n_problems] `Status` numbers.
    """

    x: np.ndarray
    cost: np.ndarray
    iterations: np.ndarray
    status: np.ndarray
