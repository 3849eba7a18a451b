"""Films and pictures on disk: the format is that of the suffix, and a file is written whole."""

import itertools
import os
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import numpy as np

from human_pose_util import files
from human_pose_util.errors import DataError
from human_pose_util.progress import are_shown
from human_pose_util.suffixes import check_suffix

FILMS = {".mp4": (1280, 720), ".gif": (960, 540)}
"""Width and height [px] of the film of a scene, for each suffix that a film can have."""
GIF_MAX_FPS = 50
"""Frame rate of a .gif beyond which viewers slow down to 10 frames/s."""


def write_film(path: str | os.PathLike, frames: Iterable[np.ndarray], fps: float) -> None:
    """Write RGB frames as a film, .mp4 (H.264) or .gif by the suffix of the file.

    Args:
        path: file to write; an existing file is replaced once the film is complete.
        frames: [height, width, 3] uint8 arrays of one shape, which are consumed one at a time.
        fps: frames per second. Above 50, a .gif keeps only every second, third, … frame, because
            viewers cannot play it faster.

    Raises:
        SpecError: the file has another suffix.
        DataError: there are no frames, or the file cannot be written.
    """
    path = check_suffix(path, FILMS)
    write = _write_mp4 if path.suffix.lower() == ".mp4" else _write_gif
    with files.atomic(path) as temporary:
        frames = iter(frames)
        if (first := next(frames, None)) is None:
            raise DataError(f"{path} would be a film without frames")
        write(temporary, itertools.chain([first], frames), fps)


def drawing_range(n: int) -> Iterable[int]:
    """The numbers 0 to n − 1 of frames to draw, with a progress bar if there is a terminal."""
    from tqdm import tqdm

    disable = None if are_shown() else True
    return tqdm(range(n), "drawing", disable=disable, unit="frame")


def _write_mp4(path: Path, frames: Iterable[np.ndarray], fps: float) -> None:
    """Write H.264 by ffmpeg."""
    import imageio_ffmpeg

    frames = iter(frames)
    first = next(frames)
    # The pixel format yuv420p halves the resolution of colours, so it needs even sizes.
    height, width = (2 * (size // 2) for size in first.shape[:2])
    settings = {"fps": fps, "quality": 8, "macro_block_size": 2, "ffmpeg_log_level": "error"}
    with closing(imageio_ffmpeg.write_frames(str(path), (width, height), **settings)) as film:
        film.send(None)
        for frame in itertools.chain([first], frames):
            film.send(np.ascontiguousarray(frame[:height, :width]))


def _write_gif(path: Path, frames: Iterable[np.ndarray], fps: float) -> None:
    """Write an animated GIF by Pillow."""
    from PIL import Image

    step = int(np.ceil(fps / GIF_MAX_FPS))
    images: list[Image.Image] = []
    for frame in itertools.islice(frames, 0, None, step):
        # All frames have the palette of the first one, so that no colour flickers.
        palette = images[0] if images else None
        image = Image.fromarray(frame)
        images.append(image.quantize(128, palette=palette, dither=Image.Dither.NONE))
    # Durations are whole hundredths of a second. The times are rounded, and not the durations,
    # so that rounding errors do not add up to another frame rate.
    times = np.round(np.arange(len(images) + 1) * step / fps * 100).astype(int) * 10
    duration = np.diff(times).tolist()
    images[0].save(
        path, save_all=True, append_images=images[1:], duration=duration, loop=0, disposal=1
    )
