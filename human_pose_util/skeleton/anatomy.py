"""Where the joints of skeletons are on a body that stands upright: its proportions."""

import numpy as np

from human_pose_util.skeleton.skeleton import Skeleton

_Places = dict[str, tuple[float, float, float]]

# Metres from the body's middle to its side, ahead, and up; the person is about 1.8 m tall.
_PLACES: _Places = {
    "nose": (0, 0.12, 1.62),
    "eye": (0.035, 0.10, 1.66),
    "ear": (0.08, 0, 1.64),
    "head": (0, 0, 1.75),
    "head_top": (0, 0, 1.80),
    "head-back": (0, 0, 1.60),
    "head-center": (0, 0.02, 1.70),
    "upper_neck": (0, 0.02, 1.53),
    "neck": (0, 0, 1.46),
    "thorax": (0, 0, 1.46),
    "spine": (0, 0, 1.20),
    "shoulder": (0.19, 0, 1.44),
    "elbow": (0.22, 0, 1.14),
    "wrist": (0.24, 0.03, 0.89),
    "hand": (0.24, 0.05, 0.81),
    "thumb": (0.23, 0.07, 0.83),
    "index": (0.24, 0.07, 0.80),
    "little": (0.25, 0.04, 0.80),
    "pelvis": (0, 0, 0.95),
    "mid_hip": (0, 0, 0.93),
    "hip": (0.11, 0, 0.93),
    "knee": (0.11, 0, 0.50),
    "ankle": (0.11, -0.02, 0.09),
    "heel": (0.11, -0.08, 0.03),
    "ball": (0.11, 0.11, 0.02),
    "foot": (0.11, 0.11, 0.02),
    "toe": (0.11, 0.18, 0.02),
    "toes": (0.11, 0.18, 0.02),
    "big_toe": (0.10, 0.18, 0.02),
    "small_toe": (0.17, 0.12, 0.02),
}

# Names that mean another place in one skeleton.
_OWN_PLACES: dict[str, _Places] = {
    "s24": {"thorax": (0, 0, 1.20)},
    "s16": {"neck": (0, 0, 1.52)},
    "h36m-17": {"nose": (0, 0.05, 1.60)},
    "mpi17": {"head": (0, 0.05, 1.62)},
    "mpi28": {"head": (0, 0.05, 1.62)},
    "smpl24": {"head": (0, 0.02, 1.60)},
}


def standing(skeleton: Skeleton) -> np.ndarray:
    """The joints of a person who stands upright and faces ahead.

    Args:
        skeleton: the skeleton of the joints.

    Returns:
        [n_joints, 3] metres to the left, ahead and up; NaN for a joint without a known place.
    """
    places = _PLACES | _OWN_PLACES.get(skeleton.id, {})
    points = np.full((skeleton.n_joints, 3), np.nan)
    for j, (side, part) in enumerate(zip(skeleton.sides, skeleton.parts, strict=True)):
        if part in places:
            points[j] = places[part]
            points[j, 0] *= {"l": 1, "r": -1, "": 0}[side]
    return points
