"""Colours that all pictures share, and the sides of bones that they depend on.

The colours are those of Okabe and Ito, "Color Universal Design", 2008, which colour-blind people
can tell apart: left is blue, right is vermilion, the trunk is near black, and the truth is grey.
"""

from collections.abc import Mapping

from human_pose_util.skeleton import Skeleton

LEFT = "#0072B2"
RIGHT = "#D55E00"
CENTRE = "#303030"
TRUTH = "#9A9A9A"
ERROR = "#009E73"
GROUND = "#DADADA"
SHADOW = "#E2E2E2"
TEXT = "#222222"

LIMBS: Mapping[str, str] = {"l": LEFT, "r": RIGHT, "": CENTRE}
"""Colours of an inferred pose by side."""
SHADOWS: Mapping[str, str] = dict.fromkeys(LIMBS, SHADOW)
"""Colours of a shadow on the floor by side."""
GREY: Mapping[str, str] = dict.fromkeys(LIMBS, TRUTH)
"""Colours of a true pose by side."""


def bone_sides(skeleton: Skeleton) -> tuple[str, ...]:
    """Side of every bone: 'l', 'r', or '' in the middle. It is the side of the child joint."""
    return tuple(skeleton.sides[child] for child, _ in skeleton.bones)
