"""Films that tests write by ffmpeg, and detectors that answer as a test wants."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
N_LANDMARKS = 33
COCO_LANDMARKS = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""MediaPipe's landmarks that are COCO's 17 keypoints."""
WALK_FPS, WALK_SIZE = 25, (480, 270)
"""Rate and (width, height) [px] of the film of the example: a quarter of the example's size."""
SIZE = (64, 48)
"""(width, height) of the films of a square [px]."""

# What the detector of the tests does with the frames, as `detector/mediapipe_film.py` describes.
BRIGHTEST = """
import json, sys
import numpy as np
width, height = map(int, sys.argv[1:])
print(json.dumps({"detector": "brightest 1.0"}), flush=True)
while pixels := sys.stdin.buffer.read(3 * width * height):
    image = np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
    v, u = np.nonzero(image.mean(axis=2) > 128)
    middle = [u.mean() + 0.5, v.mean() + 0.5, 0.9] if len(u) else None
    print(json.dumps(middle and [middle] * 33), flush=True)
"""
"""A detector that puts all landmarks into the middle of what is bright."""


PROMPTER = """
import json, pathlib, sys
width, height = map(int, sys.argv[1:])
print(json.dumps({"detector": "prompter 1.0"}), flush=True)
for line in pathlib.Path(__file__).with_name("answers").read_text().splitlines():
    if sys.stdin.buffer.read(3 * width * height):
        print(line, flush=True)
"""
"""A detector that answers each frame with a line of the file `answers`."""


def ffmpeg(*arguments) -> None:
    """Run ffmpeg, which overwrites its output."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def write_film(path: Path, frames: Iterable[np.ndarray], fps: float, *options) -> Path:
    """Write RGB frames [height, width, 3] with options of ffmpeg's output."""
    frames = np.stack(list(frames))
    height, width = frames.shape[1:3]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", fps, "-i", "-"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *raw, *options, path]
    subprocess.run(list(map(str, command)), check=True, input=frames.tobytes())
    return path


def square_places(n: int) -> np.ndarray:
    """[n, 2] middles u, v [px] of the square in each frame of `square_film`."""
    return np.stack([12 + 2 * np.arange(n), np.full(n, 14)], axis=1).astype(float)


def square_film(path: Path, n: int = 8, fps: float = 25, *options) -> Path:
    """Write a film of `SIZE` in which a white square of 8 px moves to the right on black."""
    frames = np.zeros((n, SIZE[1], SIZE[0], 3), np.uint8)
    for frame, (u, v) in zip(frames, square_places(n).astype(int), strict=True):
        frame[v - 4 : v + 4, u - 4 : u + 4] = 255
    return write_film(path, frames, fps, *options)


def zoomed(image: Image.Image, n: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Frames in which a picture moves to the right and grows.

    Args:
        image: the picture.
        n: number of frames.
        size: (width, height) of the frames [px].

    Returns:
        [n, height, width, 3] frames; and [n, 3] scale s and shift a, b [px]: the point (x, y) of
        the picture is at (s·x + a, s·y + b) in the frame.
    """
    share = np.linspace(0, 1, n)
    scale = size[1] / image.height * (0.8 + 0.2 * share)
    shift = (size[0] - scale * image.width) * (0.3 + 0.4 * share)
    maps = np.stack([scale, shift, size[1] - scale * image.height], axis=1)
    frames = [
        image.transform(size, Image.Transform.AFFINE, (1 / s, 0, -a / s, 0, 1 / s, -b / s), 2)
        for s, a, b in maps.tolist()
    ]
    return np.stack([np.asarray(frame) for frame in frames]), maps


def fake_environment(folder: Path, program: str = BRIGHTEST) -> Path:
    """An environment whose Python runs a program of the test instead of MediaPipe."""
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "program.py").write_text(program)
    python = folder / "bin" / "python"
    # Its arguments are -I, the script, and the width and the height of the frames.
    python.write_text(f'#!/bin/sh\nshift 2\nexec {sys.executable} "{folder}/program.py" "$@"\n')
    python.chmod(0o755)
    return folder


def walker_film(path: Path, n: int) -> Path:
    """Write a grey film, and a detector that sees the walker of the example in it.

    Args:
        path: the film.
        n: number of frames.

    Returns:
        The environment of the detector, a folder beside the film.
    """
    source = f"color=gray:size={WALK_SIZE[0]}x{WALK_SIZE[1]}:rate={WALK_FPS}"
    ffmpeg("-f", "lavfi", "-i", source, "-frames:v", n, path)
    walk = json.loads((ROOT / "examples" / "walk.json").read_text())[:n]
    answers = np.zeros((n, N_LANDMARKS, 3))
    keypoints = np.reshape([person["keypoints"] for person in walk], (n, 17, 3))
    answers[:, COCO_LANDMARKS] = keypoints * [0.25, 0.25, 1]
    environment = fake_environment(path.with_name("detector_of_walks"), PROMPTER)
    (environment / "answers").write_text("\n".join(json.dumps(each.tolist()) for each in answers))
    return environment
