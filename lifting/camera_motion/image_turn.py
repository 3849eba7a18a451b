"""By how much the image of a film has to be turned so that people stand upright in it.

An image on its side: the cost of a fit does not tell it, as a film that lies on its side is fitted
with people who lie, and the fit costs as much. Nor does a single pose: someone who lies straight,
or exercises on the floor, looks like someone who stands in a turned image. But people who lie do
not walk. So the image is turned by a quarter if

- nobody's trunk is upright in it as it is,
- someone stands on the feet once it is turned, nearly all the time: the centre of mass is above
  them, and far enough; and
- this person's feet pass each other in strides.

An image that is upside down is left to the user, because it is likelier that a file's y points up.

A camera that is rolled by less: networks have seen most people upright in the image, so poses and
the vertical are worse before a camera that is rolled. The vertical that people tell who stand shows
by how much it is, and the image is turned back.
"""

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from gan.networks.normalized_view import UPRIGHT
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import unit
from lifting.fit.shot_stance import STANDING_SHARE, shot_stance
from lifting.fit.takes import Take, by_shot
from lifting.stance.balance import Stance
from lifting.stance.lying import middle

UP_BEFORE_TURN = {90: (-1.0, 0.0, 0.0), 270: (1.0, 0.0, 0.0)}
"""Degrees by which an image is turned clockwise → the direction in the camera's frame, before the
turn, that points up after it."""

FEWEST_FRAMES = 10
"""Number of frames of a take from which on they tell anything."""

UPRIGHT_COSINE = 0.7
"""Cosine of the angle between a trunk and the vertical above which the trunk is upright."""

STAYING = 0.35
"""Share of the frames with upright trunks from which on an image stays. In 29 films trunks are
upright in 0.5 to 1 of the frames, and in 0 to 0.3, once in 0.44, if the films lie on their side."""

STRIDE = 0.5
"""Range of the vector from one foot to the other, across the vertical, in lengths of a leg, from
which on feet stride. People who walk, run, dance or balance have 0.8 to 2.2, those who stand and
gesture or jump at most 0.4."""

ROLLED, LYING = 14.0, 60.0
"""Angles [degrees] from which on a camera is rolled, and from which on strides have to tell that
people do not lie. Before cameras that are level, the vertical is off by up to 7° in the image, and
by 12 to 13° in a film of a dance that shows no ankles in a third of its frames. Before cameras that
are rolled by 26°, films of motion capture have errors of 31.4 mm if the image is turned back, 32.3
mm if it stays, and 31.3 mm before level ones; the real film before such a camera has 75 instead of
83 mm."""


def image_turn(people: Iterable[Sequence[Take]], skeleton: Skeleton) -> int:
    """The degrees by which the image has to be turned clockwise.

    Args:
        people: the calibrated takes of each person.
        skeleton: the skeleton of their poses.

    Returns:
        90 or 270 for an image on its side, less than `LYING` to either side for a rolled camera; 0
        if the image stays.
    """
    everyone = itertools.chain.from_iterable(people)
    takes = [take for take in everyone if len(take.sample.p3c) >= FEWEST_FRAMES]
    if not takes:
        return 0
    # A film on its side needs strides, which tell more than the vertical does: they come first.
    return _quarter_turn(takes, skeleton) or -_roll(takes, skeleton)


def _quarter_turn(takes: Sequence[Take], skeleton: Skeleton) -> int:
    """The degrees by which an image on its side has to be turned clockwise; 0 for others.

    Args:
        takes: the takes that tell it, one or more.
        skeleton: the skeleton of their poses.
    """
    trunks = np.concatenate([_trunks(take.sample.p3c, skeleton) for take in takes])
    if np.mean(trunks @ UPRIGHT > UPRIGHT_COSINE) >= STAYING:
        return 0
    stances = [Stance.of(take.sample.p3c, skeleton) for take in takes]
    # The most frames of people who walk decide between the two sides.
    n_frames = {
        degrees: sum(len(stance.feet) for stance in stances if walks(stance, np.array(up)))
        for degrees, up in UP_BEFORE_TURN.items()
    }
    most = max(n_frames, key=lambda degrees: n_frames[degrees])
    return most if n_frames[most] else 0


def _roll(takes: Sequence[Take], skeleton: Skeleton) -> int:
    """The degrees by which the camera is rolled: by so many, people lean to the right in the image.

    Args:
        takes: the takes that tell it, one or more.
        skeleton: the skeleton of their poses.

    Returns:
        The least roll of all shots; 0 if it is below `ROLLED` or above `LYING`, or if the shots
        lean to both sides.
    """
    of_shots = by_shot(takes, lambda take: take.shot)
    rolls = [_roll_of_shot(shown, skeleton) for shown in of_shots.values()]
    least = min(rolls, key=abs)
    # The whole film has one image, so no shot may be turned by more than it is rolled.
    leans_to_one_side = len({np.sign(roll) for roll in rolls}) == 1
    return round(least) if leans_to_one_side and ROLLED <= abs(least) < LYING else 0


def _roll_of_shot(takes: Sequence[Take], skeleton: Skeleton) -> float:
    """The roll [degrees] of the camera of one shot; 0 where nobody stands."""
    shot = shot_stance(takes, skeleton)
    # y points down in the camera's frame: a vertical of (0, −1) in the image is no roll.
    return float(np.degrees(np.arctan2(shot.up[0], -shot.up[1]))) if shot.stands else 0.0


def _trunks(poses: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Directions [n, 3] from the middle of the hips to that of the shoulders.

    Args:
        poses: [n, n_joints, 3] poses.
        skeleton: their skeleton.
    """
    return unit(middle(poses, "shoulder", skeleton) - middle(poses, "hip", skeleton))


def walks(stance: Stance, up: np.ndarray) -> bool:
    """Whether someone stands and strides, if a direction is up.

    Args:
        stance: how the person stands.
        up: [3] the direction.
    """
    apart = stance.feet[:, 0] - stance.feet[:, 1]
    apart -= (apart @ up)[:, None] * up
    # The direction in which feet move most. In an image of someone who lies and moves the arms
    # only, the fit may move a foot in depth, but it does not pass the other one.
    along = np.linalg.svd(apart - apart.mean(axis=0), full_matrices=False)[2][0]
    low, high = np.percentile(apart @ along, [10, 90])
    strides = low < 0 < high and high - low > STRIDE * stance.leg_length
    return bool(strides and stance.stands(up).mean() >= STANDING_SHARE)
