"""When to end a training that does not improve any more."""

import math

LEAST_IMPROVEMENT = 1e-3
"""A value is an improvement if it is lower than the best one by this share: not by rounding."""


class Patience:
    """Ends a training when a measure, of which lower values are better, has not improved for long.

    Args:
        steps: how many steps without an improvement are allowed; None for any number.

    Attributes:
        steps: as in Args.
    """

    def __init__(self, steps: int | None):
        self.steps = steps
        self._best, self._best_step = math.inf, 0

    def exhausted(self, step: int, value: float) -> bool:
        """Whether the best value is too many steps old.

        Args:
            step: the number of steps so far.
            value: the measure at this step.
        """
        if value < (1 - LEAST_IMPROVEMENT) * self._best:
            self._best, self._best_step = value, step
        return self.steps is not None and step - self._best_step >= self.steps
