"""By how much the image of a film is turned, as people tell who walk in it.

The cost of a fit does not tell it: a film that lies on its side is fitted with people who lie, and
the fit costs as much. Nor does a single pose: someone who lies straight, or exercises on the floor,
looks like someone who stands in a turned image. But people who lie do not walk. So the image is
turned if

- nobody's trunk is upright in it as it is,
- someone stands on the feet once it is turned, nearly all the time: the centre of mass is above
  them, and far enough; and
- this person's feet pass each other in strides.

An image that is upside down is left to the user, because it is likelier that a file's y points up.
"""

from collections.abc import Sequence

import numpy as np

from gan.networks.normalized_view import UPRIGHT
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import unit
from lifting.fit.takes import Take
from lifting.stance.balance import Stance

UP = {90: (-1.0, 0.0, 0.0), 270: (1.0, 0.0, 0.0)}
"""Degrees by which an image is turned clockwise → the direction in the camera's frame, before the
turn, that points up after it."""

FEWEST_FRAMES = 10
"""Number of frames of a take from which on they tell anything."""

LEVEL = 0.7
"""Cosine of the angle between a trunk and the vertical above which the trunk is upright."""

STAYING, STANDING = 0.35, 0.8
"""Share of the frames with upright trunks from which on an image stays, and share of the frames in
which someone stands from which on the person stands in a turned image. In 29 films trunks are
upright in 0.5 to 1 of the frames, and in 0 to 0.3, once in 0.44, if the films lie on their side."""

STRIDE = 0.5
"""Range of the vector from one foot to the other, across the vertical, in lengths of a leg, from
which on feet stride. People who walk, run, dance or balance have 0.8 to 2.2, those who stand and
gesture or jump at most 0.4."""


def image_turn(people: Sequence[Sequence[Take]], skeleton: Skeleton) -> int:
    """The degrees by which the image has to be turned clockwise: 90, 270, or 0 if it stays.

    Args:
        people: the calibrated takes of each person.
        skeleton: the skeleton of their poses.
    """
    shown = [take.sample for own in people for take in own if len(take.sample) >= FEWEST_FRAMES]
    if not shown:
        return 0
    trunks = np.concatenate([_trunks(poses, skeleton) for poses in shown])
    if np.mean(trunks @ UPRIGHT > LEVEL) >= STAYING:
        return 0
    stances = [Stance.of(poses, skeleton) for poses in shown]
    walks = {
        degrees: sum(len(stance.feet) for stance in stances if _walks(stance, np.array(up)))
        for degrees, up in UP.items()
    }
    most = max(walks, key=lambda degrees: walks[degrees])
    return most if walks[most] else 0


def _trunks(poses: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Directions [n, 3] from the middle of the hips to that of the shoulders.

    Args:
        poses: [n, n_joints, 3] poses.
        skeleton: their skeleton.
    """

    def middle(joint: str) -> np.ndarray:
        return poses[:, [skeleton.joint_index(f"{side}_{joint}") for side in "lr"]].mean(axis=1)

    return unit(middle("shoulder") - middle("hip"))


def _walks(stance: Stance, up: np.ndarray) -> bool:
    """Whether someone stands and strides, if a direction is up.

    Args:
        stance: how the person stands.
        up: [3] the direction.
    """
    apart = stance.feet[:, 0] - stance.feet[:, 1]
    apart -= (apart @ up)[:, None] * up
    low, high = np.percentile(apart, [10, 90], axis=0)
    strides = np.linalg.norm(high - low) > STRIDE * stance.leg_length
    return bool(strides and stance.stands(up).mean() >= STANDING)
