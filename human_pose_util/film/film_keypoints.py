"""The keypoints of a film: detected once, then read from a file beside it.

If the folder of the film cannot be written, the file is in the current folder. It is JSON with the
keys `format` ("mediapipe"), `version` of this layout, `detector`, `film` (its name), `film_bytes`
and `film_sha256` (of its first and last MiB), `turn` (degrees clockwise, as the user wants), `fps`,
`size` [width, height] and `landmarks`: for each frame null, or [x, y, visibility] of MediaPipe's 33
landmarks in pixels.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from human_pose_util import files
from human_pose_util.errors import DataError
from human_pose_util.files.reading import parse_json, read_file
from human_pose_util.film.detector import detect, detector_python
from human_pose_util.film.film_file import FilmFile, film_identity
from human_pose_util.progress import progress_bar

FORMAT = "mediapipe"
VERSION = 1
ENDING = ".keypoints.json"


@dataclass(frozen=True)
class FilmKeypoints:
    """Where the keypoints of a film are.

    Attributes:
        path: the JSON file, see the head of this module.
        notes: what the user should know.
    """

    path: Path
    notes: tuple[str, ...] = ()


def film_keypoints(film: FilmFile) -> FilmKeypoints:
    """The keypoints of the person in a film: of an earlier run, or else of the detector.

    Args:
        film: the film.

    Raises:
        DataError: there is no detector, it fails, it sees nobody, ffmpeg cannot read the film, or
            the file of keypoints cannot be written or would replace one of someone else.
    """
    beside = film.path.absolute().with_name(film.path.name + ENDING)
    here = Path.cwd() / beside.name
    identity = _identity(film)
    for path in (beside, here):
        content = _content(path)
        if _is_complete(content) and {name: content.get(name) for name in identity} == identity:
            _check_seen(content["landmarks"], film)
            return FilmKeypoints(path, (f"keypoints as detected before, from {path}",))
    path = beside if os.access(beside.parent, os.W_OK) else here
    if path.exists() and not _is_ours(_content(path)):
        raise DataError(f"{path} is in the way: it holds no keypoints of this command, so move it")
    python = detector_python()
    with progress_bar("detecting", film.n_frames, unit="frame") as bar:
        detector, landmarks = detect(film, python, bar.update)
    facts = {"film": film.path.name, "fps": round(float(film.fps), 6), "size": list(film.size)}
    content = {**identity, "detector": detector, **facts, "landmarks": landmarks}
    with files.atomic(path) as temporary:
        temporary.write_text(json.dumps(content))
    _check_seen(landmarks, film)
    notes = [f"keypoints for the next run are in {path}"]
    if film.n_frames and len(landmarks) < 0.9 * film.n_frames - 2:
        shares = f"{len(landmarks)} of {film.n_frames} frames"
        notes.append(f"{film.path} breaks off: ffmpeg reads {shares}")
    return FilmKeypoints(path, tuple(notes))


def _check_seen(landmarks: list[Any], film: FilmFile) -> None:
    """Raise DataError where nobody is seen."""
    if not any(landmarks):
        raise DataError(f"{film.path}: the detector sees nobody in any of {len(landmarks)} frames")


def _identity(film: FilmFile) -> dict[str, Any]:
    """What tells the keypoints of a film, in this version of the layout, from any other ones."""
    return {"format": FORMAT, "version": VERSION, **film_identity(film.path), "turn": film.rotation}


def _content(path: Path) -> Any:
    """The value in a JSON file; None if there is no file, or no JSON in it."""
    try:
        return parse_json(read_file(path), path, DataError)
    except (DataError, UnicodeDecodeError):
        return None


def _is_ours(content: Any) -> bool:
    """Whether a value is that of a file of keypoints of any version."""
    return isinstance(content, dict) and "film_sha256" in content


def _is_complete(content: Any) -> bool:
    """Whether a value is that of a file of keypoints, and the keypoints are in it."""
    return _is_ours(content) and isinstance(content.get("landmarks"), list)
