"""Units of length of files, in mm, and the unit of image points, in px."""

MM_PER_M = 1000.0
MM_PER_CM = 10.0
MM_PER_INCH = 25.4

PX_PER_UNIT = 1000.0
"""The unit of image points of a search in metres: weights of the objective are chosen for it."""
