"""Importing TensorFlow so that it starts quickly and quietly, and works fast."""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

from human_pose_util.malloc import keep_freed


def import_tensorflow(threads: int | None = None) -> None:
    """Import TensorFlow for the first time; freed memory is kept from now on.

    Args:
        threads: how many it is to have; by default what the user has set, or one for each core.
    """
    keep_freed()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if threads:
        os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(threads)
    with _keras_left_out():
        importlib.import_module("tensorflow")


@contextmanager
def _keras_left_out() -> Iterator[None]:
    """TensorFlow's import spends a third of its time on Keras, where that is not the older one.

    Afterwards Keras can still be imported.
    """
    name = "TF_USE_LEGACY_KERAS"
    if name in os.environ:
        yield
        return
    os.environ[name] = "1"
    try:
        yield
    finally:
        del os.environ[name]
