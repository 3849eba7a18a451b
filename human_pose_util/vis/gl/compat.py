"""glumpy 1.2.1 with NumPy 2, which changed two functions that glumpy relies on.

Two modules of glumpy get a stand-in for `numpy` in which the functions behave as before. NumPy
itself and the files of glumpy stay as they are.
"""

import importlib
import logging
import types
import warnings
from typing import Any

import numpy as np

from human_pose_util.extras import install_command
from human_pose_util.vis.display_error import DisplayError

_MODULES = ("glumpy.gloo.variable", "glumpy.graphics.collections.collection")


def import_glumpy() -> Any:
    """Import the package glumpy so that it works with the installed NumPy.

    Raises:
        DisplayError: glumpy or a library that it needs is missing.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # invalid escapes in glumpy's docstrings
            glumpy = importlib.import_module("glumpy")
            for name in ("app", "gl", "gloo", "graphics.collections"):
                importlib.import_module(f"glumpy.{name}")
            modules: list[Any] = [importlib.import_module(name) for name in _MODULES]
    except Exception as error:  # PyOpenGL passes on any error of its platform module
        raise DisplayError(
            f"the OpenGL view is not available ({error}): install glumpy, glfw and PyOpenGL with "
            f"the libraries that they need ({install_command('gl')})"
        ) from error
    logging.getLogger("glumpy").setLevel(logging.WARNING)
    for module in modules:
        module.np = _OldNumpy("numpy")
    return glumpy


class _OldNumpy(types.ModuleType):
    """NumPy with the behaviour of two functions that NumPy 1 had."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def array(*args: Any, copy: bool = True, **kwargs: Any) -> np.ndarray:
        """`numpy.array`, where `copy=False` means "copy if needed" and not "never copy"."""
        return (np.array if copy else np.asarray)(*args, **kwargs)

    @staticmethod
    def dtype(spec: Any, *args: Any, **kwargs: Any) -> np.dtype:
        """`numpy.dtype`, where the 1 of a field such as ('x', 'f4', 1) means a scalar."""
        if isinstance(spec, list):
            spec = [field[:2] if field[2:] == (1,) else field for field in spec]
        return np.dtype(spec, *args, **kwargs)
