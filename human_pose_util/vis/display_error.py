"""The error of a view that cannot be opened on this machine."""

from human_pose_util.errors import SpecError


class DisplayError(SpecError):
    """There is no screen, no OpenGL, or a library that a view needs is missing."""
