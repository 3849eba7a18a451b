"""What OpenGL draws: segments with round caps, and a picture over all (text)."""

import numpy as np

from human_pose_util.vis.gl.compat import import_glumpy

_FAR = 10.0  # in clip space: out of sight

_VERTEX = """
attribute vec2 position;
attribute vec2 texcoord;
varying vec2 v_texcoord;
void main() { gl_Position = vec4(position, 0.0, 1.0); v_texcoord = texcoord; }
"""
_FRAGMENT = """
uniform sampler2D image;
varying vec2 v_texcoord;
void main() { gl_FragColor = texture2D(image, v_texcoord); }
"""


class Segments:
    """Up to `n` antialiased segments with round caps, drawn in order: glumpy's agg collection.

    The points go in projected and sorted by depth: the collection has no depth of its own, it
    takes the object's z for the depth and drops what lies beyond 1.

    Args:
        n: how many there is room for.
        window: the glumpy window to draw in.
    """

    def __init__(self, n: int, window):
        from glumpy.graphics.collections import SegmentCollection
        from glumpy.transforms import Position, Viewport

        self._n, self._window, self._size = n, window, None
        self._viewport = Viewport()
        self._collection = SegmentCollection(
            "agg",
            linewidth="local",
            color="local",
            transform=Position(),
            viewport=self._viewport,
        )
        self._collection.append(np.full((n, 3), _FAR), np.full((n, 3), _FAR))

    def draw(self, p0, p1, color, width) -> None:
        """Draw segments.

        Args:
            p0: (m, 2) start, px, y down; a segment with a NaN is left out.
            p1: (m, 2) end; a segment of no length is a dot.
            color: (m, 4) RGBA.
            width: (m,) px.
        """
        size = self._window.width, self._window.height
        if size != self._size:  # setting it is slow: glumpy parses its shaders again
            self._viewport["global"] = self._viewport["local"] = 0, 0, *size
            self._size = size
        ends = np.full((2, self._n, 3), _FAR, np.float32)
        m = len(p0)
        ends[:, :m, :2] = (np.stack([p0, p1]) / size * 2 - 1) * [1, -1]
        ends[:, :m, 2] = 0
        ends[1, :m, 0] += 1e-5  # the shader normalises the direction
        ends[:, :m][:, ~np.isfinite(ends[:, :m]).all(axis=(0, 2))] = _FAR
        segments = self._collection
        segments["P0"], segments["P1"] = ends.repeat(4, axis=1)
        segments["color"][: 4 * m] = np.repeat(color, 4, axis=0)
        segments["linewidth"][: 4 * m] = np.repeat(width, 4)
        segments.draw()


class Overlay:
    """A transparent picture over the whole window."""

    def __init__(self, window):
        self._window, self._program, self._shape = window, None, None

    def draw(self, image: np.ndarray) -> None:
        """Draw `image`, (window height, window width, 4) uint8."""
        from glumpy import gloo

        gl = import_glumpy().gl
        if image.shape != self._shape:  # a program's texture keeps its first size
            self._program = gloo.Program(_VERTEX, _FRAGMENT, count=4)
            self._program["position"] = [(-1, 1), (-1, -1), (1, 1), (1, -1)]
            self._program["texcoord"] = [(0, 0), (0, 1), (1, 0), (1, 1)]
            self._shape = image.shape
        self._program["image"] = image
        self._program.draw(gl.GL_TRIANGLE_STRIP)
