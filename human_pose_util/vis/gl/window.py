"""An OpenGL context by glumpy's glfw backend: a window on a screen, or memory without one."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from human_pose_util.errors import SpecError
from human_pose_util.vis.gl.compat import import_glumpy

HINT = "write a file with --save FILE, or use matplotlib (--use_plt, or no --gl)"


def has_display() -> bool:
    """Whether there is a screen to open a window on."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_window(width: int, height: int, title: str, visible: bool = True):
    """Open a glumpy window. One that is not visible needs no screen: OSMesa draws it in memory.

    Args:
        width: px.
        height: px.
        title: of the window.
        visible: whether it is to be seen.

    Returns:
        A glumpy window whose context is current.

    Raises:
        SpecError: no screen, no OpenGL, or no glumpy; says what to do instead.
    """
    offscreen = not has_display()
    if offscreen and visible:
        raise SpecError(f"no window: there is no screen (DISPLAY is not set); {HINT}")
    if offscreen and "OpenGL" not in sys.modules:
        os.environ["PYOPENGL_PLATFORM"] = "osmesa"
    _start_glfw(offscreen)
    glumpy = import_glumpy()
    with no_arguments(), _quiet() as said:
        if glumpy.app.use("glfw") is None:  # it would fall back to another backend, or to none
            raise SpecError(f"no window: the package glfw is not available; {HINT}")
        try:
            window = glumpy.app.Window(
                width=width, height=height, title=title, visible=visible, color=(1, 1, 1, 1)
            )
        except SystemExit:
            reason = "; ".join(str(w.message) for w in said) or "unknown reason"
            raise SpecError(f"no window: OpenGL does not start ({reason}); {HINT}") from None
    gl = glumpy.gl
    gl.glEnable(gl.GL_BLEND)
    gl.glBlendFunc(gl.GL_SRC_ALPHA, gl.GL_ONE_MINUS_SRC_ALPHA)
    gl.glPixelStorei(gl.GL_PACK_ALIGNMENT, 1)
    gl.glPixelStorei(gl.GL_UNPACK_ALIGNMENT, 1)
    return window


def read_pixels(width: int, height: int) -> np.ndarray:
    """What was drawn, as (height, width, 3) uint8."""
    gl = import_glumpy().gl
    data = gl.glReadPixels(0, 0, width, height, gl.GL_RGB, gl.GL_UNSIGNED_BYTE)
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)[::-1].copy()


@contextmanager
def no_arguments() -> Iterator[None]:
    """Hide the command line: glumpy would read its own flags from it."""
    arguments = sys.argv
    sys.argv = arguments[:1]
    try:
        yield
    finally:
        sys.argv = arguments


def _start_glfw(offscreen: bool) -> None:
    try:
        import glfw
    except ImportError as error:
        raise SpecError(f"no window: {error}; {HINT}") from error
    with _quiet() as said:
        if offscreen:
            glfw.init_hint(glfw.PLATFORM, glfw.PLATFORM_NULL)
        if not glfw.init():
            reason = "; ".join(str(w.message) for w in said) or "unknown reason"
            raise SpecError(f"no window: glfw does not start ({reason}); {HINT}")
        if offscreen:
            glfw.window_hint(glfw.CONTEXT_CREATION_API, glfw.OSMESA_CONTEXT_API)


@contextmanager
def _quiet() -> Iterator[list[warnings.WarningMessage]]:
    """Collect glfw's complaints, which it gives as warnings."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        yield said
