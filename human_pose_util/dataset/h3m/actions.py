"""Human3.6M's subjects, cameras and report categories, and the spellings of its actions."""

import re

from human_pose_util.errors import DataError

SUBJECT_MODES = {
    "S1": "train",
    "S5": "train",
    "S6": "train",
    "S7": "train",
    "S8": "train",
    "S9": "eval",
    "S11": "eval",
}

# Width and height of the videos, px.
IMAGE_SIZES = {
    "54138969": (1000, 1002),
    "55011271": (1000, 1000),
    "58860488": (1000, 1000),
    "60457274": (1000, 1002),
}

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


def category(sequence_id: str) -> str:
    """The report category of a sequence: "Direct" of "Directions 2", "Photo" of "TakingPhoto".

    Take numbers, case, spaces and underscores make no difference.

    Raises:
        DataError: none of the 15 actions is spelled like that.
    """
    action = re.sub(r"[\s_\d]", "", sequence_id).lower()
    for name, spelling in _SPELLINGS.items():
        if re.fullmatch(spelling, action):
            return name
    raise DataError(f"{sequence_id!r} is no action of Human3.6M: {', '.join(CATEGORIES)}")
