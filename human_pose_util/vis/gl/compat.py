"""glumpy 1.2.1 with NumPy 2: the two changes of NumPy that it trips over, undone for it alone.

Two of its modules get a stand-in for `numpy`: one in which `array(copy=False)` again means "copy
if needed", and `dtype` again ignores a trailing 1 in ('x', 'f4', 1), at which NumPy 1.26 warns.
NumPy itself and glumpy's files stay as they are.
"""

import importlib
import logging
import types
import warnings

import numpy as np

from human_pose_util.errors import SpecError

_MODULES = ("glumpy.gloo.variable", "glumpy.graphics.collections.collection")


def import_glumpy() -> types.ModuleType:
    """The package glumpy, made to work with the NumPy that is installed.

    Raises:
        SpecError: glumpy or a library that it needs is missing.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in glumpy's docstrings
            glumpy = importlib.import_module("glumpy")
            for name in ("app", "gl", "gloo", "graphics.collections"):
                importlib.import_module(f"glumpy.{name}")
            modules = [importlib.import_module(name) for name in _MODULES]
    except Exception as error:  # PyOpenGL raises whatever its platform module trips over
        raise SpecError(
            f"the OpenGL view is not available ({error}): install glumpy, glfw and PyOpenGL with "
            "their libraries, or use matplotlib: --use_plt for a window, --save FILE without one"
        ) from error
    logging.getLogger("glumpy").setLevel(logging.WARNING)
    for module in modules:
        module.np = _OldNumpy("numpy")
    return glumpy


class _OldNumpy(types.ModuleType):
    def __getattr__(self, name: str):
        return getattr(np, name)

    @staticmethod
    def array(*args, copy=True, **kwargs):
        return (np.array if copy else np.asarray)(*args, **kwargs)

    @staticmethod
    def dtype(spec, *args, **kwargs):
        if isinstance(spec, list):
            spec = [field[:2] if field[2:] == (1,) else field for field in spec]
        return np.dtype(spec, *args, **kwargs)
