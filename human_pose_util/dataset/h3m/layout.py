"""Finds the files of a Human3.6M folder.

Either `D3_positions/S1/Directions.cdf`, or as the official archives unpack,
`S1/MyPoseFeatures/D3_Positions/Directions.cdf`; upper and lower case in folder names are one.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from human_pose_util.dataset.h3m.actions import CATEGORIES, SUBJECT_MODES, category
from human_pose_util.errors import DataError

WORLD, CAMERA, IMAGE = KINDS = ("D3_positions", "D3_positions_mono", "D2_positions")


@dataclass(frozen=True)
class SequenceFiles:
    """The files of one sequence that is complete for at least one camera.

    `world` holds positions in the world; `views` maps a camera to its two files, positions in
    the camera's frame and in the image.
    """

    subject_id: str
    sequence_id: str
    world: Path
    views: dict[str, tuple[Path, Path]]

    @property
    def key(self) -> str:
        """As in the data set's keys, without the camera."""
        return f"{self.subject_id}/{self.sequence_id}"

    @property
    def paths(self) -> list[Path]:
        """All the files."""
        return [self.world, *(path for view in self.views.values() for path in view)]


def find_root(root: str | os.PathLike | None = None) -> Path:
    """The data set's folder: `root`, or what the environment variable H3M_PATH says.

    Raises:
        DataError: not set, or no folder.
    """
    layouts = f"the Human3.6M folder (with {WORLD}/S1/*.cdf or S1/MyPoseFeatures/{WORLD}/*.cdf)"
    root = root or os.environ.get("H3M_PATH")
    if not root:
        raise DataError(f"H3M_PATH is not set: set it to {layouts}")
    root = Path(root).expanduser()
    if not os.path.isdir(root):
        raise DataError(f"H3M_PATH: there is no folder {root}; set it to {layouts}")
    return root


def find_sequences(root: Path) -> tuple[list[SequenceFiles], list[str]]:
    """All sequences that have a world file and both files of some camera.

    Returns:
        The sequences, in order of subject and name; and what is left out, in words.

    Raises:
        DataError: a folder cannot be listed, or no sequence is complete.
    """
    files = {kind: _files_of(root, kind) for kind in KINDS}
    views = {key: (path, files[IMAGE].get(key)) for key, path in files[CAMERA].items()}
    views |= {key: (None, path) for key, path in files[IMAGE].items() if key not in views}
    cameras = sorted({camera for _, _, camera in views})
    names = {key[:2] for key in [*files[WORLD], *views]}
    order = list(SUBJECT_MODES)
    sequences, missing = [], []
    for subject, name in sorted(names, key=lambda key: (order.index(key[0]), key[1])):
        world = files[WORLD].get((subject, name, ""))
        if world is None:
            missing.append(f"{subject}/{name} (no {WORLD})")
            continue
        if not _is_action(name):
            missing.append(f"{subject}/{name} (none of the actions {', '.join(CATEGORIES)})")
            continue
        complete = {}
        for camera in cameras:
            view = views.get((subject, name, camera), (None, None))
            if None in view:
                kinds = [k for k, path in zip((CAMERA, IMAGE), view, strict=True) if not path]
                missing.append(f"{subject}/{name}/{camera} (no {' and no '.join(kinds)})")
            else:
                complete[camera] = view
        if complete:
            sequences.append(SequenceFiles(subject, name, world, complete))
    if not sequences:
        found = ", ".join(f"{len(files[kind])} files of {kind}" for kind in KINDS)
        raise DataError(f"H3M_PATH: no sequence of {root} is complete; it has {found}")
    return sequences, missing


def find_video(root: Path, subject_id: str, sequence_id: str, camera_id: str) -> Path | None:
    """The video of a view, in either layout, if it is there."""
    name = f"{sequence_id}.{camera_id}.mp4"
    candidates = (root / "Videos" / subject_id / name, root / subject_id / "Videos" / name)
    return next((path for path in candidates if os.path.isfile(path)), None)


def _files_of(root: Path, kind: str) -> dict[tuple[str, str, str], Path]:
    """One kind's files by subject, sequence and camera ("" for the world's)."""
    found = {}
    for subject in SUBJECT_MODES:
        official = _subfolders(root, subject, "MyPoseFeatures", kind)
        for folder in (*official, *_subfolders(root, kind, subject)):
            for path in _listed(folder):
                if path.suffix.lower() == ".cdf" and not path.name.startswith("."):
                    name, camera = path.stem, ""
                    if kind != WORLD:
                        name, _, camera = path.stem.rpartition(".")
                    found[subject, name, camera] = path
    return found


def _subfolders(folder: Path, *names: str) -> Iterator[Path]:
    if not names:
        yield folder
        return
    for path in _listed(folder):
        if path.name.lower() == names[0].lower() and os.path.isdir(path):
            yield from _subfolders(path, *names[1:])


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"cannot list {folder}: {error.strerror}") from error


def _is_action(name: str) -> bool:
    try:
        category(name)
    except DataError:
        return False
    return True
