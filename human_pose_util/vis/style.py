"""Colours and sizes that every picture shares.

The colours are Okabe and Ito's, which stay apart for the colour-blind ("Color Universal Design",
2008): left is blue, right is vermilion, the trunk is near black, the truth is grey.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np

LEFT = "#0072B2"
RIGHT = "#D55E00"
CENTRE = "#303030"
TRUTH = "#9A9A9A"
ERROR = "#009E73"
GROUND = "#DADADA"
SHADOW = "#E2E2E2"
TEXT = "#222222"

LIMBS: Mapping[str, str] = {"l": LEFT, "r": RIGHT, "": CENTRE}
SHADOWS: Mapping[str, str] = dict.fromkeys(LIMBS, SHADOW)
GREY: Mapping[str, str] = dict.fromkeys(LIMBS, TRUTH)


@cache
def rgb(color: str) -> np.ndarray:
    """A '#rrggbb' colour as (3,) floats in [0, 1], read-only."""
    values = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    values.flags.writeable = False
    return values


def bone_sides(skeleton) -> tuple[str, ...]:
    """'l', 'r' or '' for each of `skeleton.bones`: the side of the joint that the bone ends in."""
    return tuple(skeleton.sides[child] for child, _ in skeleton.bones)
