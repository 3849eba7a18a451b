"""Training of GANs, populations of GANs and proposal networks.

The functions that train are imported at their first use, because they import TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gan.training.sessions import train, train_population
    from gan.training.sweep_run import train_by_workers

_MODULES = {"train": "sessions", "train_population": "sessions", "train_by_workers": "sweep_run"}

__all__ = ["train", "train_by_workers", "train_population"]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(importlib.import_module(f"gan.training.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'gan.training' has no attribute {name!r}")
