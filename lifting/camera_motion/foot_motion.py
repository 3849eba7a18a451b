"""How feet move that should not: what the poses of a person tell of a camera's motion.

A foot that bears weight does not move on the floor. Where such feet move nevertheless, the camera
moves in a way that is not found (it zooms, drives past, or pans with someone who glides), or the
person is in the air most of the time, or climbs. Poses are right then, but not the paths of people.
"""

import numpy as np

from human_pose_util.robust import weighted_median
from human_pose_util.time_windows import time_average
from human_pose_util.units import MM_PER_M
from lifting.fit.lifted import Lifted
from lifting.fit.quality import SHORT, is_between
from lifting.stance.balance import Stance, ankles, can_balance, feet_of, step_weights

UP = np.array([0.0, 0.0, 1.0])

SHORTEST = 0.2
"""Time [s] for which feet have to bear weight, or their motion tells nothing."""

LOWEST_RATE = 5.0
"""Frames per second below which no foot is seen to stand: it is lifted between two frames."""

GLIDE_TIME = 0.25
"""Standard deviation [s] of the Gaussian window over which velocities are averaged for a glide."""

TOGETHER, JUMPING = 0.15, 0.8
"""Speed of one foot relative to the other [m/s] up to which someone does not step, and speed of
both from which on someone jumps, runs or skates."""

OUTLIERS = 10.0
"""Percentage of the frames at either end of the heights that do not count for a rise."""


def slide(lifted: Lifted) -> float | None:
    """The speed over the floor of feet that bear weight [m/s], a median; None where none is seen.

    Args:
        lifted: the poses of a person.
    """
    if not _has_steps(lifted) or lifted.fps < LOWEST_RATE:
        return None
    feet = feet_of(lifted.p3w, lifted.skeleton)
    weights = step_weights(feet[..., 2], feet_shown(lifted))
    if weights.sum() < fewest_steps(lifted.fps):
        return None
    speeds = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=2) * lifted.fps / MM_PER_M
    return weighted_median(speeds, weights)


def glide(lifted: Lifted) -> float | None:
    """How far someone who stands and does not step moves over the floor [m]; None where feet are
    not seen.

    It is the range of the way that both feet go together.

    Args:
        lifted: the poses of a person.
    """
    if not _has_steps(lifted):
        return None
    stance = Stance.of(lifted.p3w, lifted.skeleton)
    stands = (feet_shown(lifted) & stance.stands(UP)[:, None]).all(axis=1)
    weights = (stands[1:] & stands[:-1]).astype(float)[:, None, None]
    if weights.sum() < fewest_steps(lifted.fps):
        return None
    steps = weights * np.diff(stance.feet, axis=0) * lifted.fps / MM_PER_M
    velocities = time_average(steps, weights, GLIDE_TIME * lifted.fps)
    of_both = velocities.mean(axis=1)
    apart = np.linalg.norm(velocities[:, 1] - velocities[:, 0], axis=1)
    glides = (apart < TOGETHER) & (np.linalg.norm(of_both, axis=1) < JUMPING)
    way = np.cumsum(of_both * weights[:, 0] * glides[:, None], axis=0) / lifted.fps
    way = np.pad(way[:, :2], [(1, 0), (0, 0)])  # it begins at 0
    return float(np.linalg.norm(np.ptp(way, axis=0)))


def rise(lifted: Lifted) -> float | None:
    """By how much the lower foot of someone who stands rises and sinks [m]; None where none is
    seen.

    Args:
        lifted: the poses of a person.
    """
    if not _has_steps(lifted):
        return None
    stance = Stance.of(lifted.p3w, lifted.skeleton)
    stands = feet_shown(lifted).all(axis=1) & stance.stands(UP)
    if stands.sum() < fewest_steps(lifted.fps):
        return None
    lower = stance.feet[stands, :, 2].min(axis=1)
    return float(np.ptp(np.percentile(lower, [OUTLIERS, 100 - OUTLIERS]))) / MM_PER_M


def fewest_steps(fps: float) -> float:
    """The number of steps in time in which feet have to bear weight: `SHORTEST`, but at least two.

    Args:
        fps: frames per second.
    """
    return max(SHORTEST * fps, 2.0)


def _has_steps(lifted: Lifted) -> bool:
    """Whether there are feet, and two frames."""
    return can_balance(lifted.skeleton) and len(lifted) > 1


def feet_shown(lifted: Lifted) -> np.ndarray:
    """Whether keypoints show the left and the right ankle, [n_frames, 2], or do so shortly before
    and after.

    Args:
        lifted: the poses, of a skeleton for which `can_balance` holds.
    """
    shown = ~lifted.extrapolated[:, ankles(lifted.skeleton)]
    # Detectors that run on every second frame tell as much: the motion bridges short gaps.
    return shown | is_between(shown, SHORT * lifted.fps)
