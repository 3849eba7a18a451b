"""The frames of a film in the page of a scene: small JPEG pictures behind the 2D poses."""

import base64
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
from PIL import Image

from human_pose_util.vis.scene import Scene

WIDTH = 440
"""Width of the pictures [px], unless the film has less."""
QUALITY = 50
MAX_BYTES = 10_000_000
"""Size of all pictures; those of a longer film are shown for several frames each."""


def film_pictures(scene: Scene) -> dict[str, Any] | None:
    """The part of a film that its pictures show, cut out and packed for JSON.

    Args:
        scene: the scene.

    Returns:
        `box` [u0, v0, u1, v1] of the pictures in the film [px]; `step`, the number of frames that
        share a picture; and `jpegs` in base64, one for every `step` frames. None without a film.

    Raises:
        DataError: ffmpeg cannot read the film.
    """
    if scene.film is None or scene.image_bounds is None:
        return None
    box = scene.image_bounds.T.ravel()
    pictures = _jpegs(scene.pictures(WIDTH), box / scene.film.size[0])
    first = next(pictures)
    step = max(1, int(np.ceil(len(first) * scene.n_frames / MAX_BYTES)))
    jpegs = [first, *islice(pictures, step - 1, None, step)]
    return {
        "box": box.tolist(),
        "step": step,
        "jpegs": [base64.b64encode(jpeg).decode() for jpeg in jpegs],
    }


def _jpegs(pictures: Iterable[np.ndarray], box: np.ndarray) -> Iterator[bytes]:
    """A part of each picture as a JPEG file.

    Args:
        pictures: [height, width, 3] uint8 RGB images.
        box: [4] u0, v0, u1, v1 of the part, in widths of the pictures.
    """
    for picture in pictures:
        left, top, right, bottom = np.round(box * picture.shape[1]).astype(int).tolist()
        image = Image.fromarray(picture[top:bottom, left:right])
        file = io.BytesIO()
        image.save(file, "JPEG", quality=QUALITY)
        yield file.getvalue()
