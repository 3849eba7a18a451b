"""Human3.6M's protocol: subjects, cameras, joints, and the spellings of its actions.

`dataset.h3m` reads Human3.6M from its CDF files, `dataset.videopose3d` from VideoPose3D's files;
both follow this protocol.
"""

import re

import numpy as np

from human_pose_util.errors import DataError

SUBJECT_MODES = {
    **dict.fromkeys(("S1", "S5", "S6", "S7", "S8"), "train"),
    **dict.fromkeys(("S9", "S11"), "eval"),
}

FPS = 50.0
"""Frame rate [Hz]."""

IMAGE_SIZES = {
    "54138969": (1000, 1002),
    "55011271": (1000, 1000),
    "58860488": (1000, 1000),
    "60457274": (1000, 1002),
}
"""Camera → width and height of its videos [px]."""

CORRUPTED = "S11/Directions"
"""The sequence whose image points are known to be corrupted."""

N_JOINTS = 32
"""Number of joints in Human3.6M's files."""

S24_JOINTS = np.array(
    [12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15, 14, 17, 18, 19, 21, 22, 25, 26, 27, 29, 30]
)
"""Indices of the joints of skeleton `s24` among the 32 joints, in the order of `s24`."""

H36M_17_JOINTS = np.array([0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27])
"""Indices of the joints of skeleton `h36m-17` among the 32 joints, in the order of `h36m-17`."""

_SPELLINGS = {
    "Direct": "direct(ions?)?",
    "Discuss": "discuss(ions?|ing)?",
    "Eat": "eat(ing)?",
    "Greet": "greet(ings?)?",
    "Phone": "phon(e|ing)",
    "Photo": "(tak(e|ing))?photos?",
    "Pose": "pos(e|ing)",
    "Purchase": "purchas(es?|ing)",
    "Sit": "sit(ting)?",
    "SitDown": "sit(ting)?down",
    "Smoke": "smok(e|ing)",
    "Wait": "wait(ing)?",
    "Walk": "walk(ing)?",
    "WalkDog": "walk(ing)?dog",
    "WalkTogether": "walk(ing)?together",
}

CATEGORIES = tuple(_SPELLINGS)
"""The rows of a report, in their order."""


def find_category(sequence_id: str) -> str | None:
    """The report category of a sequence: "Direct" for "Directions 2"; None for another action.

    Take numbers, case, spaces and underscores make no difference.
    """
    action = re.sub(r"[\s_\d]", "", sequence_id).lower()
    return next((name for name, s in _SPELLINGS.items() if re.fullmatch(s, action)), None)


def category(sequence_id: str) -> str:
    """The report category of a sequence, as in `find_category`.

    Raises:
        DataError: the name is no spelling of one of the 15 actions.
    """
    if (name := find_category(sequence_id)) is None:
        raise DataError(f"{sequence_id!r} is no action of Human3.6M: {', '.join(CATEGORIES)}")
    return name
