"""The two primitives that OpenGL draws: segments with round caps, and a picture over them."""

from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from human_pose_util.vis import style
from human_pose_util.vis.gl.strokes import Strokes

_FAR = 10.0  # a position in clip space that is out of sight, where −1 to 1 is visible

_VERTEX = """
attribute vec2 position;
attribute vec2 texcoord;
varying vec2 v_texcoord;
void main() { gl_Position = vec4(position, 0.0, 1.0); v_texcoord = texcoord; }
"""
_FRAGMENT = """
uniform sampler2D image;
varying vec2 v_texcoord;
void main() {
    vec4 color = texture2D(image, v_texcoord);
    gl_FragColor = vec4(color.rgb / max(color.a, 0.001), color.a);
}
"""


class Segments:
    """Antialiased segments with round caps, drawn in order by glumpy's "agg" collection.

    The segments are given as they are on the screen, sorted by depth, because the collection has
    no test of the depth: it uses the z of a point as depth, and drops points beyond 1.

    Args:
        n: largest number of segments.
        window: the glumpy window to draw in.
    """

    def __init__(self, n: int, window: Any):
        from glumpy.graphics.collections import SegmentCollection
        from glumpy.transforms import Position, Viewport

        self._n, self._window = n, window
        self._size: tuple[int, int] | None = None
        self._viewport = Viewport()
        self._collection = SegmentCollection(
            "agg", linewidth="local", color="local", transform=Position(), viewport=self._viewport
        )
        # The collection allocates its buffers once: unused segments wait out of sight.
        self._collection.append(np.full((n, 3), _FAR), np.full((n, 3), _FAR))

    def draw(self, strokes: Strokes) -> None:
        """Draw segments, the first one at the bottom.

        Args:
            strokes: [m] the segments. A segment with a NaN is not drawn, and a segment of no
                length is a dot.
        """
        size = self._window.width, self._window.height
        if size != self._size:  # only after a change, because glumpy compiles its shaders again
            self._viewport["global"] = self._viewport["local"] = 0, 0, *size
            self._size = size
        ends = np.full((2, self._n, 3), _FAR, np.float32)
        m = len(strokes)
        # From pixels with y down to clip space, where x and y go from −1 to 1 with y up.
        ends[:, :m, :2] = (np.stack([strokes["p0"], strokes["p1"]]) / size * 2 - 1) * [1, -1]
        ends[:, :m, 2] = 0
        # The shader divides by the length of a segment, which must not be 0 for a dot.
        ends[1, :m, 0] += 1e-5
        ends[:, :m][:, ~np.isfinite(ends[:, :m]).all(axis=(0, 2))] = _FAR
        segments = self._collection
        # Each segment is a rectangle: its four vertices have the data of the segment.
        segments["P0"], segments["P1"] = ends.repeat(4, axis=1)
        segments["color"][: 4 * m] = np.repeat(strokes["color"], 4, axis=0)
        segments["linewidth"][: 4 * m] = np.repeat(strokes["width"], 4)
        segments.draw()


class Overlay:
    """A transparent picture over the whole window: a rectangle with a texture.

    Pillow mixes the edges of letters with the transparent black around them, so the colours of the
    picture are multiplied by their alpha, and the shader divides by it.
    """

    def __init__(self):
        self._program: Any = None
        self._shape: tuple[int, ...] | None = None

    def draw(self, image: np.ndarray) -> None:
        """Draw an RGBA image [window height, window width, 4] uint8."""
        from glumpy import gl, gloo

        if image.shape != self._shape:  # the texture of a program keeps its first size
            self._program = gloo.Program(_VERTEX, _FRAGMENT, count=4)
            # The corners of clip space in the order of a triangle strip. The rows of an image
            # start at the top, so texture coordinate 0 is at the top, too.
            self._program["position"] = [(-1, 1), (-1, -1), (1, 1), (1, -1)]
            self._program["texcoord"] = [(0, 0), (0, 1), (1, 0), (1, 1)]
            self._shape = image.shape
        self._program["image"] = image
        self._program.draw(gl.GL_TRIANGLE_STRIP)


def write_text(
    image: Image.Image,
    place: tuple[float, float],
    line: str,
    size: int,
    color: str = style.TEXT,
    bold: bool = False,
    anchor: str = "la",
) -> float:
    """Write one line of text into a picture for `Overlay`; what reaches beyond it is cut off.

    Args:
        image: RGBA picture.
        place: where the anchor of the text is [px], y down.
        line: the text.
        size: size of the font [px].
        color: '#rrggbb'.
        bold: whether to thicken the letters.
        anchor: what of the text is there: "la" its top left, "ra" its top right.

    Returns:
        x of the left end of the text [px].
    """
    draw = ImageDraw.Draw(image)
    look: Any = {"font": _font(size), "stroke_width": 0.5 if bold else 0, "anchor": anchor}
    draw.text(place, line, color, **look)
    return draw.textbbox(place, line, **look)[0]


_font = cache(ImageFont.load_default)
