"""Adversarially learnt parameterisations of human poses: from parameter files to networks.

`GanBuilder` is imported at its first use, so that reading parameters does not start TensorFlow.
Training is in `gan.training`.
"""

from typing import TYPE_CHECKING, Any

from gan.params import GanParams

if TYPE_CHECKING:
    from gan.builder import GanBuilder

__all__ = ["GanBuilder", "GanParams"]


def __getattr__(name: str) -> Any:
    if name == "GanBuilder":
        from gan.builder import GanBuilder

        return GanBuilder
    raise AttributeError(f"module 'gan' has no attribute {name!r}")
