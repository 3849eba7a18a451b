"""Colours that all pictures share, and the sides of bones that they depend on.

An inferred pose has the colours of `LIMBS`; the truth is grey.
"""

from collections.abc import Mapping

from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.side_colors import CENTRE, LEFT, LIMBS, RIGHT

__all__ = [
    "CENTRE", "DOUBT", "ERROR", "GREY", "GROUND", "LEFT", "LIMBS", "RIGHT", "SHADOW", "SHADOWS",
    "TEXT", "TRUTH", "bone_sides",
]  # fmt: skip

TRUTH = "#9A9A9A"
ERROR = "#009E73"
DOUBT = "#CC79A7"
GROUND = "#DADADA"
SHADOW = "#E2E2E2"
TEXT = "#222222"

SHADOWS: Mapping[str, str] = dict.fromkeys(LIMBS, SHADOW)
"""Colours of a shadow on the floor by side."""
GREY: Mapping[str, str] = dict.fromkeys(LIMBS, TRUTH)
"""Colours of a true pose by side."""


def bone_sides(skeleton: Skeleton) -> tuple[str, ...]:
    """Side of every bone: 'l', 'r', or '' in the middle. It is the side of the child joint."""
    return tuple(skeleton.sides[child] for child, _ in skeleton.bones)
