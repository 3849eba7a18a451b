"""From the 2D keypoints of a film to 3D poses, without a calibrated camera.

What computes is imported on first use, so that importing the package does not start TensorFlow.
"""

from importlib import import_module

_MODULES = {
    "FilmCamera": "lifting.input.film_camera",
    "LiftStream": "lifting.lift_stream",
    "PoseLifter": "lifting.pose_lifter",
}

__all__ = ["FilmCamera", "LiftStream", "PoseLifter"]


def __getattr__(name: str):
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'lifting' has no attribute {name!r}")
