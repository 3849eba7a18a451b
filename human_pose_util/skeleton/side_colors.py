"""Colours of the sides of a person, which pictures and exported skeletons share.

The colours are those of Okabe and Ito, "Color Universal Design", 2008, which colour-blind people
can tell apart: left is blue, right is vermilion, the trunk is near black.
"""

from collections.abc import Mapping

LEFT = "#0072B2"
RIGHT = "#D55E00"
CENTRE = "#303030"

LIMBS: Mapping[str, str] = {"l": LEFT, "r": RIGHT, "": CENTRE}
"""Colours by the side of a bone's joint: left, right, and the middle."""
