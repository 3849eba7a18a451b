"""The schedule by which the networks' kinks are sharpened, for all solvers but SciPy's.

A generator of rectified linear units is piecewise linear: minima lie on its kinks, where no step is
good, and a damped method stops early. So the kinks are rounded at first, until the pose is near its
place, and then sharpened step by step, while their curvature tells the solver where they are. The
width at the end is so small that the pose is the generator's as it was trained, to less than a
millimetre. The widths and numbers of steps were tuned on training sequences of motion capture.
"""

from typing import NamedTuple

import numpy as np

ROUND, SHARP = 0.12, 1e-3
"""Widths of the kinks at first and at the end, in units of a hidden layer's inputs."""

EXACT = 0.0
"""The width for the networks as they were trained, by which solutions are judged."""


class Stage(NamedTuple):
    """Steps during which the width of the kinks goes from one value to another, geometrically.

    Attributes:
        first: the width in the first step.
        last: the width in the last step.
        n_steps: number of steps.
    """

    first: float
    last: float
    n_steps: int

    @property
    def widths(self) -> np.ndarray:
        """[n_steps] the width in every step."""
        return np.geomspace(self.first, self.last, self.n_steps)


TRIAL = Stage(ROUND, ROUND, 6)
"""The stage after which starts are compared."""

SHARPENING = (*[TRIAL] * 3, Stage(ROUND, 0.03, 8), Stage(0.03, SHARP, 8))
"""The stages of an objective with kinks."""

APPROACH = (Stage(SHARP, SHARP, 3), Stage(SHARP, SHARP, 4))
"""The stages of an objective without kinks, which has nothing to sharpen: a few steps between two
moves of what the frames of a sequence share. With six and four steps, errors and costs of single
frames and of films are the same; with two and two, one film of 22 is lost."""

REFINEMENT = Stage(SHARP, SHARP, 2)
"""The stage between the last moves of what the frames of a sequence share."""

RESTARTS = {True: Stage(ROUND, SHARP, 12), False: Stage(SHARP, SHARP, 5)}
"""The stage from a neighbour's pose, of an objective with and without kinks. Of a GAN with kinks, a
first width of 0.08 would leave the sum of costs 8 % higher; for smooth networks, ten steps lower
the error as much as five."""


def stages_for(has_kinks: bool) -> tuple[Stage, ...]:
    """The stages of an objective with or without kinks."""
    return SHARPENING if has_kinks else APPROACH
