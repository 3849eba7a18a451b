"""From 2D observations and a trained GAN to 3D poses.

What computes is imported on first use, so that reading parameters and results does not start
TensorFlow.
"""

from importlib import import_module

from inference.params import InferenceParams

_MODULES = {
    "infer_sequence_poses": "inference.sequence",
    "FilmCamera": "inference.film_camera",
    "LiftStream": "inference.stream",
    "PoseLifter": "inference.lifter",
}

__all__ = ["FilmCamera", "InferenceParams", "LiftStream", "PoseLifter", "infer_sequence_poses"]


def __getattr__(name: str):
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'inference' has no attribute {name!r}")
