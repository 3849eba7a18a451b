"""At which rate a camera turns about the vertical, as feet tell that bear weight.

Such a foot does not move on the floor. In the frame of a camera that turns about the vertical u, it
turns the other way: with the rate ω, a foot at the place x has the velocity ω·u×x. So each foot
tells a rate: its velocity along u×x over the length of u×x. The velocity along u×x is one across
the image, where poses are precise. All rates and angles here are those of what rests, in the frame
of the camera; about the vertical, the camera itself has the opposite ones.
"""

import numpy as np
from scipy.ndimage import distance_transform_edt

from human_pose_util.robust import robust_weights
from human_pose_util.time_windows import local_parabolas
from human_pose_util.units import MM_PER_M
from lifting.stance.balance import step_weights

LIFTED = 0.3
"""Speed upwards or downwards [m/s] at which a foot counts a quarter: it is about to leave the
floor, or to reach it."""

CALM = 0.3
"""Standard deviation [s] of the Gaussian window in which rates are smoothed. With 0.5 s, films in
which a camera follows someone have errors of 103 mm after one alignment, instead of 89."""

FADE = 0.3
"""Time [s] from the nearest moment that tells a rate at which 0.6 of that rate is left: a camera
turns on for a while when feet leave the view, but not for ever."""

SPREAD = np.radians(3.0)
"""Difference [radians/s] from the camera's rate at which the rate of a foot counts a quarter."""

SLOW = np.radians(1.5)
"""Rate [radians/s] of a camera at which half of it is taken for error. Of cameras that stand still,
rates of 0.1 to 0.6 degrees/s are found, and 2 where someone runs or gets up."""

LEAST, MOST = np.radians(8.0), np.radians(100.0)
"""Range of angles [radians] in a shot from which on a turn is taken for more than an error or a
sway, and the largest one that a steady camera in the middle can see."""

EXPLAINED = 0.35
"""Share to which the rates of feet have to shrink, in the median, without the camera's: to 0.03 to
0.32 before cameras that turn by 8 degrees and more. Of 44 films of tripods, one is taken for the
film of a camera that turns, as the feet of someone who gestures slide; with 0.5, three are."""

FEWEST_STANCES = 2
"""Number of times that a foot comes to stand and tells a turn: one foot, on which someone pivots,
does not tell it alone. Before cameras that turn it is 3 or more, and 2 for someone who stands."""

ROUNDS = 6
"""How often the rate is smoothed, each time with weights by the distance from the one before."""


def foot_rates(
    feet: np.ndarray, shown: np.ndarray, up: np.ndarray, fps: float
) -> tuple[np.ndarray, np.ndarray]:
    """The rates [radians/s] that the feet of a person tell, and their weights.

    Args:
        feet: [n_frames, 2, 3] middles of both feet, seen from the camera [mm].
        shown: [n_frames, 2] whether the feet are seen, and may bear weight.
        up: [3] the vertical in the frame of the feet.
        fps: frames per second.

    Returns:
        Two arrays [n_frames − 1, 2]; the weights are 0 to 1.
    """
    heights = feet @ up
    middle, velocity = 0.5 * (feet[1:] + feet[:-1]), np.diff(feet, axis=0) * fps
    lever = np.cross(up, middle)
    # A foot below the camera has no lever, and tells nothing.
    squares = np.maximum((lever**2).sum(axis=2), 1.0)
    climbs = np.diff(heights, axis=0) * fps / MM_PER_M
    weights = step_weights(heights, shown) * robust_weights(climbs, LIFTED)
    return (velocity * lever).sum(axis=2) / squares, weights


def common_rate(rates: np.ndarray, weights: np.ndarray, fps: float) -> np.ndarray:
    """The rate [n_steps] radians/s on which the rates of feet agree.

    Where no foot tells a rate, it fades to 0: a rate that stays would add up to any angle.

    Args:
        rates: [n_steps, n_feet] the rates of feet [radians/s].
        weights: [n_steps, n_feet] their weights.
        fps: frames per second.
    """
    common, trust = np.zeros(len(rates)), weights
    for _ in range(ROUNDS):
        common = local_parabolas(rates, trust, CALM * fps)
        # A foot that swings or slides disagrees with the others, and loses its weight.
        trust = weights * robust_weights(rates - common[:, None], SPREAD)
    away = distance_transform_edt((weights <= 0).all(axis=1)) / (FADE * fps)
    return common * np.exp(-0.5 * away**2)


def turn_of(rate: np.ndarray, fps: float) -> np.ndarray:
    """The angles from the first frame on, [n_steps + 1] radians.

    Args:
        rate: [n_steps] the rates [radians/s].
        fps: frames per second.
    """
    return np.concatenate([[0.0], np.cumsum(rate) / fps])


def explains(rate: np.ndarray, rates: np.ndarray, weights: np.ndarray) -> bool:
    """Whether the rate of a camera explains how feet that bear weight move.

    Args:
        rate: [n_steps] the rate of the camera [radians/s].
        rates: [n_steps, n_feet] the rates of feet.
        weights: [n_steps, n_feet] their weights.
    """
    bears = weights > 0.5
    turns = bears & (np.abs(rate) > SLOW)[:, None]
    # Each time that a foot comes to stand has a number of its own.
    stance = np.cumsum(np.diff(bears, axis=0, prepend=False) & bears, axis=0)
    pairs = zip(stance.T, turns.T, strict=True)
    if sum(len(np.unique(own[tells])) for own, tells in pairs) < FEWEST_STANCES:
        return False
    residual = np.abs(rates - rate[:, None])[turns]
    return bool(np.median(residual) < EXPLAINED * np.median(np.abs(rates[turns])))
