"""The detector of keypoints: a process with a Python of its own, which reads frames of a film.

`detector/mediapipe_film.py` is the process, and describes what the two say to each other.
"""

import json
import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from human_pose_util.errors import DataError
from human_pose_util.film.film_file import FilmFile

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "detector" / "mediapipe_film.py"
ENVIRONMENT = "DETECTOR_PATH"
"""The variable that holds the folder of the detector's environment, if it is another one."""

Landmarks = list[list[float]]
"""[33] lists of x, y [px] and visibility of MediaPipe's landmarks."""


def environment() -> Path:
    """The folder of the detector's environment: `.detector` in the project, or DETECTOR_PATH.

    A relative DETECTOR_PATH is relative to the project, as it is for `make detector`.
    """
    return ROOT / (os.environ.get(ENVIRONMENT) or ".detector")


def detector_python() -> Path:
    """The Python of the detector's environment.

    Raises:
        DataError: there is no such environment.
    """
    folder = environment()
    for path in (folder / "bin" / "python", folder / "Scripts" / "python.exe"):
        if path.is_file():
            return path
    command = f"make -C {shlex.quote(str(ROOT))} detector"
    raise DataError(
        f"no detector in {folder}: {command} installs it, or give this command a file of keypoints "
        "of another detector"
    )


def detect(
    film: FilmFile, python: Path, advance: Callable[[], Any] = lambda: None
) -> tuple[str, list[Landmarks | None]]:
    """Find the keypoints of a person in a film.

    Args:
        film: the film.
        python: the Python of the detector's environment.
        advance: a function that is called after every frame.

    Returns:
        The detector's name and version, and what it finds in each frame: None where it sees nobody.

    Raises:
        DataError: the detector fails, or ffmpeg cannot read the film.
    """
    command = [str(python), "-I", str(SCRIPT), *map(str, film.size)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, **pipes, stderr=log) as process,
        ThreadPoolExecutor(1, "film") as thread,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        sent = thread.submit(_send, film, process.stdin)
        try:
            answers = []
            for line in process.stdout:
                answers.append(_value(line))
                if len(answers) > 1:
                    advance()
            if process.wait():
                status = process.returncode
                raise DataError(f"the detector ended with status {status}: {_last_line(log)}")
            if len(answers) != 1 + sent.result():
                raise DataError(
                    f"the detector gave {len(answers)} answers, not {sent.result() + 1}"
                )
        finally:
            process.kill()  # then nobody reads, and the thread ends
    return answers[0]["detector"], answers[1:]


def _send(film: FilmFile, stdin: IO[bytes]) -> int:
    """Give the frames of a film to the detector, and say how many it took."""
    n_frames = 0
    # A detector that ends early says why by its exit status.
    with suppress(BrokenPipeError), stdin, closing(film.frames()) as frames:
        for frame in frames:
            stdin.write(frame.data)
            n_frames += 1
    return n_frames


def _value(line: bytes) -> Any:
    """The value in a line of the detector."""
    try:
        return json.loads(line)
    except ValueError:
        raise DataError(f"the detector says {line[:80]!r}, expected JSON") from None


def _last_line(log: IO[bytes]) -> str:
    """The last line of what the detector logs."""
    log.seek(0)
    lines = log.read().decode(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it does not say why")[:200]
