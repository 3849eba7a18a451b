"""A film on disk: its size, its frame rate and its frames, as ffmpeg decodes them."""

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files.reading import check_file

SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".gif")
"""Suffixes of films; a film with another one is recognised by its first bytes."""

_FIRST_BYTES = re.compile(
    rb"....ftyp"  # MP4 and QuickTime
    rb"|RIFF....AVI "
    rb"|\x1a\x45\xdf\xa3"  # Matroska and WebM
    rb"|GIF8[79]a",
    re.DOTALL,
)
_SAMPLE = 1 << 20  # bytes
# What ffmpeg says of a film, such as
#   Duration: 00:00:03.00, start: 0.000000, bitrate: 440 kb/s
#   Stream #0:0(und): Video: h264 (avc1 / 0x31637661), yuv420p, 640x480, 437 kb/s, 29.97 fps, 30 tbr
# and of its output: Stream #0:0(und): Video: wrapped_avframe, rgb24, 480x640 [SAR 1:1], 29.97 fps
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d\.\d+)")
_RATE = re.compile(r"Stream .* Video: .* (\d+(?:\.\d+)?) fps")
_SIZE = re.compile(r"Output .*Stream [^\n]* Video: [^\n]* (\d+)x(\d+)[ ,]", re.DOTALL)
_FRAME_COUNT = re.compile(r"frame= *(\d+) [^\r\n]*time=(\d+):(\d\d):(\d\d\.\d+)")


@dataclass(frozen=True)
class FilmFile:
    """A film that ffmpeg can read, as a viewer shows it: upright, with square pixels.

    Attributes:
        path: the file.
        size: (width, height) of the frames [px].
        fps: frames per second; the mean rate where frames have different durations.
        duration: seconds; 0 where the file does not say it.
        rotation: degrees by which the frames are turned clockwise from what a viewer shows: 0, 90,
            180 or 270. `size` is that of the turned frames.
    """

    path: Path
    size: tuple[int, int]
    fps: Fraction
    duration: float
    rotation: int = 0

    @property
    def n_frames(self) -> int | None:
        """Number of frames, give or take a few; None where the file does not say it."""
        return round(self.duration * self.fps) or None

    def frames(self, width: int | None = None) -> Generator[np.ndarray, None, None]:
        """The frames at the times 0, 1/fps, 2/fps, …: a film of a constant rate has just these.

        Args:
            width: width to which ffmpeg scales the frames [px]; by default that of the film.

        Yields:
            [height, width, 3] uint8 RGB image.

        Raises:
            DataError: ffmpeg fails, or reads no frame.
        """
        columns, rows = self.size
        if width is not None:
            columns, rows = width, max(1, round(rows * width / columns))
        filters = f"fps={self.fps},{_upright(self.rotation)},scale={columns}:{rows}"
        output = ["-vf", filters, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        n_bytes, n_frames = 3 * columns * rows, 0
        with tempfile.TemporaryFile() as log, _decoder(self.path, output, log) as decoder:
            assert decoder.stdout is not None
            try:
                while len(pixels := decoder.stdout.read(n_bytes)) == n_bytes:
                    yield np.frombuffer(pixels, np.uint8).reshape(rows, columns, 3)
                    n_frames += 1
            finally:
                decoder.kill()
            if not n_frames:
                log.seek(0)
                raise _error(self.path, log.read().decode(errors="replace"))


def is_film(path: Path) -> bool:
    """Whether a path leads to a film, by the suffix of its name or the first bytes of the file."""
    if path.suffix.lower() in SUFFIXES and not path.is_dir():
        return True
    try:
        check_file(path)
        with path.open("rb") as file:
            return _FIRST_BYTES.match(file.read(12)) is not None
    except (DataError, OSError):
        return False


def film_identity(path: Path) -> dict[str, Any]:
    """What tells a film from another one under its name: its size, and a digest of both ends.

    Args:
        path: the film, of any length.

    Returns:
        `film_bytes`, and `film_sha256` of the first and the last MiB.

    Raises:
        OSError: the file cannot be read.
    """
    n_bytes = os.path.getsize(path)
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(_SAMPLE))
        file.seek(max(0, n_bytes - _SAMPLE))
        digest.update(file.read())
    return {"film_bytes": n_bytes, "film_sha256": digest.hexdigest()}


