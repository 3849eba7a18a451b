"""An OpenGL context by glumpy's glfw backend: a window on a screen, or memory without one."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from human_pose_util.extras import install_command
from human_pose_util.vis.display_error import DisplayError
from human_pose_util.vis.gl.compat import import_glumpy


def open_window(width: int, height: int, title: str, visible: bool = True) -> Any:
    """Open a glumpy window, whose context becomes current.

    A window that is not visible needs no screen: without one, the software renderer OSMesa draws
    it in memory.

    Args:
        width: width [px].
        height: height [px].
        title: title of the window.
        visible: whether the window appears on the screen.

    Returns:
        A glumpy window.

    Raises:
        DisplayError: there is no screen, no OpenGL, or no glumpy.
    """
    has_server = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    offscreen = not (has_server or sys.platform in ("darwin", "win32"))
    if offscreen and visible:
        raise DisplayError("no window: there is no screen (DISPLAY is not set)")
    if offscreen and "OpenGL" not in sys.modules:
        os.environ["PYOPENGL_PLATFORM"] = "osmesa"  # PyOpenGL reads it when it is imported
    _start_glfw(offscreen)
    glumpy = import_glumpy()
    with no_arguments(), warnings.catch_warnings(record=True, action="always") as records:
        if glumpy.app.use("glfw") is None:  # glumpy would take another backend, or none
            raise DisplayError("no window: the package glfw is not available")
        try:
            window = glumpy.app.Window(
                width=width, height=height, title=title, visible=visible, color=(1, 1, 1, 1)
            )
        except SystemExit:  # glumpy's reaction to a failure of glfw
            raise DisplayError(f"no window: OpenGL does not start ({_text(records)})") from None
    gl = glumpy.gl
    gl.glEnable(gl.GL_BLEND)
    gl.glBlendFunc(gl.GL_SRC_ALPHA, gl.GL_ONE_MINUS_SRC_ALPHA)
    # Rows of images follow each other without padding to a multiple of 4 bytes.
    gl.glPixelStorei(gl.GL_PACK_ALIGNMENT, 1)
    gl.glPixelStorei(gl.GL_UNPACK_ALIGNMENT, 1)
    return window


def read_pixels(width: int, height: int) -> np.ndarray:
    """Read what is drawn in the current context.

    Args:
        width: width of the window [px].
        height: height of the window [px].

    Returns:
        [height, width, 3] uint8 RGB image.
    """
    gl = import_glumpy().gl
    data = gl.glReadPixels(0, 0, width, height, gl.GL_RGB, gl.GL_UNSIGNED_BYTE)
    rows_from_below = np.frombuffer(data, np.uint8).reshape(height, width, 3)
    return rows_from_below[::-1].copy()


@contextmanager
def no_arguments() -> Iterator[None]:
    """A context without command-line arguments, from which glumpy would read its own flags."""
    arguments = sys.argv
    sys.argv = arguments[:1]
    try:
        yield
    finally:
        sys.argv = arguments


def _start_glfw(offscreen: bool) -> None:
    """Initialise glfw, for OSMesa if there is no screen."""
    try:
        import glfw
    except ImportError as error:
        raise DisplayError(f"no window: {error}: {install_command('gl')}") from error
    # glfw reports its errors as warnings.
    with warnings.catch_warnings(record=True, action="always") as records:
        if offscreen:
            glfw.init_hint(glfw.PLATFORM, glfw.PLATFORM_NULL)
        if not glfw.init():
            raise DisplayError(f"no window: glfw does not start ({_text(records)})")
        if offscreen:
            glfw.window_hint(glfw.CONTEXT_CREATION_API, glfw.OSMESA_CONTEXT_API)


def _text(records: list[warnings.WarningMessage]) -> str:
    """The texts of warnings in one line."""
    return "; ".join(str(record.message) for record in records) or "unknown reason"
