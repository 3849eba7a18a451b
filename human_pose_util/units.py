"""Units of length of files, in mm."""

MM_PER_M = 1000.0
MM_PER_CM = 10.0
MM_PER_INCH = 25.4
