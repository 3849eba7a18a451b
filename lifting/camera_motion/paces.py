"""The paces at which cameras tilt that are on no tripod: they shake, sway and drift.

What tells a tilt from errors, jumps and climbs depends on how fast it changes.
"""

from typing import NamedTuple

import numpy as np


class Pace(NamedTuple):
    """A pace at which cameras tilt, and what tilts have to be like that are taken for those.

    Attributes:
        window: standard deviation [s] of the Gaussian window in which angles are smoothed.
        rate_window: the same of the window over which rates of feet are averaged.
        fastest: speed [m/s] at which a foot counts a quarter in these averages.
        least: rate [radians/s] from which on a tilt is compared with the motion of feet.
        smallest: range of the tilts in a shot [radians] from which on a camera is on no tripod.
        shortest: length of a shot [s] from which on it tells tilts.
        explained: share to which the rates of feet have to shrink without the camera's.
        fall: standard deviation of the vertical acceleration of feet [m/s²] that tilts would cause
            while they change, from which on they are no tilts, but jumps, one after the other.
    """

    window: float
    rate_window: float
    fastest: float
    least: float
    smallest: float
    shortest: float
    explained: float
    fall: float


SHAKE = Pace(
    window=0.1,
    rate_window=0.05,
    fastest=np.inf,
    least=np.radians(1.0),
    smallest=np.radians(1.2),
    shortest=2.0,
    explained=0.2,
    fall=2.4,
)
"""The pace of a hand that shakes once a second. Tilts follow jumps at this pace, and then cause
accelerations of 2.9 and more, but of up to 2.4 before 19 of 22 hand-held cameras. In a shot of 1.7
s before a tripod, how someone balances on one leg looks like a shake by 2.1°."""

SWAY = Pace(
    window=0.3,
    rate_window=0.1,
    fastest=np.inf,
    least=np.radians(1.0),
    smallest=np.radians(1.2),
    shortest=0.0,
    explained=0.4,
    fall=4.0,
)
"""The pace of hands that sway once in two seconds or more. With a window of 0.2 s, jumps before
cameras that stand still lose 22 cm. Less tilt is found in error before such cameras. Before
hand-held ones rates shrink to 0.3, in the median of films; where someone climbs or walks stairs
before a camera that stands still, to 0.4 to 3. Accelerations are up to 1 before hand-held cameras;
of people who bounce half a metre high and more, 5 to 26, as they fall with 9.8."""

DRIFT = Pace(
    window=0.3,
    rate_window=0.4,
    fastest=0.5,
    least=np.radians(0.3),
    smallest=np.radians(0.8),
    shortest=2.0,
    explained=0.6,
    fall=4.0,
)
"""The pace of cameras that drift or follow someone: rates are small, so more time tells them, and
feet that swing count less. Rates shrink to 0.05 to 0.6 before such cameras, and not at all (2 to 7)
where someone goes up stairs before a camera that stands still. Slow climbs of a foot that rests,
as on an escalator, look like tilts, and so does how someone balances in a shot of 0.8 s."""
