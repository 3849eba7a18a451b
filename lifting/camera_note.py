"""What feet tell of a camera that nothing is known of: whether it turns, stands still, or neither.

A foot that bears weight does not move on the floor. Where such feet move nevertheless, the camera
moves in a way that is not found (it pans with someone who glides, drives past, or zooms), or the
person is in the air most of the time. Poses are right then, but not the paths of people.
"""

from collections.abc import Sequence

import numpy as np

from human_pose_util.units import MM_PER_M
from inference.model.floor import weighted_median
from lifting.balance import can_balance, feet_of, step_weights
from lifting.lifted import Lifted

SLIDE = 0.8
"""Speed [m/s] of feet that bear weight above which they are taken to slide. It is 0.02 to 0.7
before cameras that stand still or sway, 1 to 7 on a skater and on people in a vehicle, and 4 for a
runner, whose lower foot is in the air half of the time."""

FEWEST_STEPS = 5
"""Number of steps in time in which feet have to bear weight, or their motion tells nothing."""


def camera_note(people: Sequence[Lifted]) -> str | None:
    """What to say of the camera of a film of which nothing is known; None where all is well.

    Args:
        people: the people of the film, at least one.
    """
    if turn := people[0].turn:
        return (
            f"the camera turns by {turn:.0f} degrees, as the feet tell; if it stands still: --still"
        )
    if all(len(lifted) == 1 for lifted in people):
        return None  # one frame has no motion
    least = _least_slide(people)
    advice = "give its rotations (--camera), or the paths of people are wrong"
    if least is None:
        return (
            "too few steps in time show feet to tell whether the camera moves, "
            f"so it is taken to stand still; if it moves, {advice}"
        )
    # One person whose feet stand is evidence of a camera that stands still.
    if least < SLIDE:
        return None
    return (
        f"standing feet slide by {least:.1f} m/s: people run or glide, or the camera moves "
        f"in a way that is not found; if it moves, {advice}"
    )


def doubt_of_motion(people: Sequence[Lifted]) -> str | None:
    """What to say where feet contradict the motion of a camera that a file describes.

    Args:
        people: the people of the film, at least one.
    """
    least = _least_slide(people)
    if least is None or least < SLIDE:
        return None
    return (
        f"standing feet slide by {least:.1f} m/s: people run or glide, or the rotations are "
        "wrong (r is from the world to the camera, for each frame of the film)"
    )


def _least_slide(people: Sequence[Lifted]) -> float | None:
    """The least `slide` of people; None where the feet of nobody tell it."""
    speeds = (slide(lifted) for lifted in people)
    return min((speed for speed in speeds if speed is not None), default=None)


def slide(lifted: Lifted) -> float | None:
    """The speed over the floor of feet that bear weight [m/s], a median; None where none is seen.

    Args:
        lifted: the poses of a person.
    """
    skeleton = lifted.skeleton
    if not can_balance(skeleton) or len(lifted) < 2:
        return None
    feet = feet_of(lifted.p3w, skeleton)
    heights, ankles = feet[..., 2], [skeleton.joint_index(f"{side}_ankle") for side in "lr"]
    weights = step_weights(heights, ~lifted.extrapolated[:, ankles])
    if weights.sum() < FEWEST_STEPS:
        return None
    speeds = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=2) * lifted.fps / MM_PER_M
    return weighted_median(speeds, weights)
