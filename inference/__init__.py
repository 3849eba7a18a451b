"""From 2D observations and a trained GAN to 3D poses.

What computes is imported on first use, so that reading parameters does not start TensorFlow.
"""

from inference.model.camera_knowledge import CameraKnowledge
from inference.params import InferenceParams
from inference.settings import SearchSettings

__all__ = ["CameraKnowledge", "InferenceParams", "SearchSettings", "infer_sequence_poses"]


def __getattr__(name: str):
    if name == "infer_sequence_poses":
        from inference.sequence import infer_sequence_poses

        return infer_sequence_poses
    raise AttributeError(f"module 'inference' has no attribute {name!r}")
