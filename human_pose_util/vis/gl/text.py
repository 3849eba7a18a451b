"""Lines of text as pictures, in the font that comes with Pillow."""

from functools import lru_cache

import numpy as np

from human_pose_util.vis import style


@lru_cache(maxsize=64)
def text(line: str, size: int, color: str = style.TEXT, bold: bool = False) -> np.ndarray:
    """`line` as (height, width, 4) uint8 on a transparent ground, `size` px high."""
    from PIL import Image, ImageDraw, ImageFont

    font, stroke = ImageFont.load_default(size), 0.5 if bold else 0
    left, _, right, _ = font.getbbox(line or " ", stroke_width=stroke)
    shape = max(int(right - left) + 4, 1), int(1.5 * size)
    image = Image.new("RGBA", shape, color + "00")
    ImageDraw.Draw(image).text((1 - left, 0), line, fill=color, font=font, stroke_width=stroke)
    return np.array(image)
