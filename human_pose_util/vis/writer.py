"""Pictures and films on disk: chosen by suffix, written whole or not at all."""

import itertools
import pathlib
from collections.abc import Callable, Iterable

import numpy as np

from human_pose_util import files
from human_pose_util.errors import SpecError

FILMS = (".mp4", ".gif")
GIF_MAX_FPS = 50  # viewers slow faster files down to 10 frames/s


def check_suffix(path, allowed: Iterable[str]) -> pathlib.Path:
    """`path` as a Path with one of the suffixes `allowed` (case does not matter).

    Raises:
        SpecError: another suffix.
    """
    path = pathlib.Path(path)
    if path.suffix.lower() not in allowed:
        raise SpecError(f"cannot save {str(path)!r}: the file name must end in {listing(allowed)}")
    return path


def listing(names: Iterable[str]) -> str:
    """'.mp4, .gif or .png'."""
    *head, last = names
    return f"{', '.join(head)} or {last}" if head else last


def write_film(path, frames: Iterable[np.ndarray], fps: float) -> None:
    """Write RGB frames as a film, .mp4 (H.264) or .gif by the suffix of `path`.

    Args:
        path: file to write; an existing one is replaced once the new one is complete.
        frames: (height, width, 3) uint8 arrays, all of one shape; consumed one at a time.
        fps: frames per second. A .gif above 50 keeps every second, third, … frame: its viewers
            cannot go faster.

    Raises:
        SpecError: another suffix.
        DataError: the file cannot be written.
    """
    path = check_suffix(path, FILMS)
    write: Callable = _write_mp4 if path.suffix.lower() == ".mp4" else _write_gif
    with files.atomic(path) as temporary:
        write(temporary, frames, fps)


def write_image(path, image: np.ndarray) -> None:
    """Write one (height, width, 3) uint8 picture as .png."""
    from PIL import Image

    path = check_suffix(path, (".png",))
    with files.atomic(path) as temporary:
        Image.fromarray(image).save(temporary)


def _write_mp4(path: pathlib.Path, frames: Iterable[np.ndarray], fps: float) -> None:
    import imageio_ffmpeg

    film = None
    try:
        for frame in frames:
            height, width = (2 * (size // 2) for size in frame.shape[:2])  # yuv420p wants even
            if film is None:
                film = imageio_ffmpeg.write_frames(
                    str(path), (width, height), fps=fps, quality=8, macro_block_size=2
                )
                film.send(None)
            film.send(np.ascontiguousarray(frame[:height, :width]))
    finally:
        if film is not None:
            film.close()


def _write_gif(path: pathlib.Path, frames: Iterable[np.ndarray], fps: float) -> None:
    from PIL import Image

    step = int(np.ceil(fps / GIF_MAX_FPS))
    images: list[Image.Image] = []
    for frame in itertools.islice(frames, 0, None, step):
        # One palette for all frames: colours do not flicker.
        palette = {"palette": images[0], "dither": Image.Dither.NONE} if images else {}
        images.append(Image.fromarray(frame).quantize(128, **palette))
    # Durations are whole hundredths of a second; rounding the times, not the steps, keeps the rate.
    times = np.round(np.arange(len(images) + 1) * step / fps * 100).astype(int) * 10
    images[0].save(
        path,
        save_all=True,
        append_images=images[1:],
        duration=np.diff(times).tolist(),
        loop=0,
        disposal=1,
    )
