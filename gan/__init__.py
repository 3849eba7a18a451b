"""Adversarially learned parameterisations of human poses, from JSON to trained networks.

`GanBuilder` is imported on first use, so that reading parameters does not start TensorFlow.
"""

from gan.params import GanParams

__all__ = ["GanBuilder", "GanParams"]


def __getattr__(name: str):
    if name == "GanBuilder":
        from gan.builder import GanBuilder

        return GanBuilder
    raise AttributeError(f"module 'gan' has no attribute {name!r}")