def open_film(path: Path, rotation: int = 0) -> FilmFile:
    """A film with its size and frame rate.

    Args:
        path: the file.
        rotation: degrees by which to turn the frames clockwise, if the film lies on its side.

    Raises:
        DataError: there is no such file, or ffmpeg cannot read it.
    """
    check_file(path)
    said = _what_ffmpeg_says(path, ["-vf", _upright(rotation), "-frames:v", "1"])
    size, rate, duration = _SIZE.search(said), _RATE.search(said), _DURATION.search(said)
    if size is None:
        raise _error(path, said)
    seconds = _seconds(*duration.groups()) if duration else 0.0
    if rate and float(rate[1]):
        fps = _exact_rate(float(rate[1]))
    else:
        fps, seconds = _counted_rate(path)
    return FilmFile(path, (int(size[1]), int(size[2])), fps, seconds, rotation)


def _upright(rotation: int) -> str:
    """The filters that give frames square pixels and turn them clockwise."""
    turns = ["transpose=clock"] * (rotation // 90)
    return ",".join(["scale=w=round(iw*sar):h=ih", "setsar=1", *turns])


def _command(path: Path, output: list[str]) -> list[str]:
    """The command that decodes the moving picture of a film, and not its sound or its cover."""
    import imageio_ffmpeg

    # Without "file:", ffmpeg would read a name such as "concat:a" as a protocol.
    source = ["-i", f"file:{path.absolute()}", "-map", "0:V:0"]
    return [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", *source, *output]


def _decoder(path: Path, output: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """A process of ffmpeg that writes frames to its stdout; Ctrl-C is for the command alone."""
    command = _command(path, output)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, start_new_session=True)


def _what_ffmpeg_says(path: Path, options: list[str]) -> str:
    """The messages of ffmpeg when it decodes a film, or a part of it, to nowhere.

    Raises:
        DataError: ffmpeg fails.
    """
    done = subprocess.run(_command(path, [*options, "-f", "null", "-"]), capture_output=True)
    said = done.stderr.decode(errors="replace")
    if done.returncode:
        raise _error(path, said)
    return said


def _counted_rate(path: Path) -> tuple[Fraction, float]:
    """Frames per second and seconds of a film whose file says neither: ffmpeg counts its frames."""
    counts = _FRAME_COUNT.findall(_what_ffmpeg_says(path, ["-fps_mode", "passthrough"]))
    n_frames, seconds = (int(counts[-1][0]), _seconds(*counts[-1][1:])) if counts else (0, 0.0)
    if not n_frames or not seconds:
        raise DataError(f"ffmpeg finds no frame rate in {path}: convert it to .mp4 first")
    return Fraction(n_frames / seconds).limit_denominator(1000), seconds


def _exact_rate(fps: float) -> Fraction:
    """The frame rate that ffmpeg rounds to two decimals: 29.97 stands for 30000/1001."""
    ntsc = Fraction(round(fps * 1.001) * 1000, 1001)
    is_ntsc = fps % 1 != 0 and abs(ntsc - Fraction(fps)) < 0.006
    return ntsc if is_ntsc else Fraction(fps).limit_denominator(1000)


def _seconds(hours: str, minutes: str, seconds: str) -> float:
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def _error(path: Path, said: str) -> DataError:
    """The error that ends what ffmpeg says, without the names of its parts."""
    if "Input #0" in said and " Video: " not in said:
        return DataError(f"{path} holds no moving picture")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reason = re.sub(r"^(\[[^]]*\] )+", "", lines[-1]) if lines else "it says nothing"
    return DataError(f"ffmpeg cannot read {path}: {reason:.200}")
